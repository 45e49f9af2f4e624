/** Calls a payment off while no money has come for it. */
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Tx } from '../db/client.ts';
import { evidence, leg, payment } from '../db/schema.ts';
import { type Actor, audit } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import { GIVEN_REASON } from '../people/words.ts';

export const CANCEL_PAYMENT = z.strictObject({ reason: GIVEN_REASON });

/** `deposit`: what the payer is not to send any more, in pesos. */
export type CancelPaymentReturnType = Readonly<{ id: string; deposit: string; legs: number }>;

/**
 * Closes every leg of a payment that waits for its deposit. It takes the row that a deposit is claimed under: whichever comes first, the
 * other finds that it came too late. What arrives afterwards goes to suspense as `late`. Throws a Refusal `deposit_claimed`,
 * `payment_ended`, `not_cancellable`. No money moves, so that no hold and no switch is a reason against it.
 */
export async function cancelPayment(
  tx: Tx,
  actor: Actor,
  id: string,
  { reason }: z.output<typeof CANCEL_PAYMENT>,
): Promise<CancelPaymentReturnType> {
  const [row] = await tx
    .update(payment)
    .set({ awaitsDeposit: false })
    .where(and(eq(payment.id, id), eq(payment.awaitsDeposit, true)))
    .returning();
  if (!row) throw await refuse(tx, id);
  const cancelled = { attentionCode: null, attentionText: null, attentionOwner: null, cause: 'cancelled' };
  const closed = await tx
    .update(leg)
    .set({ state: 'closed', ...cancelled })
    .where(and(eq(leg.paymentId, id), eq(leg.state, 'requested')));
  if (!closed.rowCount) throw new Error(`payment ${id} awaits a deposit and has no leg that does`);
  await audit(tx, { actor, command: 'payment cancel', subject: `payment:${id}`, reason });
  return { id, deposit: formatDecimal(centavos(row.amount)), legs: closed.rowCount };
}

/** Why it cannot be called off any more, and what may be done instead. */
async function refuse(tx: Tx, id: string): Promise<Refusal> {
  const [row] = await tx.select().from(payment).where(eq(payment.id, id));
  if (row?.kind !== 'escrow')
    return new Refusal({
      code: 'not_cancellable',
      status: 409,
      title: 'The payment waits for no deposit of a payer’s',
      detail: `It is a ${row?.kind}: it began with money that is here. Nothing was done.`,
    });
  if (await hasDeposit(tx, id))
    return new Refusal({
      code: 'deposit_claimed',
      status: 409,
      title: 'The payment has its deposit',
      detail: `Money came for it, so there is something to give back. Nothing was done. Two people order it back: kustodia payment refund ${id} --reason …`,
    });
  const [one] = await tx.select({ state: leg.state }).from(leg).where(eq(leg.paymentId, id)).limit(1);
  return new Refusal({
    code: 'payment_ended',
    status: 409,
    title: 'The payment has ended already',
    detail:
      one?.state === 'closed'
        ? 'It was cancelled before. Nothing was done.'
        : `It waited until ${row.expiresAt.toISOString()} and expired. Nothing was done.`,
  });
}

async function hasDeposit(tx: Tx, id: string): Promise<boolean> {
  const claims = await tx
    .select({ source: evidence.source })
    .from(evidence)
    .where(and(eq(evidence.subjectKind, 'payment'), eq(evidence.subjectId, id)))
    .limit(1);
  return claims.length > 0;
}
