import { createHash } from 'node:crypto';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { getTransaction } from '../../juno/getTransaction.ts';
import { listDeposits } from '../../juno/listDeposits.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import type { JunoDeposit, JunoTransaction } from '../../juno/types.ts';
import type { Context } from '../context.ts';
import { junoDeposit, junoObservation, junoTransaction } from '../db/schema.ts';

const PAGE = 100;
/** A list longer than this is read on at the next look; nothing is dropped. */
const MAX_PAGES = 20;
const MAX_DETAILS = 50;
/** The list is by day in the server's zone: two days back always overlaps. */
const OVERLAP_DAYS = 2;
const END = new Set(['complete', 'failed']);

/**
 * Reads Juno's transactions, newest first, until a page holds nothing that was not known and ended; then the details of those
 * that ended, since only a detail names hash, address and CLABE. An error of the API is an error, never “nothing there”.
 */
export async function observeTransactions(ctx: Context): Promise<void> {
  for (let page = 0; page < MAX_PAGES; page++) {
    const { items, isLast } = await listTransactions(ctx.juno, { page, size: PAGE });
    const hasNews = await storeTransactions(ctx, items);
    if (isLast || !hasNews) break;
  }
  const undetailed = await ctx.db
    .select({ id: junoTransaction.id })
    .from(junoTransaction)
    .where(
      and(
        eq(junoTransaction.isDetailed, false),
        inArray(junoTransaction.status, [...END]),
        inArray(junoTransaction.type, ['ISSUANCE', 'CRYPTO_DEPOSIT', 'CRYPTO_WITHDRAWAL']),
      ),
    )
    .limit(MAX_DETAILS);
  for (const { id } of undetailed) await storeDetail(ctx, await getTransaction(ctx.juno, { id }));
}

/** Reads the deposits of the last days, all pages. */
export async function observeDeposits(ctx: Context): Promise<void> {
  const startDate = new Date(ctx.now().getTime() - OVERLAP_DAYS * 86_400_000).toISOString().slice(0, 10);
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { items, isLast } = await listDeposits(ctx.juno, { page, pageSize: PAGE, startDate });
    await storeDeposits(ctx, items);
    if (isLast) return;
  }
}

const fingerprint = (body: string) => createHash('sha256').update(body).digest('hex').slice(0, 32);

async function record(
  ctx: Context,
  resource: 'deposit' | 'transaction',
  items: readonly { id: string; raw: string }[],
): Promise<void> {
  if (items.length === 0) return;
  await ctx.db
    .insert(junoObservation)
    .values(items.map(({ id, raw }) => ({ resource, externalId: id, fingerprint: fingerprint(raw), body: raw })))
    .onConflictDoNothing();
}

async function storeTransactions(ctx: Context, items: readonly JunoTransaction[]): Promise<boolean> {
  if (items.length === 0) return false;
  const known = await ctx.db
    .select()
    .from(junoTransaction)
    .where(
      inArray(
        junoTransaction.id,
        items.map((t) => t.id),
      ),
    );
  const news = items.filter((item) => {
    const before = known.find((k) => k.id === item.id);
    return !before || (before.status !== item.status && !END.has(before.status));
  });
  await record(ctx, 'transaction', news);
  for (const item of news) {
    await ctx.db
      .insert(junoTransaction)
      .values({
        id: item.id,
        type: item.type,
        status: item.status,
        amount: item.amount.units,
        occurredAt: item.createdAt,
      })
      .onConflictDoUpdate({
        target: junoTransaction.id,
        set: { status: item.status, updatedAt: sql`clock_timestamp()` },
      });
  }
  return news.length > 0 || known.some((k) => !END.has(k.status));
}

async function storeDetail(ctx: Context, detail: JunoTransaction): Promise<void> {
  await record(ctx, 'transaction', [detail]);
  await ctx.db
    .update(junoTransaction)
    .set({
      status: detail.status,
      txHash: detail.txHash,
      address: detail.address,
      clabe: detail.receiverClabe,
      isDetailed: END.has(detail.status),
      updatedAt: sql`clock_timestamp()`,
    })
    .where(eq(junoTransaction.id, detail.id));
}

async function storeDeposits(ctx: Context, items: readonly JunoDeposit[]): Promise<void> {
  await record(ctx, 'deposit', items);
  for (const item of items) {
    await ctx.db
      .insert(junoDeposit)
      .values({ id: item.id, clabe: item.clabe, amount: item.amount.units, status: item.status })
      .onConflictDoUpdate({
        target: junoDeposit.id,
        set: { status: item.status },
        setWhere: sql`${junoDeposit.status} <> ${item.status}`,
      });
  }
}
