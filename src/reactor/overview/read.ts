/** Where all money is now and how fast it moves: from counts that are kept, and indexes of what is open. */
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { centavos, formatDecimal } from '../../money/money.ts';
import { listAlerts } from '../alerts/list.ts';
import type { Context } from '../context.ts';
import { type Funds, readBooks, readFunds } from '../metrics/readings.ts';
import { LEG_KINDS, LEG_STATES } from '../payment/states.ts';

const MOST_MS = 2_000;
/** So many completed legs say how long it takes. */
const MOST_LEGS = 1_000;
const HOURS = 24;

const COUNT = z.number().int();
const TIMES = z.object({ count: COUNT, median_s: z.number().nullable(), p99_s: z.number().nullable() });
const READ = z.object({
  hours: z.array(z.object({ from: z.string(), created: COUNT, completed: COUNT })),
  payout: TIMES,
  whole: TIMES,
  breaks: COUNT,
  disputes: COUNT,
  proposals: COUNT,
  returned: COUNT,
  stopped: z.array(z.object({ name: z.string(), reason: z.string().nullable(), changedBy: z.string().nullable() })),
});

async function readDay({ db, now }: Pick<Context, 'db' | 'now'>): Promise<z.output<typeof READ>> {
  const at = now().toISOString();
  const { rows } = await db.transaction(async (tx) => {
    await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${MOST_MS}`));
    return tx.execute(sql`
      WITH hour AS (SELECT h AS start FROM generate_series(date_trunc('hour', ${at}::timestamptz) - ${HOURS - 1} * interval '1 hour',
          date_trunc('hour', ${at}::timestamptz), interval '1 hour') h),
      done AS (SELECT payment_id, leg_id, at FROM reactor.leg_history
        WHERE at >= (SELECT min(start) FROM hour) AND to_state = 'completed'),
      last AS (SELECT d.leg_id, d.at, p.created_at,
          (SELECT max(h.at) FROM reactor.leg_history h WHERE h.payment_id = d.payment_id AND h.leg_id = d.leg_id AND h.to_state = 'redeeming') AS redeemed_at
        FROM (SELECT * FROM done ORDER BY at DESC LIMIT ${MOST_LEGS}) d JOIN reactor.payment p ON p.id = d.payment_id)
      SELECT (SELECT json_agg(json_build_object('from', to_char(start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
          'created', (SELECT count(*) FROM reactor.payment p WHERE p.created_at >= start AND p.created_at < start + interval '1 hour'),
          'completed', coalesce(d.n, 0)) ORDER BY start)
          FROM hour LEFT JOIN (SELECT date_trunc('hour', at) AS h, count(*) AS n FROM done GROUP BY 1) d ON d.h = start) AS hours,
        (SELECT json_build_object('count', count(redeemed_at), 'median_s', percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM at - redeemed_at)),
          'p99_s', percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM at - redeemed_at))) FROM last) AS payout,
        (SELECT json_build_object('count', count(*), 'median_s', percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM at - created_at)),
          'p99_s', percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM at - created_at))) FROM last) AS whole,
        (SELECT count(*)::int FROM reactor.reconciliation_break WHERE closed_at IS NULL) AS breaks,
        (SELECT count(*)::int FROM reactor.dispute WHERE state <> 'final') AS disputes,
        (SELECT count(*)::int FROM reactor.proposal WHERE executed_at IS NULL AND withdrawn_at IS NULL AND expires_at > ${at}::timestamptz) AS proposals,
        (SELECT count(*)::int FROM reactor.leg WHERE state NOT IN ('completed', 'replaced', 'expired', 'closed')
          AND state IN ('payout_failed', 'payout_returned')) AS returned,
        (SELECT coalesce(json_agg(json_build_object('name', name, 'reason', reason, 'changedBy', changed_by) ORDER BY name), '[]') FROM reactor.guard_switch WHERE is_stopped) AS stopped`);
  });
  return READ.parse(rows[0]);
}

const isLegKind = (kind: string): kind is (typeof LEG_KINDS)[number] => (LEG_KINDS as readonly string[]).includes(kind);
const isLegState = (state: string): state is (typeof LEG_STATES)[number] =>
  (LEG_STATES as readonly string[]).includes(state);
const pesosOf = (units: bigint): string => formatDecimal(centavos(units));

export async function readOverview(ctx: Context) {
  const [books, day, { alerts }, funds] = await Promise.all([
    readBooks(ctx),
    readDay(ctx),
    listAlerts(ctx, { isOpen: true, limit: 100 }),
    readFunds(ctx).catch((): Funds | null => null),
  ]);
  return {
    at: ctx.now().toISOString(),
    stations: books.tally.flatMap(({ subject, kind, state, present, amount, entered }) =>
      subject === 'leg' && isLegKind(kind) && isLegState(state)
        ? [{ kind, state, legs: present, amount: pesosOf(amount), entered }]
        : [],
    ),
    hours: day.hours,
    times: { payout: day.payout, whole: day.whole },
    attention: books.attention.reduce((sum, { count }) => sum + count, 0),
    unknown: books.effects.reduce((sum, { state, count }) => sum + (state === 'unknown' ? count : 0), 0),
    suspense: { count: books.suspense.count, amount: pesosOf(books.suspense.centavos) },
    holds: books.holds,
    ...{ breaks: day.breaks, disputes: day.disputes, proposals: day.proposals, returned: day.returned },
    alerts,
    stopped: day.stopped,
    funds: funds && {
      gasTransactions: Math.min(funds.gasTransactions, Number.MAX_SAFE_INTEGER),
      gas: formatDecimal({ currency: 'ETH', units: funds.gas }),
      mxnb: formatDecimal({ currency: 'MXNB', units: funds.mxnb }),
    },
  };
}
