import { and, asc, desc, eq, gte, inArray, isNull, notExists, or, sql } from 'drizzle-orm';
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
 * The ISSUANCE that a claimed deposit brought: same amount, same receiving CLABE, claimed by nobody or by this leg, not older
 * than the deposit can be. Only its detail names the CLABE; without it nothing is taken (J/get-transaction-details).
 */
export async function findIssuance(
  ctx: Context,
  want: { legId: string; clabe: string; amount: bigint },
): Promise<JunoFact | undefined> {
  const isMine = sql`EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_transaction'
    AND v.external_id = ${junoTransaction.id} AND v.subject_kind = 'leg' AND v.subject_id = ${want.legId})`;
  const earliest = sql`(SELECT min(d.observed_at) FROM reactor.juno_deposit d JOIN reactor.evidence v ON v.external_id = d.id
    WHERE v.source = 'juno_deposit' AND v.subject_kind = 'leg' AND v.subject_id = ${want.legId})
    - ${READ_LATE_MS} * interval '1 millisecond'`;
  const [row] = await ctx.db
    .select()
    .from(junoTransaction)
    .where(
      and(
        eq(junoTransaction.type, 'ISSUANCE'),
        eq(junoTransaction.amount, want.amount),
        eq(junoTransaction.clabe, want.clabe),
        inArray(junoTransaction.status, ['complete', 'failed']),
        or(isNull(junoTransaction.occurredAt), gte(junoTransaction.occurredAt, earliest)),
        or(isMine, notExists(claims(ctx))),
      ),
    )
    .orderBy(desc(isMine), ...BEST_FIRST)
    .limit(1);
  return row && { id: row.id, status: row.status as JunoFact['status'] };
}

/**
 * Juno's credit of a return: by transaction hash where its record names one, else one of the same amount without a hash, not
 * older than the return. Equal amounts are interchangeable: each is claimed once, and each return has its own transfer on chain.
 */
export async function findCredit(
  ctx: Context,
  want: { txHash: string; amount: bigint; since: Date | null },
): Promise<JunoFact | undefined> {
  const earliest = new Date((want.since?.getTime() ?? 0) - SKEW_MS);
  const isNamed = eq(junoTransaction.txHash, want.txHash);
  const [row] = await ctx.db
    .select()
    .from(junoTransaction)
    .where(
      and(
        eq(junoTransaction.type, 'CRYPTO_DEPOSIT'),
        eq(junoTransaction.amount, want.amount),
        eq(junoTransaction.isDetailed, true),
        or(isNamed, and(isNull(junoTransaction.txHash), gte(junoTransaction.occurredAt, earliest))),
        notExists(claims(ctx)),
      ),
    )
    .orderBy(desc(sql`coalesce(${isNamed}, false)`), ...BEST_FIRST)
    .limit(1);
  return row && { id: row.id, status: row.status as JunoFact['status'] };
}
