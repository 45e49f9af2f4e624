/** A payment's lane taken, and all of it read, in one question; and given back in another. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { readRows, takeRows } from '../../src/reactor/advance/rows.ts';
import type { Context } from '../../src/reactor/context.ts';
import { lane, leg, wideHold } from '../../src/reactor/db/schema.ts';
import { holdLane, WAS_HELD, withLane } from '../../src/reactor/effects/lane.ts';
import { givePayment } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';

const db = useDatabase();
const address = (digit: string) => `0x${digit.repeat(40)}`;
let ctx: Context;
beforeAll(() => {
  const settings = {
    ...{ bridge: address('1'), token: address('2'), escrow: address('3'), junoDepositAddress: address('4') },
    ...{ junoEnv: 'sandbox', chainId: 31337, bridgesBefore: [] },
  };
  // The rest of a context is for other parts; touching it here would throw.
  ctx = { db: db(), settings, holder: 'one' } as unknown as Context;
});
const laneOf = async (paymentId: string) => {
  const [row] = await db()
    .select()
    .from(lane)
    .where(eq(lane.name, `payment:${paymentId}`));
  return row;
};

test('the lane is this holder’s, and another who asks is told that it is busy', async () => {
  const { paymentId, legId } = await givePayment(db());
  const taken = await takeRows(ctx, paymentId);
  expect(taken).toMatchObject({
    lane: { epoch: 1, holder: 'one' },
    rows: [{ own: { id: legId, state: 'requested' } }],
  });
  expect(await takeRows({ ...ctx, holder: 'another' }, paymentId)).toBe('busy');
  expect(await laneOf(paymentId)).toMatchObject({ holder: 'one', epoch: 1 });
});

test('of a payment that does not exist no lane is taken', async () => {
  const paymentId = randomUUID();
  expect(await takeRows(ctx, paymentId)).toBeNull();
  expect(await laneOf(paymentId)).toBeUndefined();
});

test('what the holder before did while the question waited for its lane is read', async () => {
  const { paymentId, legId } = await givePayment(db());
  const asked = await withLane({ ...ctx, holder: 'another' }, `payment:${paymentId}`, () =>
    db().transaction(async (tx) => {
      await tx.update(leg).set({ cause: 'what another did' }).where(eq(leg.id, legId));
      await tx.execute(sql`UPDATE reactor.lane SET holder = NULL WHERE name = ${`payment:${paymentId}`}`);
      const question = takeRows(ctx, paymentId);
      // Its statement has begun, and waits for the lane's row.
      const isWaiting = async () => {
        const { rows } = await db().execute(sql`
          SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%reactor.lane%' AND datname = current_database()`);
        return rows.length > 0;
      };
      while (!(await isWaiting()));
      return { question };
    }),
  );
  if (asked === 'busy') throw new Error('nobody held it');
  expect(await asked.question).toMatchObject({ rows: [{ own: { cause: 'what another did' } }] });
});

test('a hold on whoever an account is, is read with the leg that is paid there, until it is closed', async () => {
  const { paymentId, recipientId } = await givePayment(db());
  const held = async () => (await readRows(ctx, paymentId))[0]?.held;
  expect(await held()).toBeNull();
  const id = randomUUID();
  const why = { reasonCode: 'drill', sentence: 'is looked into', owner: 'compliance' };
  await db()
    .insert(wideHold)
    .values({ id, switchName: `user:${recipientId}`, ...why });
  expect(await held()).toEqual({ kind: 'hold', sentence: 'is looked into', over: `user:${recipientId}` });
  await db().update(wideHold).set({ closedAt: new Date() }).where(eq(wideHold.id, id));
  expect(await held()).toBeNull();
});

const DUE = new Date(Date.UTC(2030, 0, 1));
const makeDue = (legId: string) => sql`
  UPDATE reactor.leg SET due_at = ${DUE.toISOString()}::timestamptz WHERE id = ${legId} AND ${WAS_HELD}`;
const dueAt = async (legId: string) => (await db().select().from(leg).where(eq(leg.id, legId)))[0]?.dueAt;

test('what is left for the next look goes out with the lane', async () => {
  const { paymentId, legId } = await givePayment(db());
  const taken = await takeRows(ctx, paymentId);
  if (taken === null || taken === 'busy') throw new Error('it was not taken');
  await holdLane(ctx, taken.lane, async () => legId, makeDue);
  expect(await dueAt(legId)).toEqual(DUE);
  expect(await laneOf(paymentId)).toMatchObject({ holder: null, epoch: 1 });
});

test('who has lost the lane leaves nothing, and takes it from nobody', async () => {
  const { paymentId, legId } = await givePayment(db());
  const taken = await takeRows(ctx, paymentId);
  if (taken === null || taken === 'busy') throw new Error('it was not taken');
  await holdLane(
    ctx,
    taken.lane,
    async () => {
      await db().update(lane).set({ holder: 'another', epoch: 2 }).where(eq(lane.name, taken.lane.name));
      return legId;
    },
    makeDue,
  );
  expect(await dueAt(legId)).not.toEqual(DUE);
  expect(await laneOf(paymentId)).toMatchObject({ holder: 'another', epoch: 2 });
});
