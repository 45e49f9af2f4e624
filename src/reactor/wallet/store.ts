import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { effect, walletTransaction } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';

export type SignedRow = typeof walletTransaction.$inferSelect;

/** The lane in which a wallet's transactions are signed and followed. */
export const walletLaneOf = (chainId: number, wallet: string): string => `wallet:${chainId}:${wallet}`;

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
      (SELECT max(nonce) FROM reactor.foreign_act WHERE wallet = ${wallet}),
      (SELECT value::int - 1 FROM reactor.setting_pin WHERE name = ${firstNoncePin(settings.chainId, wallet)})
    ) AS highest`);
  return rows[0]?.highest ?? null;
}

/** Signed transactions by nonce: more than one version where a fee was raised. */
export const byNonce = (rows: readonly SignedRow[]): Map<number, SignedRow[]> =>
  Map.groupBy(rows, ({ nonce }) => nonce);

/** The effects that these were signed for, by id. */
export async function effectsOf({ db }: Context, rows: readonly SignedRow[]): Promise<Map<string, EffectRow>> {
  const ids = [...new Set(rows.map(({ effectId }) => effectId))];
  const found = await db.select().from(effect).where(inArray(effect.id, ids));
  return new Map(found.map((row) => [row.id, row]));
}

/** By the one clock that dated them, the database's: since the first was signed, the newest was, and any was handed over. */
export async function ageOf(
  { db }: Context,
  versions: readonly SignedRow[],
): Promise<{ age_ms: number; newest_ms: number; broadcast_ms: number }> {
  const since = (moment: ReturnType<typeof sql>) => sql<string>`extract(epoch FROM reactor.now() - ${moment}) * 1000`;
  const [row] = await db
    .select({
      age_ms: since(sql`min(${walletTransaction.signedAt})`),
      newest_ms: since(sql`max(${walletTransaction.signedAt})`),
      broadcast_ms: since(sql`coalesce(max(${walletTransaction.lastBroadcastAt}), '-infinity')`),
    })
    .from(walletTransaction)
    .where(
      inArray(
        walletTransaction.hash,
        versions.map(({ hash }) => hash),
      ),
    );
  if (!row) throw new Error('a nonce without a version');
  return { age_ms: Number(row.age_ms), newest_ms: Number(row.newest_ms), broadcast_ms: Number(row.broadcast_ms) };
}
