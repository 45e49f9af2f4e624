import { eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { junoLimit } from '../db/schema.ts';
import { readBooks } from '../metrics/readings.ts';

/** How Juno answers, as all processes together know it. */
export async function readRails(ctx: Context) {
  const [books, [limit]] = await Promise.all([
    readBooks(ctx),
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
      const sending = effects.filter((one) => one.kind === kind && one.left > 0);
      const left = sending.reduce((sum, one) => sum + one.left, 0);
      const stayed_s = sending.reduce((sum, one) => sum + one.stayed_s, 0);
      return {
        kind,
        ...{ confirmed: entered(kind, 'confirmed'), rejected: entered(kind, 'rejected'), dead: entered(kind, 'dead') },
        mean_s: left > 0 ? stayed_s / left : null,
      };
    }),
  };
}
