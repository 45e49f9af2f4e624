import { and, desc, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { effect, walletTransaction } from '../db/schema.ts';

/** What the bridge wallet signed, the highest nonce first. */
export async function listTransactions({ db, settings }: Pick<Context, 'db' | 'settings'>, limit: number) {
  const rows = await db
    .select({ sent: walletTransaction, kind: effect.kind, paymentId: effect.paymentId })
    .from(walletTransaction)
    .innerJoin(effect, eq(effect.id, walletTransaction.effectId))
    .where(
      and(
        eq(walletTransaction.chainId, settings.chainId),
        sql`lower(${walletTransaction.wallet}) = ${settings.bridge.toLowerCase()}`,
      ),
    )
    .orderBy(desc(walletTransaction.nonce), desc(walletTransaction.version))
    .limit(limit);
  return rows.map(({ sent, kind, paymentId }) => ({
    ...{ hash: sent.hash, nonce: sent.nonce, version: sent.version, isNoop: sent.isNoop, effectId: sent.effectId },
    ...{ kind, paymentId },
    signedAt: sent.signedAt.toISOString(),
    lastBroadcastAt: sent.lastBroadcastAt?.toISOString() ?? null,
    minedBlock: sent.minedBlock?.toString() ?? null,
    succeeded: sent.succeeded,
  }));
}
