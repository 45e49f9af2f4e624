import { sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';

const WINDOW_S = 60;
/** Kept free for look-ups: a send must never be the call after which nobody can look any more. */
const LOOK_RESERVE_PERCENT = 20;
const MAX_WAIT_MS = 30_000;
const LOCK = 7_205_760;

export class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError';
}

/**
 * One budget for all processes: at most `perMinute` calls in any 60 seconds, counted in Postgres by second. Waits for room;
 * throws a RateLimitedError after 30 s, when nothing was sent. Juno locks an account that goes over (Bitso, "General concepts").
 */
export function createJunoLimit(
  db: Db,
  perMinute: number,
  sleep: (ms: number) => Promise<void>,
): (call: { kind: 'send' | 'look' }) => Promise<void> {
  return async ({ kind }) => {
    const limit =
      kind === 'send' ? Math.max(1, Math.floor((perMinute * (100 - LOOK_RESERVE_PERCENT)) / 100)) : perMinute;
    for (let waited_ms = 0; waited_ms <= MAX_WAIT_MS; ) {
      if (await take(db, limit)) return;
      const pause_ms = 200;
      await sleep(pause_ms);
      waited_ms += pause_ms;
    }
    throw new RateLimitedError(
      `No room in Juno’s budget of ${perMinute} calls a minute for ${MAX_WAIT_MS / 1000} s; nothing was sent.`,
    );
  };
}

async function take(db: Db, limit: number): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${LOCK})`);
    const { rows } = await tx.execute<{ now: string; used: string }>(sql`
      SELECT floor(extract(epoch FROM clock_timestamp()))::bigint AS now,
        coalesce(sum(count) FILTER (WHERE second > floor(extract(epoch FROM clock_timestamp())) - ${WINDOW_S} - 1), 0) AS used FROM reactor.juno_call`);
    const [row] = rows;
    if (!row || Number(row.used) >= limit) return false;
    await tx.execute(
      sql`INSERT INTO reactor.juno_call AS c (second, count) VALUES (${row.now}, 1) ON CONFLICT (second) DO UPDATE SET count = c.count + 1`,
    );
    await tx.execute(sql`DELETE FROM reactor.juno_call WHERE second < ${row.now}::bigint - ${2 * WINDOW_S}`);
    return true;
  });
}
