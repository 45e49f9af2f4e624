/** What two people decide of a dispute. It is carried out when nobody has appealed in time. */

import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { centavos, compare, formatDecimal, formatMoney, parseDecimal, subtract, sum } from '../../money/money.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { dispute, disputeResolution, payment } from '../db/schema.ts';
import { DISPUTE_OUTCOMES } from '../payment/disputed.ts';
import { makeDue } from '../payment/due.ts';
import { type Decided, sharesOf, splittable } from '../payment/shares.ts';
import { assertPayers, assertVerified, readAccount } from '../replace/account.ts';
import { railTo } from '../replace/replace.ts';
import { noteWork } from '../work.ts';
import { lockDispute } from './open.ts';
import { badSplit, noDispute, notOpenForThis } from './refusals.ts';
import { partsOf, stakesOf } from './stakes.ts';

export const RESOLUTION = z.strictObject({
  outcome: z.enum(DISPUTE_OUTCOMES, `is one of ${DISPUTE_OUTCOMES.join(', ')}`),
  /** Of a split, the payer's part of what has not left: the one or the other. Centavos as text. */
  payerBasisPoints: z.int().min(1).max(9_999).optional(),
  payerAmount: z
    .string()
    .regex(/^\d{1,9}\.\d{2}$/)
    .optional(),
  /** The payer's own account, where something goes back to it. */
  destinationId: z.uuid().optional(),
  to: z.string().max(200).optional(),
});
export type Resolution = z.output<typeof RESOLUTION>;

export const RESOLVE_DISPUTE: FourEyesCommand<typeof RESOLUTION> = {
  name: 'dispute resolve',
  subjectKind: 'dispute',
  parameters: RESOLUTION,
  check: async (ctx, { subjectId, parameters }) => {
    const { destinationId } = parameters;
    const account = destinationId === undefined ? null : await readAccount(ctx, destinationId);
    await assertResolvable(ctx, subjectId, parameters, account);
    if (account) assertVerified(account, railTo(ctx, 'juno', account.clabe));
  },
  // What it writes is fenced by the payment's own lock, and moves no leg.
  lane: async () => null,
  execute: async (tx, ctx, { subjectId, parameters, proposalId }) => {
    const row = await lockDispute(tx, subjectId);
    if (row.state !== 'open') throw notOpenForThis('decision', row.state);
    await assertSplit(tx, row.paymentId, parameters);
    const { outcome, payerBasisPoints, payerAmount, destinationId } = parameters;
    await tx.insert(disputeResolution).values({
      ...{ id: ctx.newId(), disputeId: subjectId, proposalId, outcome },
      payerBasisPoints: payerBasisPoints ?? null,
      payerAmount: payerAmount === undefined ? null : parseDecimal('MXN', payerAmount).units,
      destinationId: destinationId ?? null,
      appealableUntil: sql`reactor.now() + ${ctx.settings.disputeAppeal_s} * interval '1 second'`,
    });
    await tx.update(dispute).set({ state: 'resolved' }).where(eq(dispute.id, subjectId));
    await makeDue(tx, row.paymentId);
  },
  wakes: async (ctx, { subjectId, parameters: { destinationId } }) => {
    const row = await readDispute(ctx.db, subjectId);
    return [
      ...(destinationId === undefined ? [] : [{ lane: 'destination', id: destinationId } as const]),
      { lane: 'payment', id: row.paymentId },
    ];
  },
};

export async function readDispute(db: Db | Tx, id: string): Promise<typeof dispute.$inferSelect> {
  const [row] = z.uuid().safeParse(id).success ? await db.select().from(dispute).where(eq(dispute.id, id)) : [];
  if (!row) throw noDispute();
  noteWork({ payment: row.paymentId });
  return row;
}

/**
 * That it can be decided so, and to this account. Answers what each would get, as it stands now. Throws a Refusal `dispute_not_found`,
 * `dispute_not_open`, `bad_split`, `not_the_payers_account`, `payout_clabe_unreachable`.
 */
export async function assertResolvable(
  ctx: Pick<Context, 'db' | 'settings'>,
  disputeId: string,
  parameters: Resolution,
  account: Readonly<{ clabe: string; legalName: string }> | null,
) {
  const row = await readDispute(ctx.db, disputeId);
  if (row.state !== 'open') throw notOpenForThis('decision', row.state);
  const [of] = await ctx.db.select().from(payment).where(eq(payment.id, row.paymentId));
  if (!of) throw new Error(`no payment ${row.paymentId}`);
  if (account) {
    await assertPayers(ctx, of, account);
    railTo(ctx, 'juno', account.clabe);
  }
  return assertSplit(ctx.db, row.paymentId, parameters);
}

/** Whoever decides sees to the centavo what it comes to. */
async function assertSplit(db: Db | Tx, paymentId: string, parameters: Resolution) {
  const stakes = await stakesOf(db, paymentId);
  const parts = partsOf(stakes);
  const decided = decidedOf(parameters);
  const isToPayer = parameters.outcome !== 'recipient';
  if (isToPayer !== (parameters.destinationId !== undefined || parameters.to !== undefined))
    throw badSplit('An account of the payer’s is named where something goes back to it, and only there.');
  const named = [parameters.payerBasisPoints, parameters.payerAmount].filter((part) => part !== undefined).length;
  if (named !== (parameters.outcome === 'split' ? 1 : 0))
    throw badSplit('A split names the payer’s part in basis points, or as an amount, and nothing else does.');
  const pot = splittable(parts);
  if (decided.payerAmount && compare(decided.payerAmount, pot) >= 0)
    throw badSplit(`${formatMoney(pot)} have not left: the payer’s part has to be less, or all of it is the payer’s.`);
  const shares = sharesOf(decided, parts);
  const payer = sum(
    'MXN',
    shares.map(({ amount }) => amount),
  );
  if (isToPayer && payer.units === 0n) throw badSplit('Nothing would go back to the payer.');
  const whole = sum(
    'MXN',
    parts.map(({ amount }) => amount),
  );
  return {
    outcome: parameters.outcome,
    toPayer: formatDecimal(payer),
    toOthers: formatDecimal(subtract(whole, payer)),
    shares: shares.map(({ id, amount }) => ({ legId: id, toPayer: formatDecimal(amount) })),
  };
}

export const decidedOf = ({ outcome, payerBasisPoints, payerAmount }: Resolution): Decided => ({
  outcome,
  payerBasisPoints: payerBasisPoints ?? null,
  payerAmount: payerAmount === undefined ? null : parseDecimal('MXN', payerAmount),
});

export const decidedIn = (row: typeof disputeResolution.$inferSelect): Decided => ({
  outcome: row.outcome,
  payerBasisPoints: row.payerBasisPoints,
  payerAmount: row.payerAmount === null ? null : centavos(row.payerAmount),
});
