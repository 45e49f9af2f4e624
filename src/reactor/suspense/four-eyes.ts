/** Deposits in suspense given away: by one person what is the payer's own, by two whatever is not. */
import { eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { maskClabe, parseClabe } from '../../money/clabe.ts';
import { formatDecimal, parseDecimal } from '../../money/money.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { destination, leg, suspensePart } from '../db/schema.ts';
import { snapshotDestination } from '../payment/create.ts';
import { type Actor, audit } from '../people/audit.ts';
import { rehearse } from '../people/idempotency.ts';
import { beyondOne } from './beyond-one.ts';
import { type GiveParameters, type GivingPlan, giveSuspense, planGiving } from './give.ts';
import { ownerOf } from './refund.ts';
import { MOST_PARTS, type Part } from './terms.ts';

const AMOUNT = z.string().regex(/^\d{1,10}\.\d{2}$/);

/** A deposit as it is to be given away, and why that takes two: both people see it. */
const GIVE = z.strictObject({
  because: z
    .array(z.string().max(200))
    .min(1)
    .max(MOST_PARTS + 1),
  parts: z
    .array(
      z.union([
        z.strictObject({ paymentId: z.uuid(), amount: AMOUNT }),
        /** `to`: the account for a person's eye. */
        z.strictObject({ destinationId: z.uuid(), to: z.string().max(200), amount: AMOUNT }),
      ]),
    )
    .min(1)
    .max(MOST_PARTS),
});
type Proposed = z.output<typeof GIVE>;

/** Gives a deposit to where one person alone may not: all that the command asks of one is asked again, under the same locks. */
export const GIVE_SUSPENSE: FourEyesCommand<typeof GIVE> = {
  name: 'suspense give',
  subjectKind: 'suspense',
  parameters: GIVE,
  check: async (ctx, { subjectId, parameters }) => {
    await rehearse(ctx, (tx) => planProposed(tx, ctx, subjectId, parameters));
  },
  lane: async () => null,
  execute: async (tx, ctx, { subjectId, parameters }) => {
    await giveSuspense(tx, ctx, await planProposed(tx, ctx, subjectId, parameters));
  },
  wakes: async ({ db }, { subjectId }) => {
    const rows = await db
      .select({ paymentId: leg.paymentId, destinationId: leg.destinationId })
      .from(suspensePart)
      .innerJoin(leg, eq(leg.paymentId, suspensePart.paymentId))
      .where(eq(suspensePart.depositId, subjectId));
    return rows.flatMap(({ paymentId, destinationId }) => [
      { lane: 'destination' as const, id: destinationId },
      { lane: 'payment' as const, id: paymentId },
    ]);
  },
};

/** The same once more, of what the proposal names. */
async function planProposed(tx: Tx, ctx: Context, depositId: string, { parts }: Proposed): Promise<GivingPlan> {
  const ids = parts.flatMap((part) => ('destinationId' in part ? [part.destinationId] : []));
  const accounts = await tx.select().from(destination).where(inArray(destination.id, ids));
  const wanted = parts.map((part): Part => {
    if ('paymentId' in part) return { paymentId: part.paymentId };
    const account = accounts.find(({ id }) => id === part.destinationId);
    if (!account) throw new Error(`the account ${part.destinationId} of a proposal is gone`);
    const { clabe, legalName } = account;
    return { refund: { clabe: parseClabe(clabe), legalName }, amount: parseDecimal('MXN', part.amount) };
  });
  return planGiving(tx, ctx, { depositId, partsOf: () => wanted });
}

export type GiveOrProposeParameters = GiveParameters &
  Readonly<{ actor: Actor; command: 'suspense assign' | 'suspense split' | 'suspense refund'; reason: string }>;

/**
 * Gives a deposit in suspense away where that is for one person to do; else writes a proposal down, checked in full, for another to approve.
 * `proposal`: its id, and `because` why. Throws what `planGiving` throws, and a Refusal `already_proposed`.
 */
export async function giveOrPropose(
  tx: Tx,
  ctx: Context,
  { actor, command, reason, ...wanted }: GiveOrProposeParameters,
) {
  const plan = await planGiving(tx, ctx, wanted);
  const because = await beyondOne(tx, actor, plan);
  const [id, amount] = [wanted.depositId, formatDecimal(plan.item.amount)];
  if (because.length > 0)
    return { id, amount, because, ...(await proposeGiving(tx, ctx, { actor, reason, plan, because })) };
  const { parts, destinations } = await giveSuspense(tx, ctx, plan);
  await audit(tx, {
    ...{ actor, command, subject: `suspense:${id}`, reason },
    detail: { amount, parts: parts.map((one) => `${one.kind} ${one.paymentId} ${one.amount}`).join(', ') },
  });
  return { id, amount, because, parts, destinations, proposal: null };
}

async function proposeGiving(
  tx: Tx,
  ctx: Context,
  { actor, reason, plan, because }: { actor: Actor; reason: string; plan: GivingPlan; because: string[] },
) {
  const parts: Proposed['parts'] = [];
  const destinations: string[] = [];
  for (const part of plan.parts) {
    const amount = formatDecimal(part.amount);
    if ('paymentId' in part) parts.push({ paymentId: part.paymentId, amount });
    else {
      const recipientId = await ownerOf(tx, ctx, plan.item.clabe);
      const destinationId = await snapshotDestination(tx, ctx.newId(), { recipientId, payout: part.refund });
      destinations.push(destinationId);
      parts.push({ destinationId, to: maskClabe(part.refund.clabe), amount });
    }
  }
  const parameters = { because, parts };
  const wanted = { command: GIVE_SUSPENSE, subjectId: plan.item.depositId, parameters };
  const { id: proposal } = await propose(tx, ctx, { ...wanted, actor, reason });
  const shown = parts.map(({ amount, ...part }) =>
    'paymentId' in part
      ? { kind: 'payment' as const, paymentId: part.paymentId, amount }
      : { kind: 'refund' as const, to: part.to, amount },
  );
  return { parts: shown, destinations, proposal };
}
