import { createHash } from 'node:crypto';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { JunoError, JunoNotSentError } from '../../juno/errors.ts';
import { getTransaction } from '../../juno/getTransaction.ts';
import { listAllDeposits } from '../../juno/listAllDeposits.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import type { JunoDeposit, JunoTransaction, OtherTransaction } from '../../juno/types.ts';
import type { Context } from '../context.ts';
import { junoDeposit, junoObservation, junoTransaction } from '../db/schema.ts';

const MOST_PAGES = 200;
const MOST_DETAILS = 50;
/** The list is by day in the server's zone: two days back always overlaps. */
const OVERLAP_DAYS = 2;
/** What has not ended is looked at again after this long, and the older it is the less often. */
const STALE_S = 20;
const END = new Set(['complete', 'failed']);
/** Types of which only the detail says what a decision needs: hash, parties. */
const TOLD_BY_DETAIL = ['ISSUANCE', 'CRYPTO_DEPOSIT', 'CRYPTO_WITHDRAWAL'];
const BATCH = 500;

/**
 * Reads Juno's transactions, newest first, until a page holds nothing new, and stores them together: a look that fails half-way
 * stores nothing, so none is ever skipped. Then reads the details that are due. An error of the API is an error, never
 * “nothing there”.
 */
export async function observeTransactions(ctx: Context): Promise<void> {
  const news: JunoTransaction[] = [];
  const odd: OtherTransaction[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const { items, others, isLast } = await listTransactions(ctx.juno, { page });
    const [freshItems, freshOthers] = [await newsAmong(ctx, items), await unseen(ctx, others)];
    news.push(...freshItems);
    odd.push(...freshOthers);
    if (isLast || freshItems.length + freshOthers.length === 0) break;
    if (page === MOST_PAGES - 1)
      ctx.log.error(
        { event: 'transactions_not_read_to_the_end', pages: MOST_PAGES },
        'Juno has more new transactions than one look reads; older ones were not seen. Tell engineering.',
      );
  }
  await storeTransactions(ctx, news);
  await record(ctx, 'transaction', odd);
  for (const { id, type } of odd)
    ctx.log.warn(
      { event: 'foreign_transaction', transactionId: id, type },
      'a transaction at Juno is no whole number of centavos of MXN or MXNB; no payment can claim it, a person looks',
    );
  await readDetails(ctx);
}

/** Reads the deposits of the last days, all pages. */
export async function observeDeposits(ctx: Context): Promise<void> {
  const startDate = new Date(ctx.now().getTime() - OVERLAP_DAYS * 86_400_000).toISOString().slice(0, 10);
  const items: JunoDeposit[] = [];
  for await (const deposit of listAllDeposits(ctx.juno, { startDate })) items.push(deposit);
  await record(ctx, 'deposit', items);
  for (const some of batches(items)) {
    await ctx.db
      .insert(junoDeposit)
      .values(some.map(({ id, clabe, amount, status }) => ({ id, clabe, amount: amount.units, status })))
      .onConflictDoUpdate({
        target: junoDeposit.id,
        set: { status: sql`excluded.status` },
        setWhere: sql`${junoDeposit.status} <> excluded.status`,
      });
  }
}

const fingerprint = (body: string) => createHash('sha256').update(body).digest('hex').slice(0, 32);

function* batches<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}

/** Keeps what Juno said, word for word, once for each thing it said. */
async function record(
  ctx: Context,
  resource: 'deposit' | 'transaction',
  items: readonly { id: string; raw: string }[],
): Promise<void> {
  for (const some of batches(items)) {
    await ctx.db
      .insert(junoObservation)
      .values(some.map(({ id, raw }) => ({ resource, externalId: id, fingerprint: fingerprint(raw), body: raw })))
      .onConflictDoNothing();
  }
}

/** Those that are not known, or whose end is. */
async function newsAmong(ctx: Context, items: readonly JunoTransaction[]): Promise<JunoTransaction[]> {
  if (items.length === 0) return [];
  const known = await ctx.db
    .select({ id: junoTransaction.id, status: junoTransaction.status })
    .from(junoTransaction)
    .where(inArray(junoTransaction.id, idsOf(items)));
  const statuses = new Map(known.map(({ id, status }) => [id, status]));
  return items.filter(({ id, status }) => {
    const before = statuses.get(id);
    return before === undefined || (before !== status && !END.has(before));
  });
}

async function unseen(ctx: Context, items: readonly OtherTransaction[]): Promise<OtherTransaction[]> {
  if (items.length === 0) return [];
  const seen = await ctx.db
    .select({ id: junoObservation.externalId })
    .from(junoObservation)
    .where(and(eq(junoObservation.resource, 'transaction'), inArray(junoObservation.externalId, idsOf(items))));
  const ids = new Set(seen.map(({ id }) => id));
  return items.filter(({ id }) => !ids.has(id));
}

const idsOf = (items: readonly { id: string }[]) => items.map(({ id }) => id);

async function storeTransactions(ctx: Context, news: readonly JunoTransaction[]): Promise<void> {
  await record(ctx, 'transaction', news);
  // A page may repeat what slid down from the one before; a statement may touch a row only once.
  const once = [...new Map(news.map((item) => [item.id, item])).values()];
  await ctx.db.transaction(async (tx) => {
    for (const some of batches(once)) {
      await tx
        .insert(junoTransaction)
        .values(
          some.map(({ id, type, status, amount, createdAt }) => ({
            id,
            type,
            status,
            amount: amount.units,
            occurredAt: createdAt,
          })),
        )
        .onConflictDoUpdate({
          target: junoTransaction.id,
          set: { status: sql`excluded.status`, updatedAt: sql`clock_timestamp()` },
        });
    }
  });
}

/**
 * Reads the details that a decision needs and that the lists do not give: of those that ended, of those that have been under way
 * for a while, and of what an effect of ours is known to have made and no list has shown.
 */
async function readDetails(ctx: Context): Promise<void> {
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    SELECT id FROM (
      SELECT id, updated_at AS since FROM reactor.juno_transaction
      WHERE NOT is_detailed AND (
        (status IN ('complete', 'failed') AND type IN (${sql.join(
          TOLD_BY_DETAIL.map((type) => sql`${type}`),
          sql`, `,
        )}))
        OR (status NOT IN ('complete', 'failed')
          AND updated_at < clock_timestamp() - greatest(${STALE_S} * interval '1 second', (updated_at - coalesce(occurred_at, updated_at)) / 10)))
      UNION ALL
      SELECT e.external_id, e.updated_at FROM reactor.effect e
      WHERE e.kind IN ('juno_withdrawal', 'juno_redemption') AND e.state = 'confirmed'
        AND e.updated_at BETWEEN clock_timestamp() - interval '1 day' AND clock_timestamp() - ${STALE_S} * interval '1 second'
        AND NOT EXISTS (SELECT 1 FROM reactor.juno_transaction t WHERE t.id = e.external_id)
    ) AS due ORDER BY since LIMIT ${MOST_DETAILS}`);
  for (const { id } of rows) {
    try {
      await storeDetail(ctx, id);
    } catch (error) {
      if (!(error instanceof JunoError) || error instanceof JunoNotSentError) throw error;
      // One that cannot be read must not hide the others; it is read again later.
      ctx.log.warn({ event: 'detail_unread', transactionId: id, err: error }, error.whatNext);
      await ctx.db.update(junoTransaction).set({ updatedAt: sql`clock_timestamp()` }).where(eq(junoTransaction.id, id));
    }
  }
}

async function storeDetail(ctx: Context, id: string): Promise<void> {
  const detail = await getTransaction(ctx.juno, { id });
  await record(ctx, 'transaction', [detail]);
  const told = {
    status: detail.status,
    txHash: detail.txHash,
    address: detail.address,
    clabe: detail.receiverClabe,
    isDetailed: END.has(detail.status),
    updatedAt: sql`clock_timestamp()`,
  };
  await ctx.db
    .insert(junoTransaction)
    .values({ id, type: detail.type, amount: detail.amount.units, occurredAt: detail.createdAt, ...told })
    .onConflictDoUpdate({ target: junoTransaction.id, set: told });
}
