import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { junoLimit } from '../db/schema.ts';
import { readBooks } from '../metrics/readings.ts';

/** So many of the newest moves of effects are looked at for how long they take. */
const MOST_MOVES = 4_000;
const TIMES = z.array(
  z.object({
    kind: z.string(),
    count: z.number().int(),
    median_s: z.number().nullable(),
    p99_s: z.number().nullable(),
  }),
);

/** From the first send to its confirmation, of those that were confirmed lately. */
async function readTimes({ db }: Pick<Context, 'db'>): Promise<z.output<typeof TIMES>> {
  const { rows } = await db.execute(sql`
    SELECT e.kind, count(*)::int AS count,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM h.at - e.first_sent_at)) AS median_s,
      percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM h.at - e.first_sent_at)) AS p99_s
    FROM (SELECT * FROM reactor.effect_history ORDER BY id DESC LIMIT ${MOST_MOVES}) h JOIN reactor.effect e ON e.id = h.effect_id
    WHERE h.to_state = 'confirmed' AND e.first_sent_at IS NOT NULL GROUP BY e.kind`);
  return TIMES.parse(rows);
}

/** How Juno answers, as all processes together know it. */
export async function readRails(ctx: Context) {
  const [books, times, [limit]] = await Promise.all([
    readBooks(ctx),
    readTimes(ctx),
    ctx.db.select({ calls: junoLimit.calls }).from(junoLimit).where(eq(junoLimit.name, 'juno')),
  ]);
  const { state, reason, until, lockouts, failures } = books.breaker;
  const effects = books.tally.filter(({ subject }) => subject === 'effect');
  const kinds = [...new Set(effects.map(({ kind }) => kind))].sort();
  const entered = (kind: string, of: string) =>
    effects.find((one) => one.kind === kind && one.state === of)?.entered ?? 0;
  return {
    breaker: { state, reason, until: until?.toISOString() ?? null, lockouts, failures },
    calls: (limit?.calls ?? []).reduce((sum, n) => sum + n, 0),
    callsAllowed: ctx.settings.junoRatePerMinute,
    window_s: ctx.settings.junoRateWindow_s,
    underWay: books.effects,
    outcomes: kinds.map((kind) => {
      const { count: timed = 0, median_s = null, p99_s = null } = times.find((one) => one.kind === kind) ?? {};
      return {
        kind,
        ...{ confirmed: entered(kind, 'confirmed'), rejected: entered(kind, 'rejected'), dead: entered(kind, 'dead') },
        ...{ timed, median_s, p99_s },
      };
    }),
  };
}
