import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { ClabeError, parseClabe } from '../../money/clabe.ts';
import { centavos, equals, formatDecimal, formatMoney, type Money, sum } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { evidence, junoDeposit, leg, payment, suspense, suspensePart } from '../db/schema.ts';
import { handOver, OWNERS } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { railOf } from '../payment/create.ts';
import { makeDue } from '../payment/due.ts';
import { Refusal } from '../people/refusal.ts';
import { PERSON_NAME } from '../people/words.ts';
import { createRefund } from './refund.ts';
import { refuseUnopen } from './refusals.ts';
import type { Part, REFUND_TERMS } from './terms.ts';

export type GiveParameters = Readonly<{
  depositId: string;
  /** What becomes of it, once the item is locked and known to be open. */
  partsOf: (item: OpenItem) => readonly Part[];
}>;
/** What is to become of a deposit, with everything of it locked. */
export type GivingPlan = Readonly<{
  item: OpenItem;
  parts: readonly ResolvedPart[];
}>;
export type Given = Readonly<{
  parts: readonly Readonly<{ id: string; paymentId: string; kind: 'payment' | 'refund'; amount: string }>[];
  /** Accounts that are to be registered. */
  destinations: readonly string[];
}>;

/** A deposit in suspense that is MXNB already and that nobody has given away. */
export type OpenItem = Readonly<{
  depositId: string;
  reason: string;
  amount: Money<'MXN'>;
  clabe: string;
  senderClabe: string | null;
  senderName: string | null;
  /** When it was first seen. */
  cameAt: Date;
}>;

/** The whole deposit to one payment. */
export const assignWhole = (paymentId: string) => (): Part[] => [{ paymentId }];

/** The whole deposit back: to the account named, or to the sender as Juno shows it. Throws a Refusal `sender_unknown`. */
export const refundWhole =
  ({ clabe, legalName }: Omit<z.output<typeof REFUND_TERMS>, 'reason'>) =>
  (item: OpenItem): Part[] => {
    const name = PERSON_NAME.safeParse(legalName ?? item.senderName);
    try {
      // Who sent a payout back is the bank of its recipient, not somebody who is owed it.
      if (item.reason === 'returned' && !(clabe && legalName)) throw new ClabeError('the sender is no payer');
      const account = clabe ?? parseClabe(item.senderClabe ?? '');
      if (name.success) return [{ refund: { clabe: account, legalName: name.data }, amount: item.amount }];
    } catch (error) {
      if (!(error instanceof ClabeError)) throw error;
    }
    throw new Refusal({
      code: 'sender_unknown',
      status: 422,
      title: 'The sender’s account is not known in full',
      detail:
        'Juno shows no whole, valid CLABE and name of who sent this deposit, or it is a payout that came back. Nothing was done. Ask who it belongs to, and repeat this with clabe and legalName.',
      errors: [
        ...(clabe ? [] : [{ field: 'clabe', message: 'is needed: the sender’s is masked, missing or not meant' }]),
        ...(legalName ? [] : [{ field: 'legalName', message: 'is needed with it' }]),
      ],
    });
  };

/**
 * What a command would make of a deposit, to the centavo. Locks the item and its payments: of two people at once one waits, and is then
 * told that it is closed. Throws a Refusal `suspense_not_found`, `suspense_closed`,
 * `not_issued`, `payment_not_found`, `payment_not_open`, `payment_expired`, `amount_differs`, `sender_unknown`,
 * `payout_clabe_unreachable`.
 */
export async function planGiving(
  tx: Tx,
  ctx: Pick<Context, 'settings'>,
  { depositId, partsOf }: GiveParameters,
): Promise<GivingPlan> {
  const item = await lockItem(tx, depositId);
  const parts: ResolvedPart[] = [];
  for (const part of partsOf(item)) {
    if ('refund' in part) railOf(ctx, part.refund, 'clabe');
    parts.push('paymentId' in part ? await lockPayment(tx, part) : part);
  }
  assertWhole(item, parts);
  return { item, parts };
}

/**
 * Gives a deposit in suspense away as planned, all of it at once: evidence, books and parts in the caller's transaction, which is the
 * plan's own. The legs themselves move when their payments are looked at: enqueue them, and `destinations`, once it has committed.
 */
export async function giveSuspense(tx: Tx, ctx: Context, { item, parts: planned }: GivingPlan): Promise<Given> {
  const { depositId } = item;
  const parts: Given['parts'][number][] = [];
  const destinations: string[] = [];
  for (const part of planned) {
    const target = 'paymentId' in part ? part : await createRefund(tx, ctx, { item, ...part });
    if ('destinationId' in target) destinations.push(target.destinationId);
    else await closeToDeposits(tx, target.paymentId);
    const id = ctx.newId();
    await tx.insert(suspensePart).values({ id, depositId, paymentId: target.paymentId, amount: part.amount.units });
    await tx.insert(evidence).values({
      source: 'suspense_part',
      externalId: id,
      subjectKind: 'payment',
      subjectId: target.paymentId,
      detail: { depositId },
    });
    await writeEntry(tx, {
      id: ctx.newId(),
      key: `suspense_part:${id}`,
      paymentId: target.paymentId,
      effectId: null,
      state: 'posted',
      postings: handOver(
        part.amount,
        { account: 'suspense', owner: OWNERS.general },
        { account: 'liability', owner: target.paymentId },
      ),
    });
    parts.push({
      id,
      paymentId: target.paymentId,
      kind: 'paymentId' in part ? 'payment' : 'refund',
      amount: formatDecimal(part.amount),
    });
  }
  await tx.update(suspense).set({ closedAt: sql`reactor.now()` }).where(eq(suspense.depositId, depositId));
  return { parts, destinations };
}

export type PaymentPart = Readonly<{
  paymentId: string;
  depositClabe: string | null;
  createdAt: Date;
  amount: Money<'MXN'>;
}>;
export type ResolvedPart = PaymentPart | Exclude<Part, { paymentId: string }>;

async function lockItem(tx: Tx, depositId: string): Promise<OpenItem> {
  const [row] = await tx.select().from(suspense).where(eq(suspense.depositId, depositId)).for('update');
  if (!row || row.closedAt || !row.issuanceId) throw await refuseUnopen(tx, depositId, row);
  const [deposit] = await tx.select().from(junoDeposit).where(eq(junoDeposit.id, depositId));
  if (!deposit) throw new Error(`deposit ${depositId} is in suspense and nowhere else`);
  const { clabe, senderClabe, senderName, observedAt: cameAt } = deposit;
  return { depositId, reason: row.reason, amount: centavos(row.amount), clabe, senderClabe, senderName, cameAt };
}

async function lockPayment(tx: Tx, { paymentId }: { paymentId: string }): Promise<PaymentPart> {
  const [row] = await tx.select().from(payment).where(eq(payment.id, paymentId)).for('update');
  const [first] = await tx.select().from(leg).where(eq(leg.paymentId, paymentId)).limit(1);
  if (row?.awaitsDeposit && first?.state === 'requested') {
    const { depositClabe, createdAt } = row;
    return { paymentId, depositClabe, createdAt, amount: centavos(row.amount) };
  }
  if (!row || !first)
    throw new Refusal({
      code: 'payment_not_found',
      status: 422,
      title: 'There is no such payment',
      detail: 'Nothing was done. GET /api/v1/payments?status=requested lists the payments that wait for a deposit.',
      errors: [{ field: 'paymentId', message: 'is the id of no payment' }],
    });
  if (first.state === 'expired')
    throw new Refusal({
      code: 'payment_expired',
      status: 409,
      title: 'The payment has expired',
      detail: `Payment ${paymentId} waited until ${row.expiresAt.toISOString()}; what has ended is not opened again. Nothing was done. Create a new payment over the same amount and assign the deposit to that, or refund the deposit.`,
      errors: [{ field: 'paymentId', message: 'has expired' }],
    });
  throw new Refusal({
    code: 'payment_not_open',
    status: 409,
    title: 'The payment does not wait for a deposit',
    detail: `Payment ${paymentId} is ${first.state}: it got its deposit, or ended without one. Nothing was done. Assign the deposit to a payment that waits, or refund it.`,
    errors: [{ field: 'paymentId', message: `is ${first.state}` }],
  });
}

/** Not a centavo may stay behind, and none may be made. */
function assertWhole({ amount }: OpenItem, parts: readonly ResolvedPart[]): void {
  const ids = parts.flatMap((part) => ('paymentId' in part ? [part.paymentId] : []));
  const total = sum(
    'MXN',
    parts.map((part) => part.amount),
  );
  if (equals(total, amount) && new Set(ids).size === ids.length) return;
  throw new Refusal({
    code: 'amount_differs',
    status: 422,
    title: 'The parts are not the deposit',
    detail: `The deposit is ${formatMoney(amount)}, what it was to be given to takes ${formatMoney(total)}. Nothing was done. Split it: parts over all of it, to the centavo, each payment once; what is left over goes back as a refund.`,
    errors: [
      {
        field: ids.length === parts.length && ids.length === 1 ? 'paymentId' : 'parts',
        message: `sums to ${formatDecimal(total)}, not ${formatDecimal(amount)}`,
      },
    ],
  });
}

/** From here on no deposit is matched to it. */
async function closeToDeposits(tx: Tx, paymentId: string): Promise<void> {
  const { rowCount } = await tx
    .update(payment)
    .set({ awaitsDeposit: false })
    .where(and(eq(payment.id, paymentId), eq(payment.awaitsDeposit, true)));
  if (rowCount !== 1) throw new Error(`payment ${paymentId} was locked and no longer waits`);
  await makeDue(tx, paymentId);
}
