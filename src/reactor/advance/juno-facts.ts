import { and, asc, desc, eq, gte, isNull, notExists, or, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { evidence, junoTransaction } from '../db/schema.ts';
import type { JunoFact } from '../payment/view.ts';

/** Juno's clock may be this much behind ours. */
const SKEW_MS = 5 * 60_000;
/** A deposit may be read this long after it was made, when Juno or we were away; an older ISSUANCE belongs to an earlier one. */
const READ_LATE_MS = 7 * 24 * 3_600_000;

const claims = (ctx: Context) =>
  ctx.db
    .select()
    .from(evidence)
    .where(and(eq(evidence.source, 'juno_transaction'), eq(evidence.externalId, junoTransaction.id)));

/** What succeeded before what failed, then the oldest. */
const BEST_FIRST = [desc(sql`${junoTransaction.status} = 'complete'`), asc(junoTransaction.occurredAt)];

/**
 * The ISSUANCE that a deposit brought: the one that was claimed for it, else one of the same amount and receiving CLABE that
 * nobody has claimed and that is not older than any of those that wait. Equal deposits to one CLABE are
 * interchangeable, so the first of those that wait has the first ISSUANCE, and so on: whoever asks for them, a payment or
 * suspense, no two are given the same. Returned payouts come last, and only when nobody else has claimed it for
 * JUNO_ISSUANCE_PATIENCE_S: a return may not be issued at all. Only the detail names the CLABE; without it nothing is taken
 * (Juno, "Get transaction details").
 */
export async function findIssuance(
  ctx: Context,
  want: { depositId: string; clabe: string; amount: bigint },
): Promise<JunoFact | undefined> {
  const amount = want.amount.toString();
  const { rows } = await ctx.db.execute<{ id: string; status: JunoFact['status'] }>(sql`
    WITH waiting AS (
      SELECT d.id, d.is_refund, d.observed_at, row_number() OVER (ORDER BY d.is_refund, d.observed_at, d.id) AS place
      FROM reactor.juno_deposit d
      WHERE d.clabe = ${want.clabe} AND d.amount_centavos = ${amount}::numeric AND d.status = 'complete' AND d.twin_of IS NULL AND NOT EXISTS (
        SELECT 1 FROM reactor.evidence v JOIN reactor.evidence i ON (i.subject_kind, i.subject_id) = (v.subject_kind, v.subject_id)
        WHERE v.source = 'juno_deposit' AND v.external_id = d.id AND i.source = 'juno_transaction' AND i.detail->>'depositId' = d.id)
    ), issued AS (
      SELECT t.id, t.status, t.updated_at, row_number() OVER (ORDER BY t.occurred_at, t.id) AS place
      FROM reactor.juno_transaction t
      WHERE t.type = 'ISSUANCE' AND t.clabe = ${want.clabe} AND t.amount_units = ${amount}::numeric AND t.status IN ('complete', 'failed')
        AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_transaction' AND v.external_id = t.id)
        AND (t.occurred_at IS NULL OR t.occurred_at >= (SELECT min(observed_at) FROM waiting) - ${READ_LATE_MS} * interval '1 millisecond')
    )
    SELECT t.id, t.status FROM reactor.juno_transaction t JOIN reactor.evidence v ON v.external_id = t.id
    WHERE v.source = 'juno_transaction' AND t.type = 'ISSUANCE' AND v.detail->>'depositId' = ${want.depositId}
    UNION ALL
    SELECT issued.id, issued.status FROM waiting JOIN issued USING (place)
    WHERE waiting.id = ${want.depositId}
      AND (NOT waiting.is_refund OR issued.updated_at < reactor.now() - ${ctx.settings.junoIssuancePatience_s} * interval '1 second')`);
  return rows[0];
}

/**
 * The oldest ISSUANCE of an amount that nobody has claimed for so long that it may be of money whose CLABE no list told, and that
 * no deposit at its own CLABE waits for.
 */
export async function findUnwantedIssuance(
  ctx: Context,
  want: { depositId: string; amount: bigint },
): Promise<JunoFact | undefined> {
  const { rows } = await ctx.db.execute<{ id: string; status: JunoFact['status'] }>(sql`
    SELECT t.id, t.status FROM reactor.juno_transaction t
    WHERE t.type = 'ISSUANCE' AND t.amount_units = ${want.amount.toString()}::numeric AND t.status IN ('complete', 'failed')
      AND (t.occurred_at IS NULL OR t.occurred_at >= (SELECT observed_at FROM reactor.juno_deposit WHERE id = ${want.depositId}) - ${READ_LATE_MS} * interval '1 millisecond')
      AND t.updated_at < reactor.now() - ${ctx.settings.junoIssuancePatience_s} * interval '1 second'
      AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_transaction' AND v.external_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM reactor.juno_deposit d
        WHERE d.clabe = t.clabe AND d.amount_centavos = t.amount_units AND d.status = 'complete' AND d.twin_of IS NULL
          AND NOT EXISTS (SELECT 1 FROM reactor.evidence i WHERE i.source = 'juno_transaction' AND i.detail->>'depositId' = d.id))
    ORDER BY t.occurred_at, t.id LIMIT 1`);
  return rows[0];
}

/**
 * Juno's credit of a return: by transaction hash where its record names one, else one of the same amount without a hash, not
 * older than the return, or not seen before it where Juno's time names no zone. Equal amounts are interchangeable: each is claimed once, and each return has its own transfer on chain.
 */
export async function findCredit(
  ctx: Context,
  want: { txHash: string; amount: bigint; since: Date | null },
): Promise<JunoFact | undefined> {
  const earliest = new Date((want.since?.getTime() ?? 0) - SKEW_MS);
  const isNamed = eq(junoTransaction.txHash, want.txHash);
  const since = sql`coalesce(${junoTransaction.occurredAt}, (SELECT min(o.observed_at) FROM reactor.juno_observation o
    WHERE o.resource = 'transaction' AND o.external_id = ${junoTransaction.id}))`;
  const [row] = await ctx.db
    .select()
    .from(junoTransaction)
    .where(
      and(
        eq(junoTransaction.type, 'CRYPTO_DEPOSIT'),
        eq(junoTransaction.amount, want.amount),
        eq(junoTransaction.isDetailed, true),
        or(isNamed, and(isNull(junoTransaction.txHash), gte(since, earliest))),
        notExists(claims(ctx)),
      ),
    )
    .orderBy(desc(sql`coalesce(${isNamed}, false)`), ...BEST_FIRST)
    .limit(1);
  return row && { id: row.id, status: row.status as JunoFact['status'] };
}
