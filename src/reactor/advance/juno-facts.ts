import { and, asc, eq, isNull, notExists, or, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { evidence, junoTransaction } from '../db/schema.ts';
import type { JunoFact } from '../payment/view.ts';

const unclaimed = (ctx: Context) =>
  notExists(
    ctx.db
      .select()
      .from(evidence)
      .where(and(eq(evidence.source, 'juno_transaction'), eq(evidence.externalId, junoTransaction.id))),
  );

/** An ISSUANCE of a payout's return is taken only when this long nobody else has claimed it: a return may not be issued at all. */
const RETURN_PATIENCE_S = 600;

/**
 * The ISSUANCE that a deposit brought: same amount, same receiving CLABE, not claimed. Equal deposits to one CLABE are
 * interchangeable, so the first of those that wait has the first ISSUANCE, and so on: whoever asks for them, a payment or
 * suspense, no two are given the same. Returned payouts come last. Only the detail names the CLABE; without it nothing is taken
 * (Juno, "Get transaction details").
 */
export async function findIssuance(
  ctx: Context,
  want: { depositId: string; clabe: string; amount: bigint },
): Promise<JunoFact | undefined> {
  const amount = want.amount.toString();
  const { rows } = await ctx.db.execute<{ id: string; status: JunoFact['status'] }>(sql`
    WITH waiting AS (
      SELECT d.id, d.is_refund, row_number() OVER (ORDER BY d.is_refund, d.observed_at, d.id) AS place
      FROM reactor.juno_deposit d
      WHERE d.clabe = ${want.clabe} AND d.amount_centavos = ${amount}::numeric AND d.status = 'complete' AND NOT EXISTS (
        SELECT 1 FROM reactor.evidence v JOIN reactor.evidence i ON (i.subject_kind, i.subject_id) = (v.subject_kind, v.subject_id)
        WHERE v.source = 'juno_deposit' AND v.external_id = d.id AND i.source = 'juno_transaction' AND i.detail->>'depositId' = d.id)
    ), issued AS (
      SELECT t.id, t.status, t.updated_at, row_number() OVER (ORDER BY t.occurred_at, t.id) AS place
      FROM reactor.juno_transaction t
      WHERE t.type = 'ISSUANCE' AND t.clabe = ${want.clabe} AND t.amount_units = ${amount}::numeric AND t.status IN ('complete', 'failed')
        AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_transaction' AND v.external_id = t.id)
    )
    SELECT issued.id, issued.status FROM waiting JOIN issued USING (place)
    WHERE waiting.id = ${want.depositId}
      AND (NOT waiting.is_refund OR issued.updated_at < clock_timestamp() - ${RETURN_PATIENCE_S} * interval '1 second')`);
  return rows[0];
}

/**
 * Juno's credit of a return: by transaction hash where its record names one, else one of the same amount without a hash.
 * Equal amounts are interchangeable: each is claimed once, and each return has its own transfer on chain.
 */
export async function findCredit(
  ctx: Context,
  want: { txHash: string; amount: bigint },
): Promise<JunoFact | undefined> {
  const [row] = await ctx.db
    .select()
    .from(junoTransaction)
    .where(
      and(
        eq(junoTransaction.type, 'CRYPTO_DEPOSIT'),
        eq(junoTransaction.amount, want.amount),
        eq(junoTransaction.isDetailed, true),
        or(eq(junoTransaction.txHash, want.txHash), isNull(junoTransaction.txHash)),
        unclaimed(ctx),
      ),
    )
    .orderBy(asc(junoTransaction.txHash), asc(junoTransaction.occurredAt))
    .limit(1);
  return row && { id: row.id, status: row.status as JunoFact['status'] };
}
