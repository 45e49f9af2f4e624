import { inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import { listAllDeposits } from '../../juno/listAllDeposits.ts';
import type { JunoDeposit } from '../../juno/types.ts';
import type { UnreadableItem } from '../../juno/unreadable.ts';
import type { Context } from '../context.ts';
import { anyOf } from '../db/any-of.ts';
import { evidence, junoDeposit, leg } from '../db/schema.ts';
import type { Look } from './look.ts';
import { record, recordUnreadable, storeEach } from './record.ts';
import { markStored, notStored } from './stored.ts';
import { joinTwin, type SeenIn } from './twins.ts';

/** The list is by day in the server's zone, which is not known: two days back always overlap. */
export const OVERLAP_MS = 2 * 86_400_000;
/** A deposit that nobody waits for is seen within this and the time of a look. */
const UNASKED_MS = 20_000;
const MOST_PAGES = 1_000;
/** Pages are stored as they come: what was read stands even where the rest could not be. */
const TOGETHER = 500;
/** A deposit that has not ended is looked for again after this part of its age, the older the rarer. */
const UNENDED_PART = 48;
const LEFT = z.object({ deepAt: z.coerce.date().nullable().catch(null) });
const DEPOSITS = 'intake:deposits';
const CLAIMED = 'intake:claimed';

/**
 * Reads the deposits since the last look that read them to their end, less an overlap, however long ago that was; while nobody
 * waits for one, only now and then. Then, before anything of it is matched, the list of returns: an item need not say itself
 * that it is one.
 */
export async function observeDeposits(ctx: Context, look: Look): Promise<void> {
  if (await isDue(ctx, look, DEPOSITS, sql`EXISTS (SELECT 1 FROM reactor.payment WHERE awaits_deposit)`))
    await read(ctx, look, DEPOSITS, false);
  const isUnclaimed = sql`EXISTS (
    SELECT 1 FROM reactor.juno_deposit d WHERE d.status = 'complete' AND d.twin_of IS NULL
      AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_deposit' AND v.external_id = d.id))`;
  if (await isDue(ctx, look, 'intake:refunds', isUnclaimed)) await read(ctx, look, 'intake:refunds', true);
}

/** Whether a list is to be read: now and then, and while somebody waits for what it may bring, where that can be told. */
export async function isDue(
  ctx: Context,
  { mark }: Look,
  name: string,
  isWanted: ReturnType<typeof sql> | null,
): Promise<boolean> {
  const last = mark(name);
  // A clock that was set back must not silence this until it has caught up.
  if (!last || Math.abs(ctx.now().getTime() - last.at.getTime()) >= UNASKED_MS) return true;
  if (!isWanted) return false;
  const { rows } = await ctx.db.execute<{ wanted: boolean }>(sql`SELECT ${isWanted} AS wanted`);
  return rows[0]?.wanted ?? true;
}

async function read(ctx: Context, look: Look, name: string, onlyRefunds: boolean): Promise<void> {
  const { began: started } = look;
  const mark = look.mark(name);
  const last = mark?.at ?? started;
  let { deepAt } = LEFT.parse(mark?.detail ?? {});
  let since = Math.min(last.getTime(), started.getTime()) - OVERLAP_MS;
  // One that a look must reach back for.
  const unended = look.unended && look.unended.observedAt.getTime() < since ? look.unended : null;
  const age_ms = started.getTime() - (unended?.observedAt.getTime() ?? started.getTime());
  if (unended && Math.abs(started.getTime() - (deepAt?.getTime() ?? 0)) >= age_ms / UNENDED_PART) {
    deepAt = started;
    // Before it is read: should there be too much of it, the looks that are due go on without it.
    await look.leaveNow(name, last, { deepAt });
    since = Math.min(since, unended.observedAt.getTime() - OVERLAP_MS);
    if (!onlyRefunds)
      ctx.log.error(
        {
          event: 'deposit_not_ended',
          depositId: unended.id,
          status: unended.status,
          days: Math.floor(age_ms / 86_400_000),
        },
        'A deposit at Juno has neither completed nor failed for days. It is nobody’s until it has; it is looked for ever more rarely. Ask Juno what became of it.',
      );
  }
  const unreadable: UnreadableItem[] = [];
  const all = listAllDeposits(ctx.juno, {
    startDate: new Date(since).toISOString().slice(0, 10),
    ...(onlyRefunds ? { onlyRefunds } : {}),
    maxPages: MOST_PAGES,
    onUnreadable: (item) => unreadable.push(item),
  });
  let some: JunoDeposit[] = [];
  const flush = async () => {
    await storeDeposits(ctx, some, { seenIn: 'deposits', isRefund: onlyRefunds });
    some = [];
    await recordUnreadable(ctx, 'deposit', unreadable.splice(0));
  };
  for await (const deposit of all) {
    some.push(deposit);
    if (some.length >= TOGETHER) await flush();
  }
  await flush();
  look.leave(name, started, { deepAt });
}

/** Says that all that was read has been given to whom it belongs. */
export function markClaimed({ mark, leave }: Look): void {
  const read = mark(DEPOSITS);
  if (read) leave(CLAIMED, read.at);
}

/**
 * When Juno's deposits were last read to their end and then given to their payments: the moment at which that look began. As a part
 * of a larger question.
 */
export const depositsRead = sql`(SELECT h.at FROM reactor.heartbeat h WHERE h.name = ${CLAIMED})`;

/** Stores what is new of them. `isRefund`: they are of a list of returns. */
export async function storeDeposits(
  ctx: Context,
  all: readonly JunoDeposit[],
  { seenIn, isRefund }: Readonly<{ seenIn: SeenIn; isRefund: boolean }>,
): Promise<void> {
  const items = notStored(ctx, all);
  if (items.length === 0) return;
  await record(ctx, 'deposit', items);
  const ids = items.map(({ id }) => id);
  const known = new Map(
    (await ctx.db.select().from(junoDeposit).where(anyOf(junoDeposit.id, ids))).map((row) => [row.id, row]),
  );
  const rows = items.map((item) => ({
    id: item.id,
    clabe: item.clabe,
    amount: item.amount.units,
    status: item.status,
    senderClabe: item.senderClabe,
    senderName: item.senderName,
    trackingKey: item.trackingKey,
    isRefund: isRefund || item.refundedWithdrawal !== null,
    refundOf: item.refundedWithdrawal,
    seenIn: [seenIn],
  }));
  const changed = rows.filter((row) => {
    const before = known.get(row.id);
    return (
      !before ||
      before.status !== row.status ||
      !before.seenIn.includes(seenIn) ||
      (row.isRefund && !before.isRefund) ||
      (row.refundOf && !before.refundOf)
    );
  });
  raiseStrange(
    ctx,
    items.filter(({ id, status }) => status === 'unknown' && known.get(id)?.status !== 'unknown'),
  );
  await raiseChanges(
    ctx,
    changed.filter(({ id }) => known.has(id)),
  );
  const keep = (column: string) => sql.raw(`coalesce(excluded.${column}, juno_deposit.${column})`);
  await storeEach(ctx, 'deposit', changed, async (batch) => {
    await ctx.db
      .insert(junoDeposit)
      .values([...batch])
      .onConflictDoUpdate({
        target: junoDeposit.id,
        set: {
          status: sql`excluded.status`,
          isRefund: sql.raw('juno_deposit.is_refund OR excluded.is_refund'),
          refundOf: keep('refund_of'),
          senderClabe: keep('sender_clabe'),
          senderName: keep('sender_name'),
          trackingKey: keep('tracking_key'),
          seenIn: sql.raw('ARRAY(SELECT DISTINCT unnest(juno_deposit.seen_in || excluded.seen_in) ORDER BY 1)'),
        },
      });
  });
  if (seenIn === 'deposits' || seenIn === 'bitso') for (const { id } of changed) await joinTwin(ctx, id, seenIn);
  markStored(ctx, items);
}

/** A status that is not known ends nothing, and may be how Juno says that the money went back: a person finds out, once. */
function raiseStrange(ctx: Context, items: readonly JunoDeposit[]): void {
  for (const { id, statusText } of items)
    ctx.log.error(
      {
        event: 'deposit_status_unknown',
        depositId: id,
        status: /^[A-Za-z_ ]{1,40}$/.test(statusText) ? statusText : '…',
      },
      'A deposit has a status that is not known. It is nobody’s until it is complete, and is looked for again. Ask Juno what the word means, and tell engineering.',
    );
}

/** A deposit that has been given to somebody and is another thing now: nothing is taken back by itself, a person looks. */
async function raiseChanges(
  ctx: Context,
  changed: readonly { id: string; status: string; isRefund: boolean }[],
): Promise<void> {
  if (changed.length === 0) return;
  const ids = changed.map(({ id }) => id);
  const claims = await ctx.db
    .select({
      id: evidence.externalId,
      detail: evidence.detail,
      subject: evidence.subjectKind,
      payment: sql<
        string | null
      >`CASE ${evidence.subjectKind} WHEN 'payment' THEN ${evidence.subjectId} ELSE ${leg.paymentId}::text END`,
    })
    .from(evidence)
    .leftJoin(leg, sql`${evidence.subjectKind} = 'leg' AND ${leg.id}::text = ${evidence.subjectId}`)
    .where(sql`${evidence.source} = 'juno_deposit' AND ${inArray(evidence.externalId, ids)}`);
  for (const { id, detail, subject, payment } of claims) {
    const now = changed.find((deposit) => deposit.id === id);
    const wasTakenAsReturn = (detail as { isReturn?: boolean }).isReturn === true || subject === 'suspense';
    if (now?.status === 'complete' && (!now.isRefund || wasTakenAsReturn)) continue;
    ctx.log.error(
      {
        event: 'claimed_deposit_changed',
        ...(payment === null ? {} : { payment }),
        depositId: id,
        status: now?.status,
        isRefund: now?.isRefund,
      },
      'A deposit that was already given to a payment is now said to be a return, or no longer complete. Nothing was taken back; a person compares it with Juno.',
    );
  }
}
