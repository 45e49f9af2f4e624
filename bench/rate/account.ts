import type { Db } from '../../src/reactor/db/client.ts';
import { CALL_KINDS, policyFor } from '../../src/reactor/rate/policy.ts';
import { take } from '../../src/reactor/rate/take.ts';

/** What one payment asks of Juno, by the kinds of `CALL_KINDS`: looks are shared by all that wait, so that there is a part of one. */
export type Calls = readonly number[];

/** The reactors ask for leave this often when many wait. */
const STEP_MS = 500;
/** A call is under way so long. */
const CALL_MS = 300;
const MOST_ASKED = 64;
const BUDGET = 240;
const WINDOW_S = 60;
const NOTHING = { wentWell: true, failures: 0, throttled: false };
const PAYOUT = CALL_KINDS.indexOf('payout');

export type Simulated = Readonly<{
  /** Calls that got leave, in the busiest window. */
  most_in_window: number;
  /** Calls that still wait at the end. */
  backlog: number;
  /** How long payouts waited for leave. */
  waits_ms: readonly number[];
}>;

/**
 * One Juno account under so many payments a minute, by the product's own bucket in Postgres, on a clock that jumps from step to step. It
 * asks for what waits as the limiter does, and tells what ended.
 */
export async function simulateAccount(
  db: Db,
  { perMinute, minutes, calls }: Readonly<{ perMinute: number; minutes: number; calls: Calls }>,
): Promise<Simulated> {
  await db.$client.query('DELETE FROM reactor.juno_limit');
  const policy = policyFor(BUDGET, WINDOW_S);
  // Each call by the moment since which it waits.
  const queues: number[][] = CALL_KINDS.map(() => []);
  const owed = CALL_KINDS.map(() => 0);
  const granted: { at_ms: number; count: number }[] = [];
  const waits_ms: number[] = [];
  const underWay: { until_ms: number; count: number }[] = [];
  const start_ms = Date.parse('2026-01-05T12:00:00Z');
  for (let t_ms = 0; t_ms < minutes * 60_000; t_ms += STEP_MS) {
    queues.forEach((queue, kind) => {
      owed[kind] = (owed[kind] ?? 0) + ((calls[kind] ?? 0) * perMinute * STEP_MS) / 60_000;
      for (; (owed[kind] ?? 0) >= 1; owed[kind] = (owed[kind] ?? 0) - 1) queue.push(t_ms);
    });
    let done = 0;
    while ((underWay[0]?.until_ms ?? Number.POSITIVE_INFINITY) <= t_ms) done += underWay.shift()?.count ?? 0;
    const wants = queues.map(({ length }) => Math.min(length, MOST_ASKED));
    const taken = await take(db, 'bench', policy, {
      ...{ wants, report: { ...NOTHING, done }, now: new Date(start_ms + t_ms) },
    });
    const let_go = taken.granted.map((count, kind) => {
      const gone = queues[kind]?.splice(0, count) ?? [];
      if (kind === PAYOUT) waits_ms.push(...gone.map((since) => t_ms - since));
      return gone.length;
    });
    const count = let_go.reduce((sum, n) => sum + n, 0);
    if (count === 0) continue;
    granted.push({ at_ms: t_ms, count });
    underWay.push({ until_ms: t_ms + CALL_MS, count });
  }
  return {
    most_in_window: mostInWindow(granted),
    backlog: queues.reduce((sum, { length }) => sum + length, 0),
    waits_ms,
  };
}

function mostInWindow(granted: readonly Readonly<{ at_ms: number; count: number }>[]): number {
  let [most, sum, first] = [0, 0, 0];
  for (const { at_ms, count } of granted) {
    sum += count;
    while ((granted[first]?.at_ms ?? at_ms) <= at_ms - WINDOW_S * 1000) sum -= granted[first++]?.count ?? 0;
    most = Math.max(most, sum);
  }
  return most;
}
