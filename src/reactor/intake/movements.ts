import { eq, inArray, sql } from 'drizzle-orm';
import { JunoError } from '../../juno/errors.ts';
import { listFinancialMovements } from '../../juno/listFinancialMovements.ts';
import type { JunoMovement } from '../../juno/types.ts';
import type { Context } from '../context.ts';
import { databaseNow } from '../db/client.ts';
import { junoObservation } from '../db/schema.ts';
import { isDue, storeDeposits } from './deposits.ts';
import { readMark, record, writeMark } from './record.ts';

const MARK = 'intake:movements';
const MOST_PAGES = 20;
/** Clocks differ by less, and times of this list may carry no zone. */
const OVERLAP_MS = 2 * 86_400_000;
/** A deposit that brings a payout back is read at Juno in less; only what no deposit shows is taken from here. */
const PATIENCE_MS = 45_000;

/** Redemptions that paid a bank, lately enough to come back, and that no return is known of. */
const PAID_OUT = sql`
  SELECT e.external_id AS id FROM reactor.effect e JOIN reactor.leg l ON l.id::text = e.subject_id
  WHERE e.kind = 'juno_redemption' AND e.state = 'confirmed' AND l.rail = 'bank_redemption' AND l.state = 'completed'
    AND l.entered_at > clock_timestamp() - interval '30 days'`;

/**
 * Finds payouts that came back and that no deposit shows: a redemption's refund is a FUNDING of the movements, under the
 * redemption's own id (J/list-financial-movements). It is kept as the return that it is, once the lists of deposits had the time to
 * show it. An answer that cannot be had holds up nothing else; the next look asks again.
 */
export async function observeMovements(ctx: Context): Promise<void> {
  if (!(await isDue(ctx, MARK, sql`false`))) return;
  const started = await databaseNow(ctx.db);
  const last = (await readMark(ctx, MARK))?.at ?? started;
  try {
    const { rows } = await ctx.db.execute<{ id: string }>(PAID_OUT);
    if (rows.length > 0)
      await readReturns(ctx, new Set(rows.map(({ id }) => id)), new Date(last.getTime() - OVERLAP_MS));
  } catch (error) {
    if (!(error instanceof JunoError)) throw error;
    ctx.log.warn({ event: 'movements_unread', err: error }, error.whatNext);
    return;
  }
  await writeMark(ctx, MARK, started);
}

async function readReturns(ctx: Context, paidOut: ReadonlySet<string>, since: Date): Promise<void> {
  for (let page = 0; page < MOST_PAGES; page++) {
    const { items, isLast } = await listFinancialMovements(ctx.juno, { page });
    await keepReturns(
      ctx,
      items.filter(
        ({ type, status, transactionId }) =>
          type === 'FUNDING' && status === 'complete' && transactionId !== null && paidOut.has(transactionId),
      ),
    );
    if (isLast || items.some(({ createdAt }) => createdAt !== null && createdAt < since)) return;
  }
}

async function keepReturns(ctx: Context, returns: readonly JunoMovement[]): Promise<void> {
  if (returns.length === 0) return;
  const named = returns.map((movement) => ({ ...movement, id: `movement:${movement.transactionId}` }));
  await record(ctx, 'movement', named);
  const ripe = await ctx.db
    .select({ id: junoObservation.externalId })
    .from(junoObservation)
    .where(
      sql`${eq(junoObservation.resource, 'movement')} AND ${inArray(
        junoObservation.externalId,
        named.map(({ id }) => id),
      )} AND ${junoObservation.observedAt} < clock_timestamp() - ${PATIENCE_MS} * interval '1 millisecond'`,
    );
  const isRipe = new Set(ripe.map(({ id }) => id));
  await storeDeposits(
    ctx,
    named.flatMap(({ id, amount, status, statusText, receiverClabe, senderClabe, ...movement }) =>
      isRipe.has(id) && amount !== null
        ? [
            {
              id,
              clabe: receiverClabe ?? 'not named',
              amount,
              status,
              statusText,
              senderClabe,
              senderName: null,
              createdAt: movement.createdAt,
              createdAtText: movement.createdAtText,
              trackingKey: movement.trackingKey,
              refundedWithdrawal: { wid: movement.transactionId, trackingKey: null, originId: null },
              raw: movement.raw,
            },
          ]
        : [],
    ),
    true,
  );
}
