import { and, asc, eq, inArray, isNull, max, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { effect, walletTransaction } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';

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
  const since = (moment: ReturnType<typeof sql>) =>
    sql<string>`extract(epoch FROM clock_timestamp() - ${moment}) * 1000`;
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
