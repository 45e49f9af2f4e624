import { sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';

const WINDOW_S = 60;
/** Kept free for look-ups: a send must never be the call after which nobody can look any more. */
const LOOK_RESERVE_PERCENT = 20;
/** A send holds a worker while it waits, so it soon gives its place to others and comes back when there is room. */
const MOST_WAIT_MS = { send: 400, look: 10_000 } as const;
const PAUSE_MS = 200;
const LOCK = 7_205_760;

/** There is no room now; nothing was sent. It is nobody's fault and no failure. */
export class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError';
  readonly retryAfter_ms: number;
  constructor(perMinute: number, retryAfter_ms: number) {
    super(`no room in Juno’s budget of ${perMinute} calls a minute for ${Math.ceil(retryAfter_ms / 1000)} s`);
    this.retryAfter_ms = retryAfter_ms;
  }
}

export type JunoLimit = Readonly<{
  /** Waits a little for room; throws a RateLimitedError when there is none. */
  acquire: (call: { kind: 'send' | 'look' }) => Promise<void>;
  /** How much of the budget was used when this process last took from it, from 0 to 1. */
  share: () => number;
}>;

/**
 * One budget for all processes: at most `perMinute` calls in any 60 seconds, counted in Postgres by second.
 * Juno locks an account that goes over (Bitso, "General concepts").
 */
export function createJunoLimit(db: Db, perMinute: number, sleep: (ms: number) => Promise<void>): JunoLimit {
  let share = 0;
  return {
    share: () => share,
    acquire: async ({ kind }) => {
      const limit =
        kind === 'send' ? Math.max(1, Math.floor((perMinute * (100 - LOOK_RESERVE_PERCENT)) / 100)) : perMinute;
      for (let waited_ms = 0; ; waited_ms += PAUSE_MS) {
        const { used, retryAfter_ms } = await take(db, limit);
        share = used / perMinute;
        if (retryAfter_ms === null) return;
        if (waited_ms >= MOST_WAIT_MS[kind]) throw new RateLimitedError(perMinute, retryAfter_ms);
        await sleep(PAUSE_MS);
      }
    },
  };
}

/** Takes one call from the budget; if there is none left, says when the oldest calls are out of the window. */
async function take(db: Db, limit: number): Promise<{ used: number; retryAfter_ms: number | null }> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${LOCK})`);
    const { rows } = await tx.execute<{ now: string; used: string; oldest: string | null }>(sql`
      SELECT now::bigint, coalesce(sum(count), 0) AS used, min(second) AS oldest
      FROM (SELECT floor(extract(epoch FROM clock_timestamp())) AS now) AS clock
      LEFT JOIN reactor.juno_call ON second > now - ${WINDOW_S} - 1 GROUP BY now`);
    const [row] = rows;
    if (!row) throw new Error('the clock gave no row');
    const used = Number(row.used);
    if (used >= limit) return { used, retryAfter_ms: (Number(row.oldest) + WINDOW_S + 1 - Number(row.now)) * 1_000 };
    await tx.execute(
      sql`INSERT INTO reactor.juno_call AS c (second, count) VALUES (${row.now}, 1) ON CONFLICT (second) DO UPDATE SET count = c.count + 1`,
    );
    await tx.execute(sql`DELETE FROM reactor.juno_call WHERE second < ${row.now}::bigint - ${2 * WINDOW_S}`);
    return { used: used + 1, retryAfter_ms: null };
  });
}
