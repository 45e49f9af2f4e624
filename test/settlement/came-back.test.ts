/** A settlement that had completed, came back, and is then paid by hand: what it pays is paid by it a second time. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { advance } from '../../src/reactor/advance/advance.ts';
import { leg, settledOutside, settlementItem } from '../../src/reactor/db/schema.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import { tendDestination } from '../../src/reactor/settlement/tend.ts';
import { openWorld } from '../http/world.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { givenAccount, givenRefund } from './given.ts';

let postgres: TestPostgres;
let world: Awaited<ReturnType<typeof openWorld>>;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase());
});
afterAll(async () => {
  await world?.db.$client.end();
  await postgres?.stop();
});

test('its legs are paid no longer when it comes back, and paid again when it is paid by hand', async () => {
  const { db, ctx } = world;
  const account = await givenAccount(world);
  const legs = [await givenRefund(world, account, 6_000n), await givenRefund(world, account, 4_001n)];
  const advanceAll = async () => {
    for (const { paymentId } of legs) await advance(ctx, { wallet: () => undefined }, paymentId);
    const rows = await db.select().from(leg).where(eq(leg.destinationId, account.destinationId));
    return legs.map(({ legId }) => rows.find(({ id }) => id === legId)?.state);
  };
  await advanceAll();
  await tendDestination(ctx, account.destinationId);
  const [item] = await db.select().from(settlementItem);
  if (!item) throw new Error('nothing was settled');
  const move = (state: LegState) => db.update(leg).set({ state }).where(eq(leg.id, item.settlementLegId));

  await move('redeeming');
  await move('completed');
  expect(await advanceAll()).toEqual(['completed', 'completed']);
  await move('payout_returned');
  expect(await advanceAll()).toEqual(['accrued', 'accrued']);
  await db.insert(settledOutside).values({
    ...{ legId: item.settlementLegId, trackingKey: randomUUID().slice(0, 20), receipt: randomUUID() },
    cepLink: 'https://www.banxico.org.mx/cep/',
  });
  await move('closed');
  expect(await advanceAll()).toEqual(['completed', 'completed']);
});
