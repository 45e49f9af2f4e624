import { and, asc, eq } from 'drizzle-orm';
import { z } from 'zod';
import { centavos, formatDecimal, formatMoney } from '../../money/money.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { leg, payment, refundOrder, releaseOrder } from '../db/schema.ts';
import { makeDue } from '../payment/due.ts';
import { BEFORE_RELEASE } from '../payment/states.ts';
import { needsNoSecond, nothingToApprove } from './refusals.ts';
import { needsTwoPeople } from './standing.ts';

const NO_PARAMETERS = z.strictObject({});

/** Lets what is over RELEASE_FOUR_EYES out of its custody, as soon as the policy of its payment lets it too. */
export const RELEASE_PAYMENT: FourEyesCommand<typeof NO_PARAMETERS> = {
  name: 'payment release',
  subjectKind: 'payment',
  parameters: NO_PARAMETERS,
  check: async (ctx, { subjectId }) => void (await releasable(ctx.db, ctx, subjectId)),
  // It is written under the lock of the payment alone: nothing of it is sent.
  lane: async () => null,
  execute: async (tx, ctx, { subjectId, proposalId }) => {
    await tx.select().from(payment).where(eq(payment.id, subjectId)).for('update');
    const { id } = await releasable(tx, ctx, subjectId);
    await tx.insert(releaseOrder).values({ legId: id, proposalId });
    await makeDue(tx, subjectId);
  },
  wakes: async (_ctx, { subjectId }) => [{ lane: 'payment', id: subjectId }],
};

/** The leg that waits for two people. Throws a Refusal `nothing_to_approve`, `release_needs_one`. */
export async function releasable(db: Db | Tx, { settings }: Pick<Context, 'settings'>, paymentId: string) {
  const legs = await db
    .select({ own: leg, ordered: refundOrder.legId, isLetOut: releaseOrder.legId })
    .from(leg)
    .leftJoin(refundOrder, eq(refundOrder.legId, leg.id))
    .leftJoin(releaseOrder, eq(releaseOrder.legId, leg.id))
    .where(and(eq(leg.paymentId, paymentId), eq(leg.kind, 'custody')))
    .orderBy(asc(leg.createdAt));
  const found = legs.find(({ own, ordered }) => BEFORE_RELEASE.has(own.state) && ordered === null);
  if (!found) throw nothingToApprove('Nothing of it waits to leave its custody for the recipient.');
  const { own, isLetOut } = found;
  const amount = centavos(own.amount);
  if (isLetOut || !needsTwoPeople(settings, amount)) throw needsNoSecond(formatMoney(amount));
  return own;
}

export const shownRelease = ({ id, kind, state, amount }: Awaited<ReturnType<typeof releasable>>) => ({
  ...{ legId: id, kind, state, amount: formatDecimal(centavos(amount)) },
});
