/** Reads what the alerts are judged by. Each part by itself: what does not answer is not known, and keeps no other from being told. */
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { BREAKER } from '../guards/breaker.ts';
import type { OpenBreaks, Readings } from '../metrics/expose.ts';
import type { Instruments } from '../metrics/instruments.ts';
import type { Books } from '../metrics/readings.ts';
import { usualStay_s } from '../metrics/stay.ts';
import { LEG_STATES } from '../payment/states.ts';
import { recoveryNeeded } from '../recovery/state.ts';
import { channelNames } from './channels/index.ts';
import type { OpenAlert } from './plan.ts';
import type { Snapshot } from './snapshot.ts';

/** What they wrote of it may name somebody, and alerts are told to anybody. */
const STOPPED_BY_PEOPLE = 'no new money goes into it: people stopped it, and kustodia guard list says why';

/** Looked at of each kind beside those that were told. */
const MOST = 200;
const MOST_MS = 2_000;
/** A leg that was longer in its state than any bound of the histogram is stuck, whatever was usual. */
const LONGEST_S = 30 * 86_400;
/** What works on payments; the loops that only prove or subscribe have long pauses. */
const LOOPS = ['wallet', 'intake', 'rescan', 'head', 'sweep', 'contract'] as const;
/** They wait for nobody but us and the rails. A custody has its date; what is owed, failed or returned has people. */
const UNDER_WAY = sql`('deposited', 'withdrawing', 'withdrawn', 'creating', 'created', 'funding', 'releasing', 'released', 'returning', 'returned', 'reserved', 'redeeming', 'paying_out')`;

const UNITS = z.string().transform(BigInt);
const ROWS = z.object({
  waiting: z.array(
    z.object({
      legId: z.string(),
      paymentId: z.string(),
      kind: z.string(),
      state: z.enum(LEG_STATES),
      centavos: UNITS,
      age_s: z.number(),
    }),
  ),
  attention: z.array(
    z.object({ legId: z.string(), paymentId: z.string(), code: z.string(), owner: z.string(), text: z.string() }),
  ),
  unknown: z.array(
    z.object({ effectId: z.string(), paymentId: z.string().nullable(), kind: z.string(), age_s: z.number() }),
  ),
  suspense: z.array(z.object({ depositId: z.string(), reason: z.string(), centavos: UNITS, age_s: z.number() })),
  contracts: z.array(z.object({ address: z.string(), reason: z.string() })),
  webhooks: z.array(z.object({ endpointId: z.string(), failed: z.number(), error: z.string() })),
  undelivered: z.array(z.object({ channel: z.string(), failed: z.number(), error: z.string() })),
  overdue: z.number(),
});

export type ReadSnapshot = (open: readonly OpenAlert[]) => Promise<Snapshot>;

/** Remembers since when chain and indexer do not agree. Of loops it knows those that this process has started. */
export function createReader(
  ctx: Context,
  instruments: Pick<Instruments, 'lastTurn' | 'usualLatency_s'>,
  { books, funds }: Readings,
  breaks: OpenBreaks | null,
): ReadSnapshot {
  let disagreeSince: Date | null = null;
  const ago_s = (at: Date) => (ctx.now().getTime() - at.getTime()) / 1_000;
  const known = <T>(read: Promise<T>): Promise<T | null> => read.catch(() => null);

  const chain = (): Snapshot['chain'] => {
    const { trouble, behind_s } = ctx.watchdog.current();
    if (trouble === null) disagreeSince = null;
    else disagreeSince ??= ctx.now();
    if (disagreeSince === null || trouble === null)
      return (behind_s ?? 0) > ctx.settings.operate.alerts.bounds.indexerLag_s
        ? { trouble: 'the indexer to catch up', isRpc: false, since_s: 0, behind_s }
        : 'agreed';
    return { trouble, isRpc: trouble === 'the RPC to answer', since_s: ago_s(disagreeSince), behind_s };
  };

  return async (open) => {
    const [rows, read, money, broken, lost] = await Promise.all([
      known(readRows(ctx, open)),
      known(books()),
      known(funds()),
      breaks ? known(breaks()) : [],
      recoveryNeeded(ctx.db).then(
        (sentence) => ({ sentence }),
        () => null,
      ),
    ]);
    return {
      waiting: rows && read && { legs: rows.waiting, usual_s: usualOf(read) },
      attention: rows?.attention ?? null,
      unknown: rows?.unknown ?? null,
      suspense: rows?.suspense ?? null,
      breaks: broken,
      lost: lost?.sentence ?? null,
      isLostKnown: lost !== null,
      automation: rows && {
        overdue: rows.overdue,
        loops: LOOPS.flatMap((loop) => {
          const at = instruments.lastTurn(loop);
          return at ? [{ loop, silent_s: ago_s(at) }] : [];
        }),
      },
      chain: chain(),
      juno: read && { breaker: read.breaker, usual_s: instruments.usualLatency_s('juno') },
      contracts: rows?.contracts ?? null,
      funds: money,
      webhooks: rows?.webhooks ?? null,
      undelivered: rows?.undelivered ?? null,
    };
  };
}

const usualOf = ({ tally }: Books): ReadonlyMap<string, number> =>
  new Map(
    tally
      .filter(({ subject }) => subject === 'leg')
      .map((row) => [`${row.kind} ${row.state}`, Math.min(usualStay_s(row) ?? 0, LONGEST_S)]),
  );

/**
 * One bounded statement over indexes of what is open (readings.ts). What was told already is always among the rows, so that it is seen
 * to be over only when it is. Of a custody the indexed date counts, and of those that wait for approvals nothing does.
 */
async function readRows({ db, settings }: Context, open: readonly OpenAlert[]) {
  const { stuck_s, unknown_s, suspense_s, silence_s } = settings.operate.alerts.bounds;
  const told = (kind: OpenAlert['kind']) =>
    sql.param(open.flatMap(({ key }) => (key.startsWith(`${kind}:`) ? [key.split(':')[1]] : [])));
  const list = (rows: ReturnType<typeof sql>) => sql`(SELECT coalesce(json_agg(r), '[]') FROM (${rows}) r)`;
  const since = (at: ReturnType<typeof sql>) => sql`extract(epoch FROM reactor.now() - ${at})::float8`;
  const { rows } = await db.transaction(async (tx) => {
    await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${MOST_MS}`));
    return tx.execute(sql`WITH waiting AS (
        SELECT l.*, ${since(sql`l.entered_at`)} AS age_s FROM reactor.leg l
          WHERE l.state IN ${UNDER_WAY} AND l.entered_at < reactor.now() - ${stuck_s} * interval '1 second'
          AND NOT (l.kind = 'commission' AND l.state = 'reserved')
        UNION ALL
        SELECT l.*, extract(epoch FROM reactor.now())::float8 - l.deadline_seconds AS age_s FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id
          WHERE l.state = 'in_custody' AND l.deadline_seconds < extract(epoch FROM reactor.now()) - ${stuck_s} AND p.release_policy = 'date')
      SELECT ${list(sql`
          SELECT id AS "legId", payment_id AS "paymentId", kind, state, amount_centavos::text AS centavos, age_s FROM waiting w
          WHERE attention_code IS NULL AND barrier IS NULL
            AND NOT EXISTS (SELECT 1 FROM reactor.hold h WHERE h.payment_id = w.payment_id AND h.closed_at IS NULL)
          ORDER BY id::text = ANY(${told('stuck')}::text[]) DESC, amount_centavos * age_s::numeric DESC LIMIT ${MOST}`)} AS waiting,
        ${list(sql`
          SELECT id AS "legId", payment_id AS "paymentId", attention_code AS code, attention_owner AS owner, attention_text AS text
          FROM reactor.leg WHERE attention_code IS NOT NULL
          ORDER BY id::text = ANY(${told('needs-attention')}::text[]) DESC, amount_centavos DESC LIMIT ${MOST}`)} AS attention,
        ${list(sql`
          SELECT id AS "effectId", payment_id AS "paymentId", kind, ${since(sql`coalesce(first_sent_at, created_at)`)} AS age_s FROM reactor.effect
          WHERE state IN ('recorded', 'sending', 'unknown') AND state = 'unknown'
            AND coalesce(first_sent_at, created_at) < reactor.now() - ${unknown_s} * interval '1 second'
          ORDER BY id::text = ANY(${told('unknown-effect')}::text[]) DESC, 4 DESC LIMIT ${MOST}`)} AS unknown,
        ${list(sql`
          SELECT deposit_id AS "depositId", reason, amount_centavos::text AS centavos, ${since(sql`opened_at`)} AS age_s FROM reactor.suspense
          WHERE closed_at IS NULL AND opened_at < reactor.now() - ${suspense_s} * interval '1 second'
          ORDER BY deposit_id = ANY(${told('suspense')}::text[]) DESC, amount_centavos DESC LIMIT ${MOST}`)} AS suspense,
        ${list(sql`
          SELECT substr(name, 10) AS address, CASE WHEN changed_by = ${BREAKER} THEN reason ELSE ${STOPPED_BY_PEOPLE} END AS reason
          FROM reactor.guard_switch WHERE is_stopped AND name LIKE 'contract:%' LIMIT ${MOST}`)} AS contracts,
        ${list(sql`
          SELECT d.endpoint_id AS "endpointId", count(*)::int AS failed, max(coalesce(d.error, 'no answer')) AS error
          FROM reactor.webhook_delivery d JOIN reactor.webhook_endpoint e ON e.id = d.endpoint_id
          WHERE d.state = 'failed' AND e.removed_at IS NULL GROUP BY 1 LIMIT ${MOST}`)} AS webhooks,
        ${list(sql`
          SELECT channel, count(*)::int AS failed, max(coalesce(error, 'no answer')) AS error FROM reactor.alert_notice n
          WHERE state = 'failed' AND channel = ANY(${sql.param(channelNames(settings))}::text[]) AND NOT EXISTS (SELECT 1 FROM reactor.alert_notice d
            WHERE d.channel = n.channel AND d.state = 'delivered' AND d.created_at > n.created_at)
          GROUP BY 1 LIMIT ${MOST}`)} AS undelivered,
        (SELECT count(*)::int FROM (SELECT 1 FROM reactor.leg WHERE state NOT IN ('completed', 'replaced', 'expired', 'closed')
          AND due_at < reactor.now() - ${silence_s} * interval '1 second' LIMIT 1000) o) AS overdue`);
  });
  return ROWS.parse(rows[0]);
}
