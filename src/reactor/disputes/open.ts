/** Opens a dispute: from the same moment on nothing of the payment is begun or sent, whoever asks. */

import { desc, eq } from 'drizzle-orm';
import { z } from 'zod';
import { StaleViewError } from '../advance/stale.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { dispute, hold, payment } from '../db/schema.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import type { DisputeOpener } from '../payment/disputed.ts';
import { makeDue } from '../payment/due.ts';
import { findPaymentId } from '../payment/show.ts';
import type { Contest } from '../payment/view.ts';
import { type Actor, audit } from '../people/audit.ts';
import { noteWork } from '../work.ts';
import { decidedBefore, disputedAlready, noDispute, noSuchPayment, nothingToDispute } from './refusals.ts';
import { type Stakes, stakesOf } from './stakes.ts';
import type { OPEN_DISPUTE } from './terms.ts';

/** Who acts where nobody asked: what the chain shows, and what time does. */
export const REACTOR: Actor = { id: 'reactor', name: 'the reactor', role: 'admin' };

/**
 * Throws a Refusal `payment_not_found`, `disputed_already`, `dispute_decided`, `nothing_to_dispute`. Answers what is held and what has
 * left. Enqueue the payment once it has committed: the escrow is frozen in its contract next.
 */
export async function openDispute(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  actor: Actor,
  { payment: name, by, reasonCode, statement, reason }: z.output<typeof OPEN_DISPUTE>,
): Promise<{ id: string; paymentId: string; stakes: Stakes }> {
  const paymentId = await findPaymentId(tx, name);
  if (!paymentId) throw noSuchPayment();
  const row = await lockPayment(tx, paymentId);
  const [before] = await tx
    .select()
    .from(dispute)
    .where(eq(dispute.paymentId, paymentId))
    .orderBy(desc(dispute.openedAt))
    .limit(1);
  if (before) throw before.state === 'final' ? decidedBefore(before.id) : disputedAlready(before.id);
  if (row.kind !== 'escrow') throw nothingToDispute('It is no payment that people agreed on.');
  const stakes = await stakesOf(tx, paymentId);
  if (stakes.held.length === 0)
    throw nothingToDispute(
      stakes.left.length === 0
        ? 'It has no money: no deposit came for it yet, or it has ended.'
        : `All of it has left: ${stakes.left.map(({ kind, state }) => `the ${kind} leg is ${state}`).join(', ')}.`,
    );
  const userId = by === 'operations' ? null : by === 'payer' ? row.payerId : row.recipientId;
  const id = await insert(tx, ctx, { paymentId, openedBy: by, userId, reasonCode, statement });
  await makeDue(tx, paymentId);
  await audit(tx, {
    ...{ actor, command: 'dispute open', subject: `payment:${paymentId}`, reason },
    detail: { dispute: id, by, reasonCode, held: stakes.held.length, left: stakes.left.length },
  });
  return { id, paymentId, stakes };
}

/** Somebody disputed the escrow in the contract itself: the same, with the chain as the one who says so. */
export async function applyContest(ctx: Context, lane: Lane, paymentId: string, { leg, fact }: Contest): Promise<void> {
  const id = await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    await lockPayment(tx, paymentId);
    const made = {
      paymentId,
      openedBy: 'chain',
      userId: null,
      reasonCode: 'disputed_on_chain',
      statement: '',
    } as const;
    const disputeId = await insert(tx, ctx, made);
    await audit(tx, {
      ...{ actor: REACTOR, command: 'dispute open', subject: `payment:${paymentId}` },
      reason: 'its escrow was disputed in the contract',
      detail: { dispute: disputeId, leg: leg.id, txHash: fact.txHash },
    });
    return disputeId;
  });
  ctx.log.error(
    { event: 'disputed_on_chain', payment: paymentId, leg: leg.id, disputeId: id, txHash: fact.txHash },
    'somebody disputed an escrow in its contract; the payment is held here as well until two people decide: kustodia dispute resolve',
  );
}

async function insert(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  made: Readonly<{
    paymentId: string;
    openedBy: DisputeOpener;
    userId: string | null;
    reasonCode: string;
    statement: string;
  }>,
): Promise<string> {
  const [id, holdId] = [ctx.newId(), ctx.newId()];
  const { paymentId, openedBy, reasonCode } = made;
  const who =
    openedBy === 'chain' ? 'in the escrow contract' : `by ${openedBy === 'operations' ? '' : 'the '}${openedBy}`;
  // No words of anybody's: the hold is never erased.
  const sentence = `dispute ${id}, ${reasonCode}, opened ${who}`;
  await tx.insert(hold).values({ id: holdId, paymentId, kind: 'dispute', reasonCode, sentence, owner: 'compliance' });
  const { rowCount } = await tx
    .insert(dispute)
    .values({ id, holdId, ...made })
    .onConflictDoNothing();
  if (rowCount !== 1) throw new StaleViewError(`payment ${paymentId} is disputed since it was looked at`);
  return id;
}

/** Every intent under way ends first: each locks its payment as well. */
export async function lockPayment(tx: Tx, paymentId: string): Promise<typeof payment.$inferSelect> {
  const [row] = await tx.select().from(payment).where(eq(payment.id, paymentId)).for('update');
  if (!row) throw noSuchPayment();
  return row;
}

/** Locks a dispute behind its payment. Throws a Refusal `dispute_not_found`. */
export async function lockDispute(tx: Tx, id: string): Promise<typeof dispute.$inferSelect> {
  const [found] = z.uuid().safeParse(id).success
    ? await tx.select({ paymentId: dispute.paymentId }).from(dispute).where(eq(dispute.id, id))
    : [];
  if (!found) throw noDispute();
  noteWork({ payment: found.paymentId });
  await lockPayment(tx, found.paymentId);
  const [row] = await tx.select().from(dispute).where(eq(dispute.id, id)).for('update');
  if (!row) throw noDispute();
  return row;
}
