/** How many legs were in each state, hour by hour. */
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { leg } from '../../src/reactor/db/schema.ts';
import { countBack, historiesOf, WINDOWS } from '../../src/reactor/overview/history.ts';
import { useWorld } from './use-world.ts';
import { clabeOf, type World } from './world.ts';

let world: World;
useWorld((opened) => {
  world = opened;
});

type Points = {
  points: { from: string; legs: { state: string; count: number }[]; completed: number; ended: number }[];
};
const read = async (by: string): Promise<Points['points']> =>
  ((await (await world.get(`/api/v1/overview/history?by=${by}`)).json()) as Points).points;

test('the month that a reactor read from its start on is what is shown: whoever looks first waits for none of it', async () => {
  // As its loop does.
  await historiesOf(world.ctx).day();
  await world.db.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.execute(sql`INSERT INTO reactor.leg_history (leg_id, payment_id, from_state, to_state, cause, detail, at)
      VALUES (gen_random_uuid(), gen_random_uuid(), 'redeeming', 'completed', 'x', '{}', now() - interval '3 days')`);
  });
  world.pass(60_000);
  const days = await read('day');
  expect([days.length, days.reduce((sum, { completed }) => sum + completed, 0)]).toEqual([WINDOWS.day, 0]);
});

test('each hour has what was open at its end, counted back from now', async () => {
  const [payer, recipient] = [await world.createUser(), await world.createUser()];
  const payout = { clabe: clabeOf('64618011041234567'), legalName: 'Juan Recibe' };
  const terms = { payerId: payer.id, recipientId: recipient.id, custodySeconds: 5, concept: 'x', payout };
  const ids: string[] = [];
  for (const amount of ['200.00', '201.00', '202.00'])
    ids.push(((await (await world.post('/api/v1/payments', { ...terms, amount })).json()) as { id: string }).id);
  const { db } = world;
  await db
    .update(leg)
    .set({ state: 'deposited', cause: 'ISSUANCE complete' })
    .where(eq(leg.paymentId, ids[0] ?? ''));
  await db
    .update(leg)
    .set({ state: 'expired', cause: 'late' })
    .where(eq(leg.paymentId, ids[1] ?? ''));
  // All were asked for three hours ago; what became of them became of them now.
  await db.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.execute(sql`UPDATE reactor.leg_history SET at = at - interval '3 hours' WHERE from_state IS NULL`);
  });
  world.pass(60_000);
  const hours = await read('hour');
  expect(hours).toHaveLength(WINDOWS.hour);
  expect(hours.at(-1)?.legs).toEqual([
    { state: 'requested', count: 1 },
    { state: 'deposited', count: 1 },
  ]);
  expect([hours.at(-1)?.ended, hours.at(-1)?.completed, hours.at(-2)?.ended]).toEqual([1, 0, 0]);
  expect(hours.slice(-4, -1).map(({ legs }) => legs)).toEqual([1, 2, 3].map(() => [{ state: 'requested', count: 3 }]));
  expect(hours.slice(0, -4).flatMap(({ legs }) => legs)).toEqual([]);
  // What is over is read once: it is as it was, whatever is written there since.
  await db.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.execute(sql`UPDATE reactor.leg_history SET at = at - interval '1 hour' WHERE from_state IS NULL`);
  });
  world.pass(60_000);
  expect((await read('hour')).map(({ legs }) => legs)).toEqual(hours.map(({ legs }) => legs));
  const days = await read('day');
  expect([days.length, days.at(-1)?.legs]).toEqual([WINDOWS.day, hours.at(-1)?.legs]);
});

test('what is over is counted once, where it ended', () => {
  const points = countBack({
    starts: ['a', 'b', 'c'],
    present: [{ state: 'in_custody', n: 2 }],
    moves: [
      { start: 'a', from: null, to: 'requested', n: 3 },
      { start: 'b', from: 'requested', to: 'in_custody', n: 3 },
      { start: 'c', from: 'in_custody', to: 'completed', n: 1 },
    ],
  });
  expect(points).toEqual([
    { from: 'a', legs: [{ state: 'requested', count: 3 }], completed: 0, ended: 0 },
    { from: 'b', legs: [{ state: 'in_custody', count: 3 }], completed: 0, ended: 0 },
    { from: 'c', legs: [{ state: 'in_custody', count: 2 }], completed: 1, ended: 0 },
  ]);
});
