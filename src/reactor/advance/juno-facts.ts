import { and, asc, eq, inArray, isNull, notExists, or } from 'drizzle-orm';
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

/**
 * The ISSUANCE that a claimed deposit brought: same amount, same receiving CLABE, not claimed, oldest first. Only its detail
 * names the CLABE; without it nothing is taken (Juno, "Get transaction details").
 */
export async function findIssuance(
  ctx: Context,
  want: { clabe: string; amount: bigint },
): Promise<JunoFact | undefined> {
  const [row] = await ctx.db
    .select()
    .from(junoTransaction)
    .where(
      and(
        eq(junoTransaction.type, 'ISSUANCE'),
        eq(junoTransaction.amount, want.amount),
        eq(junoTransaction.clabe, want.clabe),
        inArray(junoTransaction.status, ['complete', 'failed']),
        unclaimed(ctx),
      ),
    )
    .orderBy(asc(junoTransaction.occurredAt))
    .limit(1);
  return row && { id: row.id, status: row.status as JunoFact['status'] };
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
