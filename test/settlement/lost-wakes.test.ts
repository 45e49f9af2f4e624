/** What becomes of a settlement is found for all that it pays, whatever wake-up is lost. */
import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { advance } from '../../src/reactor/advance/advance.ts';
import { applyMove } from '../../src/reactor/advance/apply.ts';
import { loadView } from '../../src/reactor/advance/load.ts';
import { leg, payment } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import type { LegView } from '../../src/reactor/payment/view.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { SETTLE_OUTSIDE } from '../../src/reactor/replace/settle-outside.ts';
import { tendDestination } from '../../src/reactor/settlement/tend.ts';
import { sweep } from '../../src/reactor/watch/rescan.ts';
import { useWorld } from '../http/use-world.ts';
import type { World } from '../http/world.ts';
import { KEY_SECRET } from '../support/fixtures.ts';
import { givenAccount, givenRefund } from './given.ts';

let world: World;
useWorld((opened) => {
  world = opened;
});
const WAKE = { wallet: () => undefined };

/** Two people record that they paid a leg by hand. */
const payByHand = (legId: string) =>
  world.db.transaction((tx) =>
    SETTLE_OUTSIDE.execute(tx, world.ctx, {
      ...{ subjectId: legId, proposalId: randomUUID(), lane: null },
      parameters: {
        trackingKey: randomUUID().replaceAll('-', '').slice(0, 30),
        cepLink: `https://www.banxico.org.mx/cep/${legId}`,
      },
    }),
  );

test('rests while its settlement is under way, and whatever wake-up is lost, what becomes of that is found', async () => {
  const { db, ctx } = world;
  const given = async () => {
    const account = await givenAccount(world);
    const debts = [await givenRefund(world, account, 6_000n), await givenRefund(world, account, 4_001n)];
    for (const { paymentId } of debts) await advance(ctx, WAKE, paymentId);
    await tendDestination(ctx, account.destinationId);
    const [made] = await db
      .select({ id: payment.id })
      .from(payment)
      .where(and(eq(payment.kind, 'settlement'), eq(payment.recipientId, account.userId)));
    const settlement = made?.id ?? '';
    const [own] = (await loadView(ctx, settlement))?.legs ?? [];
    if (!own) throw new Error('the settlement has a leg');
    const look = async () => {
      for (const { paymentId } of debts) await advance(ctx, WAKE, paymentId);
    };
    const swept = async () => {
      const queue = memoryQueue();
      await sweep({ ...ctx, queue });
      const woken = queue.pending().map(({ id }) => id);
      return debts.filter(({ paymentId }) => woken.includes(paymentId)).length;
    };
    await look();
    expect(await swept()).toBe(0);
    return { settlement, own, look, swept };
  };
  const { settlement, own, look, swept } = await given();
  const complete = (paymentId: string, paying: LegView) =>
    withLane(ctx, `payment:${paymentId}`, async (lane) => {
      for (const [from, to] of [
        ['reserved', 'redeeming'],
        ['redeeming', 'completed'],
      ] as const)
        await applyMove(ctx, lane, paymentId, {
          ...{ do: 'move', leg: { ...paying, state: from }, to, cause: 'a drill', claims: [], booking: {} },
        });
    });
  await complete(settlement, own);
  expect(await swept()).toBe(2);
  await look();
  expect(await swept()).toBe(0);
  await db.update(leg).set({ state: 'payout_returned', cause: 'the payout came back' }).where(eq(leg.id, own.id));
  expect(await swept()).toBe(2);
  await look();
  expect(await swept()).toBe(0);

  // Its heir pays them as well, and may come back as well.
  const heir = randomUUID();
  const [old] = await db.select().from(leg).where(eq(leg.id, own.id));
  if (!old) throw new Error('the settlement has a leg');
  const { kind, amount, destinationId, rail } = old;
  const anew = { id: heir, paymentId: settlement, kind, amount, destinationId, rail, cause: 'paid again' };
  await db.transaction(async (tx) => {
    await tx.update(leg).set({ state: 'replaced', cause: 'a person gave a new account' }).where(eq(leg.id, own.id));
    await tx.insert(leg).values({ ...anew, reference: deriveReference(KEY_SECRET, heir), replaces: own.id });
  });
  await db.update(leg).set({ state: 'reserved', cause: 'paid again' }).where(eq(leg.id, heir));
  await complete(settlement, { ...own, id: heir });
  expect(await swept()).toBe(2);
  await look();
  expect(await swept()).toBe(0);
  await db.update(leg).set({ state: 'payout_returned', cause: 'it came back once more' }).where(eq(leg.id, heir));
  expect(await swept()).toBe(2);

  const byHand = await given();
  await payByHand(byHand.own.id);
  expect(await byHand.swept()).toBe(2);
});
