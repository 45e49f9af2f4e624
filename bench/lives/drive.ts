import { setTimeout as sleep } from 'node:timers/promises';
import { judgeLives } from './judge.ts';
import type { Lives } from './world.ts';

const POLL_MS = 20;
const MOST_SILENCE_MS = 60_000;

export type Driven = Readonly<{
  lives_per_s: number;
  steps_per_s: number;
  /** Of one payment each. */
  postgres_cpu_ms: number;
  node_cpu_ms: number;
  commits: number;
  statements: number;
  round_trips: number;
  wal_kb: number;
  stored_kb: number;
  steps: number;
  juno_calls: number;
}>;

/**
 * Payments through a world, so many at a time, and what each of them cost from the moment that the first of as many is paid. Throws unless
 * all are paid, once, and the books balance.
 */
export async function driveLives(
  lives: Lives,
  { payments, inFlight }: Readonly<{ payments: number; inFlight: number }>,
): Promise<Driven> {
  const { database, outside, ask, done } = lives;
  const warmUp = Math.min(inFlight, payments);
  let asked = 0;
  const all = warmUp + payments;
  const readAll = async () => ({
    at_ms: performance.now(),
    done: done(),
    node: process.cpuUsage(),
    ...(await database.work()),
    steps: await stepsOf(lives),
    calls: [...outside.calls().values()].reduce((sum, n) => sum + n, 0),
  });
  let before: Awaited<ReturnType<typeof readAll>> | undefined;
  let [last, lastAt_ms] = [0, performance.now()];
  while (done() < all) {
    while (asked < all && asked - done() < inFlight) await ask(asked++);
    if (!before && done() >= warmUp) before = await readAll();
    if (done() > last) [last, lastAt_ms] = [done(), performance.now()];
    if (performance.now() - lastAt_ms > MOST_SILENCE_MS)
      throw new Error(`only ${done()} of ${all} payments are paid, and no other for a minute`);
    await sleep(POLL_MS);
  }
  const after = await readAll();
  if (!before) throw new Error('the measuring never began');
  const [paid, wall_s] = [after.done - before.done, (after.at_ms - before.at_ms) / 1000];
  const each = (of: (read: typeof after) => number) => Number(((of(after) - of(before ?? after)) / paid).toFixed(1));
  await settled(lives, all);
  await judgeLives(database.db, outside.bank);
  return {
    lives_per_s: Number((paid / wall_s).toFixed(2)),
    steps_per_s: Number(((after.steps - before.steps) / wall_s).toFixed(1)),
    postgres_cpu_ms: each(({ cpu_ms }) => cpu_ms),
    node_cpu_ms: each(({ node }) => (node.user + node.system) / 1000),
    commits: each(({ commits }) => commits),
    statements: each(({ statements }) => statements),
    round_trips: each(({ round_trips }) => round_trips),
    wal_kb: each(({ wal_kb }) => wal_kb),
    stored_kb: each(({ stored_kb }) => stored_kb),
    steps: each(({ steps }) => steps),
    juno_calls: each(({ calls }) => calls),
  };
}

/** Moves of legs: each is a look, a decision, and what was written of it. */
async function stepsOf({ database }: Lives): Promise<number> {
  const { rows } = await database.db.$client.query<{ n: string }>(
    'SELECT count(*)::text AS n FROM reactor.leg_history',
  );
  return Number(rows[0]?.n);
}

/** What was paid becomes known a little later. */
async function settled({ database }: Lives, payments: number): Promise<void> {
  const deadline_ms = performance.now() + MOST_SILENCE_MS;
  for (;;) {
    const { rows } = await database.db.$client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id WHERE p.concept LIKE 'Bench %' AND l.state = 'completed'`,
    );
    if ((rows[0]?.n ?? 0) >= payments) return;
    if (performance.now() > deadline_ms) throw new Error(`${rows[0]?.n} of ${payments} payments are completed`);
    await sleep(POLL_MS);
  }
}
