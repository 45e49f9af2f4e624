/** What stands of the approvals of a leg's release: as parts of a larger question, and asked again under locks. */
import { eq, sql } from 'drizzle-orm';
import { centavos, compare, type Money } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { databaseNow, type Tx } from '../db/client.ts';
import { leg, payment, refundOrder } from '../db/schema.ts';
import { GuardClosedError } from '../guards/check.ts';
import { pesosOf } from '../guards/limit.ts';
import { RECOVERY_SWITCH } from '../guards/scope.ts';
import { lacksOf, namesOf, type ReleaseFacts } from '../payment/release.ts';
import { type EarlyAct, FROM_RETURN, type Party } from '../payment/states.ts';
import type { LegView } from '../payment/view.ts';

/** Dates are milliseconds since 1970. */
export type ApprovalRow = Readonly<{ party: Party; givenAt: number; valid_s: number }>;

/**
 * Approvals of a leg that nobody withdrew. Those from before the last recovery count no more: what was withdrawn after the backup that
 * was restored is not known. Nor do any while the account that was approved is not what it was.
 */
export const approvalsOfLeg = sql<ApprovalRow[]>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('party', a.party, 'givenAt', round(extract(epoch FROM a.given_at) * 1000), 'valid_s', a.valid_seconds) ORDER BY a.given_at, a.id), '[]')
  FROM reactor.release_approval a
  JOIN reactor.leg approved ON approved.id = a.leg_id JOIN reactor.destination account ON account.id = approved.destination_id
  WHERE a.leg_id = ${leg.id} AND NOT account.differs
    AND NOT EXISTS (SELECT 1 FROM reactor.release_withdrawal w WHERE w.approval_id = a.id)
    AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = ${RECOVERY_SWITCH} AND s.changed_by IS NOT NULL AND s.changed_at >= a.given_at))`;

/** Whether two people let a leg out of its custody. */
export const isLegLetOut = sql<boolean>`EXISTS (SELECT 1 FROM reactor.release_order o WHERE o.leg_id = ${leg.id})`;

/** Whether two people decided a dispute of the payment, and nobody can appeal any more. */
export const isDisputeOver = sql<boolean>`EXISTS (SELECT 1 FROM reactor.dispute d WHERE d.payment_id = ${payment.id} AND d.state = 'final')`;

type OwnRow = Pick<typeof leg.$inferSelect, 'amount'>;
type ReleaseRow = Readonly<{ approvals: readonly ApprovalRow[]; isLetOut: boolean }>;

/** What a decision sees of it. */
export function releaseView(
  { settings }: Pick<Context, 'settings'>,
  { amount }: OwnRow,
  { approvals, isLetOut }: ReleaseRow,
): Pick<LegView, 'approvals' | 'fourEyes'> {
  return {
    approvals: approvals.map(({ givenAt, ...one }) => ({ ...one, givenAt: new Date(givenAt) })),
    ...(needsTwoPeople(settings, centavos(amount)) ? { fourEyes: isLetOut ? 'given' : 'missing' } : {}),
  };
}

/** Whether two people let a release of so much out; where the limit is in UDIs and no rate is set, any. */
export function needsTwoPeople(
  { releaseFourEyes: limit, mxnPerUdi }: Pick<Context['settings'], 'releaseFourEyes' | 'mxnPerUdi'>,
  amount: Money<'MXN'>,
): boolean {
  if (limit === null) return false;
  const most = pesosOf(limit, mxnPerUdi);
  return most === null || compare(amount, most) > 0;
}

/** The same facts that the decision saw, read in a transaction that has locked the payment: nobody withdraws an approval meanwhile. */
async function readReleaseFacts(tx: Tx, ctx: Context, legId: string): Promise<Omit<ReleaseFacts, 'isDue'>> {
  const [row] = await tx
    .select({
      own: leg,
      policy: payment.releasePolicy,
      ordered: refundOrder.amount,
      approvals: approvalsOfLeg,
      isLetOut: isLegLetOut,
      isOver: isDisputeOver,
    })
    .from(leg)
    .innerJoin(payment, eq(payment.id, leg.paymentId))
    .leftJoin(refundOrder, eq(refundOrder.legId, leg.id))
    .where(eq(leg.id, legId));
  if (!row) throw new Error(`no leg ${legId}`);
  const { own, policy, ordered, isOver, ...release } = row;
  const { approvals = [], fourEyes = 'not_asked' } = releaseView(ctx, own, release);
  return {
    ...{ policy, approvals, fourEyes, isDecided: ordered !== null || isOver, isBack: ordered === own.amount },
    hasLeft: FROM_RETURN.has(own.state),
    deadline: own.deadline,
    clocks: { now: await databaseNow(tx), chain_s: ctx.watchdog.current().headTimestamp },
  };
}

/**
 * Asked by whoever records or signs a release, under the lock on its payment. Whether the custody is over is the decision's to know, and
 * the chain's to enforce; of an early end the approvals are to stand by themselves, or the order that all of it goes back, and it has to
 * end as it was approved or ordered. Throws a GuardClosedError.
 */
export async function assertApproved(
  tx: Tx,
  ctx: Context,
  legId: string,
  { early }: Readonly<{ early?: EarlyAct | undefined }> = {},
): Promise<void> {
  const facts = await readReleaseFacts(tx, ctx, legId);
  if (early !== undefined && (early === 'cancel') !== facts.isBack)
    throw new GuardClosedError(
      'release_not_approved',
      `Before its date a custody is cancelled where all of it was ordered back to the payer, and released where not. Nothing was sent.`,
    );
  const lacks = lacksOf({ ...facts, isDue: early === undefined });
  if (lacks.length === 0) return;
  throw new GuardClosedError(
    'release_not_approved',
    `Its release lacks the approval of ${namesOf(lacks)}. Nothing was sent.`,
  );
}
