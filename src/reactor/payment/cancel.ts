/** Calls a payment off while no money has come for it. */
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { leg, payment } from '../db/schema.ts';
import { JOURNEY, reverse } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { type Actor, audit } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import type { CANCEL_PAYMENT } from './terms.ts';
import { isEndedUnpaid } from './unpaid.ts';

/** `deposit`: what the payer is not to send any more, in pesos. */
export type CancelPaymentReturnType = Readonly<{ id: string; deposit: string; legs: number }>;

/**
 * Closes every leg of a payment that has no money: it waits for its deposit, or Juno would not issue MXNB for the one that came, and has
 * sent the pesos back itself. It takes the row that a deposit is claimed under: whichever comes first, the other finds that it came too
 * late. What arrives afterwards goes to suspense as `late`. Throws a Refusal `deposit_claimed`, `payment_ended`, `not_cancellable`. No
 * money moves, so that no hold and no switch is a reason against it.
 */
export async function cancelPayment(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  actor: Actor,
  id: string,
  { reason }: z.output<typeof CANCEL_PAYMENT>,
): Promise<CancelPaymentReturnType> {
  const [row] = await tx.select().from(payment).where(eq(payment.id, id)).for('update');
  if (!row) throw new Error(`payment ${id} was found and is gone`);
  if (row.awaitsDeposit) await tx.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, id));
  else if (await wasSentBack(tx, id)) await unbook(tx, ctx, row);
  else throw await refuse(tx, row);
  const cancelled = { attentionCode: null, attentionText: null, attentionOwner: null, cause: 'cancelled' };
  const closed = await tx
    .update(leg)
    .set({ state: 'closed', ...cancelled })
    .where(and(eq(leg.paymentId, id), eq(leg.state, 'requested')));
  if (!closed.rowCount) throw new Error(`payment ${id} has no money and no leg that waits for any`);
  await audit(tx, { actor, command: 'payment cancel', subject: `payment:${id}`, reason });
  return { id, deposit: formatDecimal(centavos(row.amount)), legs: closed.rowCount };
}

type Row = typeof payment.$inferSelect;

/** By Juno’s own record of the ISSUANCE that was claimed for it, and as long as no leg has ended. */
async function wasSentBack(tx: Tx, id: string): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    SELECT 1 FROM reactor.evidence v JOIN reactor.juno_transaction t ON t.id = v.external_id
    WHERE v.source = 'juno_transaction' AND v.subject_kind = 'payment' AND v.subject_id = ${id} AND t.type = 'ISSUANCE' AND t.status = 'failed'
      AND NOT EXISTS (SELECT 1 FROM reactor.leg l WHERE l.payment_id = ${id}::uuid AND l.state <> 'requested')`);
  return rows.length > 0;
}

/** The pesos went back to who sent them, and are owed to nobody. */
const unbook = (tx: Tx, { newId }: Pick<Context, 'newId'>, { id, amount }: Row): Promise<void> =>
  writeEntry(tx, {
    ...{ id: newId(), key: `payment_sent_back:${id}`, paymentId: id, effectId: null, state: 'posted' },
    postings: reverse(JOURNEY.deposit(centavos(amount))),
  });

/** Why it cannot be called off any more, and what may be done instead. */
async function refuse(tx: Tx, { id, kind, expiresAt }: Row): Promise<Refusal> {
  if (kind !== 'escrow')
    return new Refusal({
      code: 'not_cancellable',
      status: 409,
      title: 'The payment waits for no deposit of a payer’s',
      detail: `It is a ${kind}: it began with money that is here. Nothing was done.`,
    });
  const [one] = await tx.select({ state: leg.state }).from(leg).where(eq(leg.paymentId, id)).limit(1);
  if (one?.state !== 'expired' && !(await isCancelled(tx, id)))
    return new Refusal({
      code: 'deposit_claimed',
      status: 409,
      title: 'The payment has its deposit',
      detail: `Money came for it, so there is something to give back. Nothing was done. Two people order it back: kustodia payment refund ${id} --reason …`,
    });
  return new Refusal({
    code: 'payment_ended',
    status: 409,
    title: 'The payment has ended already',
    detail:
      one?.state === 'closed'
        ? 'It was cancelled before. Nothing was done.'
        : `It waited until ${expiresAt.toISOString()} and expired. Nothing was done.`,
  });
}

/** Closed, and nobody has paid any of it by hand. */
async function isCancelled(tx: Tx, id: string): Promise<boolean> {
  return (await tx.$count(leg, and(eq(leg.paymentId, id), eq(leg.state, 'closed'), isEndedUnpaid))) > 0;
}
