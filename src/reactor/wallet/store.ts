import { and, asc, eq, isNull, sql } from 'drizzle-orm';
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

/** What a pin of the wallet's first free nonce is called: the chain's own count when this database first looked. */
export const firstNoncePin = (chainId: number, wallet: string): string => `wallet_nonce:${chainId}:${wallet}`;

/**
 * The highest nonce that is used as far as this database knows: signed here, said by a person to be nobody's here, or older than
 * the database. Null before all of them.
 */
export async function highestNonce({ db, settings }: Context, wallet: string): Promise<number | null> {
  const { rows } = await db.execute<{ highest: number | null }>(sql`
    SELECT greatest(
      (SELECT max(nonce) FROM reactor.wallet_transaction WHERE wallet = ${wallet} AND chain_id = ${settings.chainId}),
      (SELECT max(nonce) FROM reactor.foreign_act WHERE source = 'wallet'),
      (SELECT value::int - 1 FROM reactor.setting_pin WHERE name = ${firstNoncePin(settings.chainId, wallet)})
    ) AS highest`);
  return rows[0]?.highest ?? null;
}

/** Signed transactions by nonce: more than one version where a fee was raised. */
export const byNonce = (rows: readonly SignedRow[]): Map<number, SignedRow[]> =>
  Map.groupBy(rows, ({ nonce }) => nonce);
