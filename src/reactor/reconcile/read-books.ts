/** What the books say, all of one moment: sums, what Juno was seen to do, entries and what proves them, payments and their legs. */
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Db, databaseNow, SNAPSHOT, type Tx } from '../db/client.ts';
import { explain, goesTo, readOut } from '../effects/explains.ts';
import { addTotals, type Total, totalsOf } from '../ledger/totals.ts';
import { PROVED_BY } from './evidence.ts';
import type { Mark } from './mark.ts';

/** No transaction is open for so long: what was written before is all there. Statements and idle transactions end after 15 s. */
const SETTLED_MS = 120_000;
/** Of each kind of finding a look takes so many; the next ones find the rest. */
const MOST = 500;

const big = z.string().transform(BigInt);
const ACT = z.object({ id: z.string(), type: z.string(), units: big, seen_at: z.coerce.date() });
const SEEN = z.array(
  ACT.extend({
    address: z.string().nullable(),
    clabe: z.string().nullable(),
    is_detailed: z.boolean(),
    raw: z
      .string()
      .nullable()
      .transform((text) => text ?? ''),
  }),
);
type Seen = z.output<typeof SEEN>[number];
const ENTRY = z.object({
  id: z.string(),
  key: z.string(),
  payment_id: z.string().nullable(),
  at: z.coerce.date(),
  units: big,
});
const PAYMENT = z.object({ id: z.string(), owed: big, held: big, requested: big });
const WAITING = z.object({
  leg_id: z.string(),
  payment_id: z.string(),
  state: z.enum(['withdrawing', 'returning', 'requested']),
  units: big,
  name: z.string(),
  since: z.coerce.date(),
});

export type Act = Readonly<z.output<typeof ACT>>;
export type Unproved = Readonly<z.output<typeof ENTRY>>;
export type Waiting = Readonly<z.output<typeof WAITING>>;
export type BooksRead = Readonly<{
  now: Date;
  totals: readonly Total[];
  /** Up to `until`, for the next look. */
  settled: Readonly<{ until: Date; totals: readonly Total[] }>;
  /** Transactions of Juno’s that took MXNB out of the pool and that no effect is, and those that brought some and nobody claims. */
  acts: readonly Act[];
  credits: readonly Act[];
  /** Of the former, those that a send whose answer is out may have made: looked at again until its answer is known. */
  explained: readonly string[];
  observation: number;
  unproved: readonly Unproved[];
  payments: readonly Readonly<z.output<typeof PAYMENT>>[];
  waiting: readonly Waiting[];
}>;

/** What is open or suspected already, and is looked at again however old it is. */
export type KnownIds = Readonly<{ acts: readonly string[]; entries: readonly string[]; payments: readonly string[] }>;

export type ReadBooksParameters = Readonly<{
  mark: Mark;
  /** The outside was asked after it: what came into an account since may not be shown there yet. */
  asked: Date;
  known: KnownIds;
  /** Effects whose transactions are in no block now. */
  lost: readonly string[];
  overdue_ms: number;
}>;

/** Reads them in one snapshot, with a bound on each statement. */
export async function readBooks(
  db: Db,
  { mark, asked, known, lost, overdue_ms }: ReadBooksParameters,
): Promise<BooksRead> {
  return db.transaction(async (tx) => {
    const now = await databaseNow(tx);
    const until = new Date(Math.max(now.getTime() - SETTLED_MS, mark.until?.getTime() ?? 0));
    const settled = addTotals(mark.totals, await totalsOf(tx, { after: mark.until, until }));
    const recent = addTotals(settled, await totalsOf(tx, { after: until, freshAfter: asked }));
    const totals = addTotals(recent, await takenOut(tx, lost));
    const since = mark.until ?? new Date(0);
    const out = await acts(tx, mark, known.acts, 'out');
    const credits = await acts(tx, mark, known.acts, 'in');
    const isAll = Math.max(out.length, credits.length) < MOST;
    const { explained, left } = await split(tx, out);
    return {
      ...{ now, totals, settled: { until, totals: settled } },
      ...{ acts: left, credits, explained: explained.map(({ id }) => id) },
      // A look that had no room for all of them begins there again.
      observation: isAll ? await lastObservation(tx, mark.observation) : mark.observation,
      unproved: await unproved(tx, since, known.entries),
      payments: await payments(tx, since, known.payments),
      waiting: await waiting(tx, overdue_ms),
    };
  }, SNAPSHOT);
}

const list = (values: readonly string[]) => sql.param([...values]);

const BROUGHT = z.object({ account: z.enum(['bridge', 'escrow']), contract: z.string(), units: big });

/** What effects brought into an account whose transactions a reorganisation took out: the wallet hands them over until they are in a block again. */
async function takenOut(tx: Tx, lost: readonly string[]): Promise<Total[]> {
  const { rows } = await tx.execute(sql`
    SELECT p.account, CASE p.account WHEN 'escrow' THEN coalesce(l.escrow_contract, '') ELSE '' END AS contract, sum(p.amount)::text AS units
    FROM reactor.effect e JOIN reactor.ledger_entry n ON n.effect_id = e.id AND n.state = 'posted'
      JOIN reactor.ledger_posting p ON p.entry_id = n.id AND p.amount > 0 AND p.account IN ('bridge', 'escrow')
      LEFT JOIN reactor.leg l ON e.subject_kind = 'leg' AND l.id::text = e.subject_id
    WHERE e.id = ANY(${list(lost)}::uuid[])
    GROUP BY 1, 2`);
  return z
    .array(BROUGHT)
    .parse(rows)
    .map(({ account, contract, units }) => ({
      ...{ account, contract, currency: 'MXNB', posted: 0n, leaving: 0n, coming: 0n, fresh: units },
    }));
}

/** Juno’s transactions since this database first looked at Juno, that were seen since the last look and that nothing here claims or made. */
async function acts(tx: Tx, { observation }: Mark, known: readonly string[], direction: 'in' | 'out'): Promise<Seen[]> {
  const which =
    direction === 'out'
      ? sql`t.type IN ('REDEMPTION', 'CRYPTO_WITHDRAWAL') AND t.status <> 'failed'`
      : sql`t.type IN ('ISSUANCE', 'CRYPTO_DEPOSIT') AND t.status = 'complete'`;
  const { rows } = await tx.execute(sql`
    WITH seen AS (
      SELECT external_id AS id FROM reactor.juno_observation WHERE resource = 'transaction' AND id > ${observation}
      UNION SELECT unnest(${list(known)}::text[]))
    SELECT t.id, t.type, t.amount_units::text AS units, coalesce(t.occurred_at, first.at) AS seen_at, t.address, t.clabe, t.is_detailed, first.raw
    FROM seen JOIN reactor.juno_transaction t ON t.id = seen.id
      CROSS JOIN LATERAL (SELECT min(o.observed_at) AS at, string_agg(o.body, ' ') AS raw
        FROM reactor.juno_observation o WHERE o.resource = 'transaction' AND o.external_id = t.id) first
    WHERE ${which}
      AND coalesce(t.occurred_at, first.at) > coalesce((SELECT at FROM reactor.heartbeat WHERE name = 'intake:began'), 'infinity')
      AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_transaction' AND v.external_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM reactor.effect e WHERE e.external_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM reactor.foreign_act f WHERE f.source = 'juno_transaction' AND f.external_id = t.id)
    ORDER BY 4, 1 LIMIT ${MOST}`);
  return SEEN.parse(rows);
}

/**
 * Of what left Juno, what a send whose answer is out may have made is that send’s, one act each. What Juno was not asked for in detail may
 * have gone there; what it was and does not say so has not. Those that say where they went choose first.
 */
async function split(tx: Tx, seen: readonly Seen[]): Promise<{ explained: Seen[]; left: Seen[] }> {
  const sends = await readOut(tx);
  const isTold = ({ address, clabe, is_detailed }: Seen) => is_detailed || address !== null || clabe !== null;
  const going = (act: Seen) => ({ ...act, centavos: act.units, at: act.seen_at });
  const told = explain(seen.filter(isTold).map(going), sends, ({ to }, act) => goesTo(to, act));
  const untold = explain(seen.filter((act) => !isTold(act)).map(going), told.free, () => true);
  return { explained: [...told.explained, ...untold.explained], left: [...told.left, ...untold.left] };
}

/** Up to where no transaction can be open any more that writes an observation. */
async function lastObservation(tx: Tx, before: number): Promise<number> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    SELECT coalesce(max(id), 0) AS id FROM (
      SELECT id, observed_at FROM reactor.juno_observation WHERE id > ${before} ORDER BY id LIMIT 50000) newest
    WHERE observed_at < reactor.now() - ${SETTLED_MS} * interval '1 millisecond'`);
  return Math.max(before, Number(rows[0]?.id ?? 0));
}

/**
 * Entries that were posted lately, of a kind that something outside has to prove, and that nothing proves. What proves one is claimed for
 * the subject in its key or of its effect, or is in its key itself.
 */
async function unproved(tx: Tx, since: Date, known: readonly string[]): Promise<Unproved[]> {
  const proofs = sql.join(
    Object.entries(PROVED_BY).map(([kind, [source, as]]) => sql`(${kind}::text, ${source}::text, ${as}::text)`),
    sql`, `,
  );
  const { rows } = await tx.execute(sql`
    WITH posted AS (
      SELECT id FROM reactor.ledger_entry WHERE created_at > ${since.toISOString()}::timestamptz AND settled_at IS NULL
      UNION SELECT id FROM reactor.ledger_entry WHERE settled_at > ${since.toISOString()}::timestamptz
      UNION SELECT unnest(${list(known)}::uuid[])),
    named AS (
      SELECT e.id, e.key, e.payment_id, coalesce(e.settled_at, e.created_at) AS at, proof.source, proof.as_what,
        split_part(e.key, ':', 2) AS subject, substr(e.key, length(proof.kind) + 2) AS rest, f.subject_id AS of_effect
      FROM posted CROSS JOIN LATERAL (SELECT * FROM reactor.ledger_entry WHERE id = posted.id OFFSET 0) e
        JOIN (VALUES ${proofs}) AS proof (kind, source, as_what) ON proof.kind = split_part(e.key, ':', 1)
        LEFT JOIN reactor.effect f ON f.id = coalesce(e.effect_id,
          CASE WHEN proof.kind = 'credit' THEN split_part(e.key, ':', 2)::uuid END)
      WHERE e.state = 'posted')
    SELECT n.id, n.key, n.payment_id, n.at,
      coalesce((SELECT max(abs(p.amount)) FROM reactor.ledger_posting p WHERE p.entry_id = n.id), 0)::text AS units
    FROM named n
    WHERE NOT EXISTS (
      SELECT 1 FROM reactor.evidence v
      WHERE v.subject_kind IN ('leg', 'payment', 'suspense', 'deposit_address') AND v.subject_id IN (n.subject, n.of_effect) AND ${isProof}
      UNION ALL SELECT 1 FROM reactor.evidence v WHERE v.source = n.source AND v.external_id = n.rest
      UNION ALL SELECT 1 FROM reactor.evidence v
      WHERE n.source = 'juno_transaction' AND v.source = 'juno_transaction' AND v.detail ->> 'depositId' = n.rest
      -- A return that was told apart in suspense is claimed under a name of its own.
      UNION ALL SELECT 1 FROM reactor.evidence v
      WHERE n.source = 'juno_deposit' AND v.subject_kind = 'leg' AND v.subject_id = n.subject AND v.source = 'suspense_return')
    ORDER BY 4, 1 LIMIT ${MOST}`);
  return z.array(ENTRY).parse(rows);
}
/** Whether evidence `v` is what an entry `n` needs. */
const isProof = sql`v.source = n.source AND CASE
  WHEN n.as_what IS NULL THEN true
  WHEN n.source = 'chain' THEN v.detail ->> 'as' = n.as_what
  ELSE EXISTS (SELECT 1 FROM reactor.juno_transaction t WHERE t.id = v.external_id AND t.type = n.as_what) END`;

/** Of each payment that the ledger changed lately: what it owes, and what its legs are. */
async function payments(tx: Tx, since: Date, known: readonly string[]): Promise<z.output<typeof PAYMENT>[]> {
  const { rows } = await tx.execute(sql`
    WITH touched AS (
      SELECT payment_id AS id FROM reactor.ledger_entry WHERE created_at > ${since.toISOString()}::timestamptz AND payment_id IS NOT NULL
      UNION SELECT payment_id FROM reactor.ledger_entry WHERE settled_at > ${since.toISOString()}::timestamptz AND payment_id IS NOT NULL
      UNION SELECT unnest(${list(known)}::uuid[]))
    SELECT * FROM (
      SELECT t.id, coalesce(-owed.units, 0)::text AS owed, coalesce(legs.held, 0)::text AS held, coalesce(legs.requested, 0)::text AS requested
      FROM touched t
        CROSS JOIN LATERAL (SELECT sum(posted) AS units FROM reactor.ledger_balance b
          WHERE b.account IN ('liability', 'commission', 'paying_out') AND b.owner = t.id::text AND b.currency = 'MXN') owed
        CROSS JOIN LATERAL (SELECT
            sum(l.amount_centavos) FILTER (WHERE l.state NOT IN ('requested', 'completed', 'accrued', 'replaced', 'expired', 'closed')) AS held,
            sum(l.amount_centavos) FILTER (WHERE l.state = 'requested') AS requested
          FROM reactor.leg l WHERE l.payment_id = t.id) legs) sides
    WHERE owed <> held AND owed::numeric <> held::numeric + requested::numeric
    ORDER BY id LIMIT ${MOST}`);
  return z.array(PAYMENT).parse(rows);
}

/** Legs whose MXNB or pesos are on their way for longer than they may be, though the one side says that it is done. */
async function waiting(tx: Tx, overdue_ms: number): Promise<Waiting[]> {
  const late = sql`reactor.now() - ${overdue_ms} * interval '1 millisecond'`;
  const { rows } = await tx.execute(sql`
    SELECT l.id AS leg_id, l.payment_id, l.state, l.amount_centavos::text AS units, t.id AS name, t.updated_at AS since
    FROM reactor.leg l JOIN reactor.effect e ON e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind = 'juno_withdrawal'
      AND e.state NOT IN ('rejected', 'dead') JOIN reactor.juno_transaction t ON t.id = e.external_id
    WHERE l.state = 'withdrawing' AND t.status = 'complete' AND t.updated_at < ${late}
    UNION ALL
    SELECT l.id, l.payment_id, l.state, l.amount_centavos::text, w.hash, w.signed_at
    FROM reactor.leg l JOIN reactor.effect e ON e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind = 'chain_return'
      AND e.state NOT IN ('rejected', 'dead') JOIN reactor.wallet_transaction w ON w.effect_id = e.id AND w.succeeded
    WHERE l.state = 'returning' AND w.signed_at < ${late}
    UNION ALL
    SELECT min(l.id::text)::uuid, l.payment_id, l.state, max(p.amount_centavos)::text, v.external_id, v.claimed_at
    FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id
      JOIN reactor.evidence v ON v.source = 'juno_deposit' AND v.subject_kind = 'payment' AND v.subject_id = l.payment_id::text
    WHERE l.state = 'requested' AND v.claimed_at < ${late} GROUP BY l.payment_id, l.state, v.external_id, v.claimed_at
    ORDER BY since LIMIT ${MOST}`);
  return z.array(WAITING).parse(rows);
}
