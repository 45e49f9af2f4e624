import { and, asc, eq, isNull, max } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { walletTransaction } from '../db/schema.ts';

export type SignedRow = typeof walletTransaction.$inferSelect;

/** All signed transactions of a wallet whose end is not settled, in the order of their nonces and versions. */
export const unsettled = ({ db, settings }: Context, wallet: string): Promise<SignedRow[]> =>
  db
    .select()
    .from(walletTransaction)
    .where(
      and(
        eq(walletTransaction.wallet, wallet),
        eq(walletTransaction.chainId, settings.chainId),
        isNull(walletTransaction.succeeded),
      ),
    )
    .orderBy(asc(walletTransaction.nonce), asc(walletTransaction.version));

/** The highest nonce that was ever signed here; null before the first. */
export async function highestNonce({ db, settings }: Context, wallet: string): Promise<number | null> {
  const [row] = await db
    .select({ highest: max(walletTransaction.nonce) })
    .from(walletTransaction)
    .where(and(eq(walletTransaction.wallet, wallet), eq(walletTransaction.chainId, settings.chainId)));
  return row?.highest ?? null;
}

/** Signed transactions by nonce: more than one version where a fee was raised. */
export const byNonce = (rows: readonly SignedRow[]): Map<number, SignedRow[]> =>
  Map.groupBy(rows, ({ nonce }) => nonce);
