import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { JunoError } from '../../juno/errors.ts';
import { listFinancialMovements } from '../../juno/listFinancialMovements.ts';
import type { JunoMovement } from '../../juno/types.ts';
import type { Context } from '../context.ts';
import { anyOf } from '../db/any-of.ts';
import { junoMovement, junoObservation } from '../db/schema.ts';
import { isDue } from './deposits.ts';
import type { Look } from './look.ts';
import { record, recordUnreadable, storeEach } from './record.ts';

const MARK = 'intake:movements';
/** What one look reads at most; the next one goes on where it ended. */
const MOST_PAGES = 20;
/** How often a look does not stop at the first page without news: the list may have left something out before. */
const DEEP_EVERY_MS = 600_000;
/** Times of this list may carry no zone, and clocks differ by less. */
const DEEP_MS = 2 * 86_400_000;

/** What a look left for the next: when one last read deep, and the part of the list that was too long to be read at once. */
const LEFT = z.object({
  deepAt: z.coerce.date().nullable().catch(null),
  gap: z.object({ page: z.int(), until: z.coerce.date() }).nullable().catch(null),
});

/**
 * Reads Juno's unified history, newest first, until a page holds nothing new (J/list-financial-movements), and keeps what came in:
 * a payout that came back may show nowhere else. What one look cannot reach, the next ones read from there on. Answers whether it
 * could be read; an answer that cannot be had holds up nothing else, and the next look asks again.
 */
export async function observeMovements(ctx: Context, look: Look): Promise<boolean> {
  if (!(await isDue(ctx, look, MARK, null))) return true;
  try {
    await read(ctx, look);
    return true;
  } catch (error) {
    if (!(error instanceof JunoError)) throw error;
    ctx.log.warn({ event: 'movements_unread', err: error }, error.whatNext);
    return false;
  }
}

async function read(ctx: Context, look: Look): Promise<void> {
  const { began: started } = look;
  const mark = look.mark(MARK);
  const left = LEFT.parse(mark?.detail ?? {});
  const isDeep = started.getTime() - (left.deepAt?.getTime() ?? 0) >= DEEP_EVERY_MS;
  const deepUntil = new Date(started.getTime() - DEEP_MS);
  const deepAt = isDeep ? started : left.deepAt;

  const top = await readPages(ctx, 0, ({ news, oldest }) => news === 0 && (!isDeep || isBefore(oldest, deepUntil)));
  let { gap } = left;
  // Of what came before the first look, not more is read than that took.
  if (!top.isDone && mark) {
    gap = { page: top.lastPage, until: gap?.until ?? new Date(mark.at.getTime() - DEEP_MS) };
    // Before the news is stored: once the top of the list is known, only this mark leads further down.
    await look.leaveNow(MARK, mark.at, { ...left, gap });
    ctx.log.warn(
      { event: 'movements_left', page: gap.page },
      'Juno has more new movements than one look reads; the next looks go on from there',
    );
  }
  await store(ctx, top.news, mark === null);
  if (top.isDone && gap) {
    const { page, until } = gap;
    const below = await readPages(ctx, page, ({ oldest }) => isBefore(oldest, until));
    await store(ctx, below.news, false);
    gap = below.isDone ? null : { page: below.lastPage, until };
  }
  look.leave(MARK, started, { deepAt, gap });
}

const isBefore = (oldest: Date | null, moment: Date): boolean => oldest !== null && oldest < moment;

/** Reads pages from this one on until `isEnough`, the end of the list, or its bound. Stores nothing. */
async function readPages(
  ctx: Context,
  from: number,
  isEnough: (page: { news: number; oldest: Date | null }) => boolean,
): Promise<{ news: JunoMovement[]; isDone: boolean; lastPage: number }> {
  const news: JunoMovement[] = [];
  let page = from;
  let isDone = false;
  for (; page < from + MOST_PAGES && !isDone; page++) {
    const { items, unreadable, isLast } = await listFinancialMovements(ctx.juno, { page });
    const strange = await recordUnreadable(ctx, 'movement', unreadable);
    const fresh = await unseen(ctx, items);
    news.push(...fresh);
    const times = items.flatMap(({ createdAt, createdAtText }) => {
      const time = createdAt?.getTime() ?? Date.parse(`${createdAtText?.slice(0, 19)}Z`);
      return Number.isNaN(time) ? [] : [time];
    });
    const oldest = times.length > 0 ? new Date(Math.min(...times)) : null;
    isDone = isLast || isEnough({ news: fresh.length + strange, oldest });
  }
  return { news, isDone, lastPage: page - 1 };
}

/** A redemption and its refund may share an id, so only type and id together name a movement; its status is part of the news. */
const nameOf = ({ type, id, status }: JunoMovement) => `${type} ${id} ${status}`;

async function unseen(ctx: Context, items: readonly JunoMovement[]): Promise<JunoMovement[]> {
  if (items.length === 0) return [];
  const seen = await ctx.db
    .select({ name: junoObservation.externalId })
    .from(junoObservation)
    .where(sql`${junoObservation.resource} = 'movement' AND ${anyOf(junoObservation.externalId, items.map(nameOf))}`);
  const names = new Set(seen.map(({ name }) => name));
  return items.filter((item) => !names.has(nameOf(item)));
}

async function store(ctx: Context, news: readonly JunoMovement[], isOld: boolean): Promise<void> {
  const cameIn = news.filter(({ type, status }) => type === 'FUNDING' && status === 'complete');
  const rows = cameIn.map((movement) => ({
    id: movement.transactionId ?? movement.id,
    transactionId: movement.transactionId,
    amount: movement.amount?.units ?? null,
    currency: movement.currency,
    clabe: movement.receiverClabe,
    senderClabe: movement.senderClabe,
    trackingKey: movement.trackingKey,
    txHash: movement.txHash,
    refundOf: movement.refundedWithdrawal,
    isOld,
  }));
  await storeEach(ctx, 'movement', rows, async (some) => {
    await ctx.db
      .insert(junoMovement)
      .values([...some])
      .onConflictDoNothing();
  });
  // Only now: what is not stored is news again.
  await record(
    ctx,
    'movement',
    // The oldest first: whatever ends this half-way leaves the news at the top, where the next look begins.
    news.toReversed().map((movement) => ({ id: nameOf(movement), raw: movement.raw })),
  );
}
