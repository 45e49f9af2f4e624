/** Carries out what was decided of a dispute once nobody can appeal any more: the hold is closed, and the payer's share ordered back. */
import { desc, eq, sql } from 'drizzle-orm';
import { formatDecimal, sum } from '../../money/money.ts';
import { StaleViewError } from '../advance/stale.ts';
import type { Context } from '../context.ts';
import { dispute, disputeResolution, hold } from '../db/schema.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import { sharesOf } from '../payment/shares.ts';
import { audit } from '../people/audit.ts';
import { orderLegRefund } from '../replace/refund.ts';
import { lockDispute, REACTOR } from './open.ts';
import { decidedIn } from './resolve.ts';
import { partsOf, stakesOf } from './stakes.ts';

/**
 * All in one transaction or not at all; the database's own clock says whether the time to appeal is over, and an appeal of the last
 * moment either came before or is refused. Legs then go on by themselves: to the recipient, or back to the payer.
 */
export async function applyConclude(ctx: Context, lane: Lane, paymentId: string, disputeId: string): Promise<void> {
  const payer = await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    const row = await lockDispute(tx, disputeId);
    const [newest] = await tx
      .select({
        decided: disputeResolution,
        isOver: sql<boolean>`${disputeResolution.appealableUntil} <= reactor.now()`,
      })
      .from(disputeResolution)
      .where(eq(disputeResolution.disputeId, disputeId))
      .orderBy(desc(disputeResolution.createdAt), desc(disputeResolution.id))
      .limit(1);
    if (row.state !== 'resolved' || !newest?.isOver)
      throw new StaleViewError(`dispute ${disputeId} was appealed against since it was looked at`);
    const { decided } = newest;
    await tx.update(dispute).set({ state: 'final' }).where(eq(dispute.id, disputeId));
    await tx.update(hold).set({ closedAt: sql`reactor.now()` }).where(eq(hold.id, row.holdId));
    // What has not left now: what may have left when it was decided and came to nothing is part of it.
    const shares = sharesOf(decidedIn(decided), partsOf(await stakesOf(tx, paymentId)));
    for (const { id, amount } of shares)
      await orderLegRefund(tx, ctx, {
        ...{ legId: id, amount, cause: `dispute ${disputeId}, decided for: ${decided.outcome}` },
        destinationId: decided.destinationId ?? '',
      });
    const total = sum(
      'MXN',
      shares.map(({ amount }) => amount),
    );
    await audit(tx, {
      ...{ actor: REACTOR, command: 'dispute final', subject: `dispute:${disputeId}` },
      reason: 'nobody appealed in time',
      detail: { resolution: decided.id, outcome: decided.outcome, toPayer: formatDecimal(total) },
    });
    return total;
  });
  ctx.log.info({ event: 'dispute_final', payment: paymentId, disputeId, toPayer: formatDecimal(payer) });
}
