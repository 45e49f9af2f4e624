import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../db/client.ts';
import type { Policy } from './policy.ts';

/** What became of calls since it was last told: so many ended, and how. */
export type Report = Readonly<{
  done: number;
  /** Juno answered one of them. */
  wentWell: boolean;
  /** Time-outs and 5xx since then. */
  failures: number;
  throttled: boolean;
}>;

export type Taken = Readonly<{
  /** Calls that may go now, by kind. */
  granted: readonly number[];
  /** When to ask again for those that may not, by kind. */
  wait_ms: readonly number[];
  /** Calls in the window, these included. */
  used: number;
  /** For how long nobody calls; 0 unless the breaker is open. */
  closed_ms: number;
  reason: 'throttled' | 'failing' | null;
}>;

const ROW = z.object({
  granted: z.array(z.number()).length(4),
  wait_ms: z.array(z.number()).length(4),
  used: z.number(),
  closed_ms: z.number(),
  reason: z.enum(['throttled', 'failing']).nullable(),
});

const list = (numbers: readonly number[]) => `{${numbers.join(',')}}`;

/** Tells how calls ended and asks for others, in one statement. `now` stands in for the database's own clock. */
export async function take(
  db: Db,
  caller: string,
  policy: Policy,
  asked: Readonly<{ wants: readonly number[]; report: Report; now: Date | null }>,
): Promise<Taken> {
  const { wants, report, now } = asked;
  const { rows } = await db.execute(sql`
    SELECT * FROM reactor.juno_take('juno', ${caller}, ${now?.toISOString() ?? null}::timestamptz, ${policy.window_s}::float8,
      ${policy.most}::int, ${policy.mostSends}::int, ${policy.mostInFlight}::int,
      ${list(policy.capacity)}::float8[], ${list(policy.refill_per_s)}::float8[],
      ${list(wants)}::int[], ${report.done}::int, ${report.wentWell}::boolean, ${report.failures}::int, ${report.throttled}::boolean)`);
  return ROW.parse(rows[0]);
}
