import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { isFlawless, type Report } from '../../src/local/report.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import type { Role } from '../../src/reactor/people/roles.ts';

/** So many at once through one bridge wallet. */
export const PAYMENTS = 50;
export const JOURNEY_TIMEOUT_MS = 300_000;
const POLL_MS = 50;
/** Juno is left alone for a window after a lock-out: a second instead of a minute, and a second's part of the budget in it. */
export const SHORT_WINDOW = { JUNO_RATE_WINDOW_S: '1', JUNO_RATE_PER_MINUTE: '80' };
/** How long each step of the rail takes, in milliseconds. */
export const SHORT_DELAYS = { issuance: 200, withdrawal: 300, credit: 300, redemption: 500 };

/**
 * A world of its own whose Juno allows twenty times the documented calls, so that fifty payments take seconds: the pace is
 * another, the rules are the same.
 */
export const startFastWorld = (reactors = 1): Promise<World> =>
  startWorld({
    reactors,
    sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS },
  });

/** Drives the payments while `meanwhile` does its worst; throws what either throws. */
export async function driveWhile(world: World, meanwhile: () => Promise<void>): Promise<Report> {
  const driven = driveAndJudge(world, { payments: PAYMENTS, timeoutMs: JOURNEY_TIMEOUT_MS - 60_000 });
  const [report] = await Promise.all([driven, meanwhile()]);
  return report;
}

/** The verdict as a test compares it: the whole report, so that a failure shows what went wrong. */
export const verdict = (report: Report) => ({ ...report, isFlawless: isFlawless(report) });
export const FLAWLESS = {
  payments: PAYMENTS,
  completed: PAYMENTS,
  spei_payouts: PAYMENTS,
  paid_twice: 0,
  lost_centavos: 0,
  ledger_sum: 0,
  breaks: 0,
  isFlawless: true,
};

/** Waits until at least `count` legs are in one of the states, or beyond all hope of it: then the test fails by its time. */
export async function untilLegs(world: World, states: readonly string[], count: number): Promise<void> {
  for (;;) {
    const [row] = await query<{ count: number }>(
      world,
      'SELECT count(*)::int AS count FROM reactor.leg WHERE state::text = ANY($1)',
      [states],
    ).catch(() => []);
    if (row && row.count >= count) return;
    await delay(POLL_MS);
  }
}

/** Asks until the answer is yes. */
export async function until<T>(ask: () => Promise<T | false | null | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => null);
    if (answer) return answer;
    await delay(POLL_MS);
  }
}

export async function query<T extends object>(world: World, text: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: world.urls.database });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<T>(text, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A key of somebody else's, of this role. */
export async function keyOf({ urls }: World, role: Role): Promise<string> {
  const db = openDatabase(urls.database, { max: 1 });
  try {
    return (await createApiKey(db, { name: `another ${role}`, role })).secret;
  } finally {
    await db.$client.end();
  }
}
