/** Money back to the payer: full or the custody part, of whatever has not left. */
import { asc, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { centavos, compare, formatDecimal, formatMoney, type Money } from '../../money/money.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { leg, payment, refundOrder } from '../db/schema.ts';
import { assertUndisputed } from '../disputes/stakes.ts';
import { asked } from '../effects/seen-back.ts';
import { isLive, type LegState, type Rail } from '../payment/states.ts';
import { assertPayers, assertVerified, readAccount } from './account.ts';
import { assertNoneArrived, assertNoneUnderWay, whatPays } from './gone.ts';
import { assertThere, type LegRow, moneyOf } from './money.ts';
import { nothingToRefund } from './refusals.ts';
import { lockLeg, railTo, refundHeirs, replaceLeg } from './replace.ts';
import { REFUND_WHAT, type RefundWhat } from './terms.ts';

/** In these the leg goes on to where its money can be paid from, and is replaced there by itself. */
export const ON_ITS_WAY: Partial<Record<LegState, string>> = {
  requested: 'once Juno has issued MXNB for its deposit',
  deposited: 'at once, before any escrow is made',
  withdrawing: 'once Juno’s withdrawal has arrived and its MXNB is back at Juno',
  withdrawn: 'once its MXNB is back at Juno; no escrow is made',
  creating: 'once its MXNB is back at Juno; the escrow that is being made stays empty',
  created: 'once its MXNB is back at Juno; the escrow that was made stays empty',
  funding: 'once its escrow is over and its MXNB is back at Juno',
  in_custody:
    'once its escrow is over and its MXNB is back at Juno: at once where all of it goes back and an approver signs for that, else at the end of the custody',
  releasing: 'once its MXNB is back at Juno',
  released: 'once its MXNB is back at Juno',
  returning: 'once Juno has credited its MXNB',
  returned: 'at once',
  reserved: 'at once',
  paying_out: 'at once, from the Bitso balance',
};
/** In these its money waits for people: it is replaced in the order's own transaction. */
export const AT_REST: Partial<Record<LegState, string>> = {
  payout_failed: 'at once',
  payout_returned: 'at once',
  accrued: 'at once',
};

export type RefundPart = Readonly<{ row: LegRow; when: string }>;
export type RefundPlan = Readonly<{ parts: readonly RefundPart[]; left: readonly LegRow[] }>;

/**
 * What of a payment can go back, and what has left. A leg that is being paid, was paid, or is in a settlement, has left.
 */
export async function planRefund(db: Db | Tx, paymentId: string, what: RefundWhat): Promise<RefundPlan> {
  const [row] = await db.select().from(payment).where(eq(payment.id, paymentId));
  const legs = await db.select().from(leg).where(eq(leg.paymentId, paymentId)).orderBy(asc(leg.createdAt), asc(leg.id));
  const ids = legs.map(({ id }) => id);
  const ordered = new Set(
    (await db.select({ id: refundOrder.legId }).from(refundOrder).where(inArray(refundOrder.legId, ids))).map(
      ({ id }) => id,
    ),
  );
  const wanted = legs.filter(
    ({ id, kind, state }) =>
      isLive(state) && kind !== 'refund' && (what === 'full' || kind === 'custody') && !ordered.has(id),
  );
  const parts: RefundPart[] = [];
  const left: LegRow[] = [];
  for (const one of wanted) {
    const when =
      one.state === 'requested' && row?.awaitsDeposit ? undefined : (ON_ITS_WAY[one.state] ?? AT_REST[one.state]);
    const isFree = when !== undefined && (await whatPays(db, one)) === null;
    if (isFree) parts.push({ row: one, when });
    else if (one.state !== 'requested') left.push(one);
  }
  return { parts, left };
}

export const REFUND_PARAMETERS = z.strictObject({
  what: z.enum(REFUND_WHAT, 'is full or custody'),
  destinationId: z.uuid('is not the id of a payout account'),
  to: z.string().max(200),
});

/** Sends back to the payer's own verified account what has not left. */
export const REFUND_PAYMENT: FourEyesCommand<typeof REFUND_PARAMETERS> = {
  name: 'payment refund',
  subjectKind: 'payment',
  parameters: REFUND_PARAMETERS,
  check: async (ctx, { subjectId, parameters: { what, destinationId } }) => {
    const account = await readAccount(ctx, destinationId);
    const { rails } = await assertRefundable(ctx, subjectId, what, account);
    for (const rail of rails) assertVerified(account, rail);
  },
  lane: async (_ctx, { subjectId }) => `payment:${subjectId}`,
  execute: async (tx, ctx, { subjectId, parameters: { what, destinationId }, proposalId }) => {
    await orderRefund(tx, ctx, {
      paymentId: subjectId,
      what,
      destinationId,
      cause: `refund ordered by proposal ${proposalId}`,
    });
  },
  wakes: async (_ctx, { subjectId, parameters }) => [
    { lane: 'destination', id: parameters.destinationId },
    { lane: 'payment', id: subjectId },
  ],
};

/**
 * That something can go back, and to this account: asks the books, and of what waits for people the rails too. Throws a Refusal
 * `nothing_to_refund`, `not_the_payers_account`, `payout_clabe_unreachable`, `payout_may_stand`, `money_not_seen`, `outside_silent`.
 */
export async function assertRefundable(
  ctx: Context,
  paymentId: string,
  what: RefundWhat,
  account: Readonly<{ clabe: string; legalName: string }>,
) {
  const [row] = await ctx.db.select().from(payment).where(eq(payment.id, paymentId));
  if (!row) throw nothingToRefund('There is no such payment.');
  await assertUndisputed(ctx.db, paymentId);
  await assertPayers(ctx, row, account);
  const plan = await planRefund(ctx.db, paymentId, what);
  assertSome(plan);
  const rails: Rail[] = [];
  for (const { row: part } of plan.parts) {
    const isAtRest = AT_REST[part.state] !== undefined || part.state === 'paying_out';
    const found = isAtRest ? await moneyOf(ctx.db, ctx, part) : null;
    if (found)
      await asked(async () => {
        await assertNoneArrived(ctx, part);
        await assertThere(ctx, part, found);
      });
    rails.push(railTo(ctx, found?.at ?? 'juno', account.clabe));
  }
  return { ...plan, rails };
}

export type OrderRefundParameters = Readonly<{
  paymentId: string;
  what: RefundWhat;
  /** The payer's own, verified. */
  destinationId: string;
  cause: string;
}>;

/**
 * Orders that all that has not left of a payment, or of its custody part, goes back. Runs in the caller's transaction, under the
 * payment's lane where one of its legs waits for people; a leg whose MXNB is on the chain comes back first. The caller says that the
 * account is the payer's. Enqueue the payment once it has committed. Throws a Refusal `nothing_to_refund`.
 */
export async function orderRefund(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings'>,
  { paymentId, what, destinationId, cause }: OrderRefundParameters,
): Promise<RefundPlan> {
  await tx.select().from(payment).where(eq(payment.id, paymentId)).for('update');
  await assertUndisputed(tx, paymentId);
  const plan = await planRefund(tx, paymentId, what);
  assertSome(plan);
  for (const { row } of plan.parts)
    await orderLegRefund(tx, ctx, { legId: row.id, amount: centavos(row.amount), destinationId, cause });
  return plan;
}

/**
 * The same for one leg, of which a part may go back: the rest goes where the leg was to go. A leg is ordered back once. Throws a
 * Refusal `nothing_to_refund`.
 */
export async function orderLegRefund(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings'>,
  {
    legId,
    amount,
    destinationId,
    cause,
  }: Readonly<{ legId: string; amount: Money<'MXN'>; destinationId: string; cause: string }>,
): Promise<void> {
  const row = await lockLeg(tx, legId);
  if (compare(amount, centavos(row.amount)) > 0)
    throw nothingToRefund(`The leg is over ${formatMoney(centavos(row.amount))}, less than ${formatMoney(amount)}.`);
  if (AT_REST[row.state]) {
    await assertNoneUnderWay(tx, row);
    await replaceLeg(tx, ctx, { legId, heirs: refundHeirs(row, { amount, destinationId }), cause });
    return;
  }
  if (!ON_ITS_WAY[row.state]) throw nothingToRefund(`The leg is ${row.state}.`);
  const { rowCount } = await tx
    .insert(refundOrder)
    .values({ legId, destinationId, amount: amount.units, cause })
    .onConflictDoNothing();
  if (rowCount !== 1) throw nothingToRefund('The leg is ordered back already.');
}

function assertSome({ parts, left }: RefundPlan): void {
  if (parts.length > 0) return;
  throw nothingToRefund(
    left.length === 0
      ? 'The payment has no money that is not ordered back already, or no deposit came for it.'
      : `All of it has left: ${left.map(({ kind, state }) => `the ${kind} leg is ${state}`).join(', ')}.`,
  );
}

export const shownRefund = ({ parts, left }: RefundPlan) => ({
  parts: parts.map(({ row, when }) => ({
    legId: row.id,
    kind: row.kind,
    state: row.state,
    amount: formatDecimal(centavos(row.amount)),
    when,
  })),
  left: left.map(({ id, kind, state, amount }) => ({
    legId: id,
    kind,
    state,
    amount: formatDecimal(centavos(amount)),
  })),
});
