import { and, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { JunoError, JunoMalformedError, JunoNotSentError } from '../../juno/errors.ts';
import { getTransaction } from '../../juno/getTransaction.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import type { JunoTransaction, OtherTransaction } from '../../juno/types.ts';
import type { Context } from '../context.ts';
import { anyOf } from '../db/any-of.ts';
import { junoObservation, junoTransaction } from '../db/schema.ts';
import { describeError } from '../log.ts';
import type { Look } from './look.ts';
import { readMark, record, recordUnreadable, storeEach } from './record.ts';
import { markStored, notStored } from './stored.ts';

const MARK = 'intake:transactions';
/** What one look reads at most; the next one goes on where it ended. */
const MOST_PAGES = 200;
const MOST_DETAILS = 50;
/** How often a look does not stop at the first page without news: the list may have left something out before. */
const DEEP_EVERY_MS = 600_000;
const DEEP_MS = 6 * 3_600_000;
/** Clocks differ by less. */
const MARGIN_MS = 3_600_000;
/** What has not ended is looked at again after this long, and the older it is the less often. */
const STALE_S = 20;
const END = new Set(['complete', 'failed']);
/** Types of which only the detail says what a decision needs: hash, parties. */
const TOLD_BY_DETAIL = ['ISSUANCE', 'CRYPTO_DEPOSIT', 'CRYPTO_WITHDRAWAL'];

/** What a look left for the next: when one last read deep, the part of the list that was too long to be read at once, where to begin. */
const LEFT = z.object({
  deepAt: z.coerce.date().nullable().catch(null),
  gap: z.object({ page: z.int(), until: z.coerce.date().nullable() }).nullable().catch(null),
  /** The last page, where the list turned out to be the oldest first: its news is there. */
  end: z.int().nullable().catch(null),
});

/**
 * Reads Juno's transactions, newest first, until a page holds nothing new, and only then stores them: a look that fails
 * half-way skips none. Where Juno does not heed the order that it is asked for, the list is read to its end, and the next look
 * begins there. What one look cannot reach, the next ones read from there on: a list that grows at
 * its top only moves down what was not read. Then reads the details that are due. An error of the API is an error, never
 * “nothing there”.
 */
export async function observeTransactions(ctx: Context, look: Look): Promise<void> {
  const started = ctx.now();
  const mark = look.mark(MARK);
  const left = LEFT.parse(mark?.detail ?? {});
  const isDeep = started.getTime() - (left.deepAt?.getTime() ?? 0) >= DEEP_EVERY_MS;
  const deepUntil = new Date(started.getTime() - DEEP_MS);
  const deepAt = isDeep ? started : left.deepAt;

  const top = await readPages(
    ctx,
    { from: isDeep ? 0 : (left.end ?? 0), isOldestFirst: left.end !== null },
    ({ news, oldest }) => news === 0 && (!isDeep || isBefore(oldest, deepUntil)),
  );
  let { gap } = left;
  if (!top.isDone) {
    const until = mark ? new Date(mark.at.getTime() - MARGIN_MS) : null;
    gap = { page: top.lastPage, until: gap ? gap.until : until };
    // Before the news is stored: once the top of the list is known, only this mark leads further down.
    await look.leaveNow(MARK, started, { ...left, gap });
    ctx.log.warn(
      { event: 'transactions_left', page: gap.page },
      'Juno has more new transactions than one look reads; the next looks go on from there',
    );
  }
  await top.store();
  if (top.isDone && gap) {
    const { page, until } = gap;
    const below = await readPages(
      ctx,
      { from: page, isOldestFirst: top.isOldestFirst },
      ({ oldest }) => until !== null && isBefore(oldest, until),
    );
    await below.store();
    gap = below.isDone ? null : { page: below.lastPage, until };
  }
  look.leave(MARK, started, { deepAt, gap, end: top.isOldestFirst ? top.lastFull : null });
  await readDetails(ctx);
}

/**
 * Reads Juno's transactions now, all that were made since a moment, and stores them, for whoever is about to say that something is not
 * among them. It goes down to where the last look began as well, so that afterwards all of the list is known. Answers null, or in a
 * sentence why that cannot be said. Throws a JunoError.
 */
export async function readTransactionsSince(ctx: Context, since: Date): Promise<string | null> {
  const mark = await readMark(ctx, MARK);
  const { gap, end } = LEFT.parse(mark?.detail ?? {});
  if (gap) return 'Juno’s list of transactions is being read still, after an interruption. Repeat this once it is.';
  const until = mark && new Date(Math.min(since.getTime(), mark.at.getTime()) - MARGIN_MS);
  const read = await readPages(
    ctx,
    { from: 0, isOldestFirst: end !== null, isWhole: true },
    ({ newest }) => until !== null && isBefore(newest, until),
  );
  if (!read.isDone)
    return `Juno has made more than ${MOST_PAGES} pages of transactions since, which is more than are read at once. Tell engineering.`;
  await read.store();
  return read.unreadable > 0
    ? `Juno lists ${read.unreadable} transactions that cannot be read, and one of them may be it. Tell engineering: they are in juno_observation.`
    : null;
}

const isBefore = (oldest: Date | null, moment: Date): boolean => oldest !== null && oldest < moment;

/** Reads pages from this one on until `isEnough`, the end of the list, or its bound. Answers how to store what is new. */
async function readPages(
  ctx: Context,
  {
    from,
    isOldestFirst: wasOldestFirst,
    isWhole = false,
  }: Readonly<{
    from: number;
    isOldestFirst: boolean;
    /** Not even what this process stored itself a moment ago is taken for stored. */
    isWhole?: boolean;
  }>,
  isEnough: (page: { news: number; oldest: Date | null; newest: Date | null }) => boolean,
): Promise<{
  isDone: boolean;
  isOldestFirst: boolean;
  unreadable: number;
  lastPage: number;
  lastFull: number;
  store: () => Promise<void>;
}> {
  const news: JunoTransaction[] = [];
  const odd: OtherTransaction[] = [];
  const read: object[] = [];
  let page = from;
  let isDone = false;
  let isOldestFirst = wasOldestFirst;
  let lastFull = from;
  let unread = 0;
  const unstored = <T extends object>(items: readonly T[]) => (isWhole ? items : notStored(ctx, items));
  for (; page < from + MOST_PAGES && !isDone; page++) {
    const { items, others, unreadable, isLast } = await listTransactions(ctx.juno, { page });
    read.push(...items, ...others);
    const freshItems = await newsAmong(ctx, unstored(items));
    const freshOthers = await unseen(ctx, unstored(others));
    news.push(...freshItems);
    odd.push(...freshOthers);
    unread += unreadable.length;
    const strange = await recordUnreadable(ctx, 'transaction', unreadable);
    const dates = items.flatMap(({ createdAt }) => (createdAt ? [createdAt.getTime()] : []));
    const [oldest, newest] =
      dates.length > 0 ? [new Date(Math.min(...dates)), new Date(Math.max(...dates))] : [null, null];
    if (items.length + others.length + unreadable.length > 0) lastFull = page;
    isOldestFirst = growsAtItsEnd(items) ?? isOldestFirst;
    const fresh = freshItems.length + freshOthers.length + strange;
    isDone = isLast || (!isOldestFirst && isEnough({ news: fresh, oldest, newest }));
  }
  const store = async () => {
    // The oldest first: whatever ends this half-way leaves the news at the top, where the next look begins.
    await storeTransactions(ctx, news.reverse());
    await record(ctx, 'transaction', odd);
    for (const { id, type } of odd)
      ctx.log.warn(
        { event: 'foreign_transaction', transactionId: id, type },
        'a transaction at Juno is no whole number of centavos of MXN or MXNB; no payment can claim it, a person looks',
      );
    markStored(ctx, read);
  };
  return { isDone, isOldestFirst, unreadable: unread, lastPage: page - 1, lastFull, store };
}

/** Whether the oldest come first; null where the page does not tell. By the clock that dates them, whatever its zone. */
function growsAtItsEnd(items: readonly JunoTransaction[]): boolean | null {
  const [first, last] = [items[0], items.at(-1)].map((item) => Date.parse(`${item?.createdAtText?.slice(0, 19)}Z`));
  if (first === undefined || last === undefined || Number.isNaN(first + last) || first === last) return null;
  return first < last;
}

/** Those that are not known, or whose end is. */
async function newsAmong(ctx: Context, items: readonly JunoTransaction[]): Promise<JunoTransaction[]> {
  if (items.length === 0) return [];
  const known = await ctx.db
    .select({ id: junoTransaction.id, status: junoTransaction.status })
    .from(junoTransaction)
    .where(anyOf(junoTransaction.id, idsOf(items)));
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
    .where(and(eq(junoObservation.resource, 'transaction'), anyOf(junoObservation.externalId, idsOf(items))));
  const ids = new Set(seen.map(({ id }) => id));
  return items.filter(({ id }) => !ids.has(id));
}

const idsOf = (items: readonly { id: string }[]) => items.map(({ id }) => id);

async function storeTransactions(ctx: Context, news: readonly JunoTransaction[]): Promise<void> {
  await record(ctx, 'transaction', news);
  // A page may repeat what slid down from the one before; a statement may touch a row only once.
  const once = [...new Map(news.map((item) => [item.id, item])).values()];
  await storeEach(ctx, 'transaction', once, async (some) => {
    await ctx.db
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
        set: { status: sql`excluded.status`, updatedAt: sql`reactor.now()` },
      });
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
          AND updated_at < reactor.now() - greatest(${STALE_S} * interval '1 second', (updated_at - coalesce(occurred_at, updated_at)) / 10)))
      UNION ALL
      SELECT e.external_id, e.updated_at FROM reactor.effect e
      WHERE e.kind IN ('juno_withdrawal', 'juno_redemption') AND e.state = 'confirmed'
        AND e.updated_at BETWEEN reactor.now() - interval '1 day' AND reactor.now() - ${STALE_S} * interval '1 second'
        AND NOT EXISTS (SELECT 1 FROM reactor.juno_transaction t WHERE t.id = e.external_id)
    ) AS due ORDER BY since LIMIT ${MOST_DETAILS}`);
  for (const { id } of rows) {
    try {
      await storeDetail(ctx, id);
    } catch (error) {
      if (error instanceof JunoNotSentError) throw error;
      // One that cannot be read must not hide the others; it is read again later.
      const what = { event: 'detail_unread', transactionId: id, error: describeError(error) };
      if (!(error instanceof JunoError)) ctx.log.error(what, 'A detail could not be stored; tell engineering.');
      else if (!(error instanceof JunoMalformedError)) ctx.log.warn(what, error.whatNext);
      else {
        ctx.log.error(what, error.whatNext);
        await record(ctx, 'transaction', [{ id, raw: error.raw ?? '' }]);
      }
      await ctx.db.update(junoTransaction).set({ updatedAt: sql`reactor.now()` }).where(eq(junoTransaction.id, id));
    }
  }
}

/** Reads one transaction by its id and stores what it tells. Throws a JunoError. */
export async function storeDetail(ctx: Context, id: string): Promise<void> {
  const detail = await getTransaction(ctx.juno, { id });
  await record(ctx, 'transaction', [detail]);
  const told = {
    status: detail.status,
    txHash: detail.txHash,
    address: detail.address,
    clabe: detail.receiverClabe,
    isDetailed: END.has(detail.status),
    updatedAt: sql`reactor.now()`,
  };
  await ctx.db
    .insert(junoTransaction)
    .values({ id, type: detail.type, amount: detail.amount.units, occurredAt: detail.createdAt, ...told })
    .onConflictDoUpdate({ target: junoTransaction.id, set: told });
}
