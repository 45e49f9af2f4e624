/** What the database has of a payment, asked in one question at one moment: it is asked each time that somebody looks. */
import { asc, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { destination, leg, payment, refundOrder } from '../db/schema.ts';
import type { EffectState } from '../effects/states.ts';
import { holdsOver, stoppedOf, stoppedOver, unclearedOf } from '../guards/scope.ts';
import { depositsRead } from '../intake/deposits.ts';
import type { EffectView } from '../payment/view.ts';
import { isAddressProved } from '../probe/trust.ts';
import { approvalsOfLeg, isDisputeOver, isLegLetOut } from '../release/standing.ts';

/** An attempt at an effect of a leg; what it asks for is read of those kinds that end an escrow. Dates are milliseconds since 1970. */
export type EffectRow = Omit<EffectView, 'firstSentAt' | 'nextLookAt' | 'early'> &
  Readonly<{ legId: string; firstSentAt: number | null; nextLookAt: number; request: unknown }>;

/** What was claimed for a leg. */
export type ClaimRow = Readonly<{ source: string; id: string; detail: unknown; claimedAt: number }>;

/** The newest attempt to register a payout account at Juno. */
export type RegistrationRow = Readonly<{ state: EffectState; error: { text: string } | null; failures: number }>;

const ms = (moment: ReturnType<typeof sql.raw>) => sql`round(extract(epoch FROM ${moment}) * 1000)`;

/** The effects of a payment's legs, the newest attempt first. */
const effectsOf = (paymentId: string) => sql<EffectRow[]>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('legId', e.subject_id, 'id', e.id, 'kind', e.kind, 'attempt', e.attempt, 'state', e.state,
    'externalId', e.external_id, 'failures', e.failures, 'error', e.error, 'firstSentAt', ${ms(sql.raw('e.first_sent_at'))},
    'nextLookAt', ${ms(sql.raw('e.next_look_at'))}, 'isNextAllowed', e.decided_by IS NOT NULL,
    'request', CASE WHEN e.kind IN ('chain_release', 'approver_signature') THEN e.request END) ORDER BY e.attempt DESC), '[]')
  FROM reactor.effect e WHERE e.payment_id = ${paymentId}::uuid AND e.subject_kind = 'leg')`;

const claimsOfLeg = sql<ClaimRow[]>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('source', v.source, 'id', v.external_id, 'detail', v.detail, 'claimedAt', ${ms(sql.raw('v.claimed_at'))})), '[]')
  FROM reactor.evidence v WHERE v.subject_kind = 'leg' AND v.subject_id = ${leg.id}::text)`;

/** What was claimed for the payment as a whole: the one deposit that moves all of its legs. */
const claimsOfPayment = sql<ClaimRow[]>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('source', v.source, 'id', v.external_id, 'detail', v.detail, 'claimedAt', ${ms(sql.raw('v.claimed_at'))})), '[]')
  FROM reactor.evidence v WHERE v.subject_kind = 'payment' AND v.subject_id = ${payment.id}::text)`;

/** The dispute of a payment that is not final, with the moment at which what was decided of it is. */
const disputeOf = sql<{ id: string; reasonCode: string; appealableUntil: number | null } | null>`(
  SELECT jsonb_build_object('id', d.id, 'reasonCode', d.reason_code, 'appealableUntil', CASE d.state WHEN 'resolved' THEN (
    SELECT ${ms(sql.raw('r.appealable_until'))} FROM reactor.dispute_resolution r WHERE r.dispute_id = d.id ORDER BY r.created_at DESC, r.id DESC LIMIT 1) END)
  FROM reactor.dispute d WHERE d.payment_id = ${payment.id} AND d.state <> 'final')`;

/** Only of one that cannot be used yet is it asked what became of it. */
const registrationOfAccount = sql<RegistrationRow | null>`(
  SELECT jsonb_build_object('state', e.state, 'error', e.error, 'failures', e.failures) FROM reactor.effect e
  WHERE ${destination.verifiedAt} IS NULL AND e.subject_kind = 'destination' AND e.subject_id = ${destination.id}::text AND e.kind = 'juno_bank_account'
  ORDER BY e.attempt DESC LIMIT 1)`;

/** Why no new money goes into the contract of a leg, or into the one in use; null where it does. */
const stoppedOfContract = (inUse: string) => sql<string | null>`(
  SELECT coalesce(s.reason, 'no reason given') FROM reactor.guard_switch s
  WHERE s.is_stopped AND s.name = 'contract:' || lower(coalesce(${leg.escrowContract}, ${inUse})))`;

/** A row a leg, with all that stands over the payment in each. One clock for all that is dated and compared: the database's. */
export const readRows = ({ db, settings }: Context, paymentId: string) =>
  db
    .select({
      row: payment,
      own: leg,
      account: destination,
      registration: registrationOfAccount,
      effects: effectsOf(paymentId),
      claims: claimsOfLeg,
      depositClaims: claimsOfPayment,
      now_ms: sql<string>`extract(epoch FROM reactor.now()) * 1000`,
      depositsReadAt_ms: sql<string | null>`${ms(depositsRead)}`,
      holds: holdsOver(paymentId),
      dispute: disputeOf,
      refund: sql<string | null>`${refundOrder.amount}`,
      stoppedAll: stoppedOver(paymentId, settings.bridge),
      uncleared: unclearedOf(paymentId),
      stopped: stoppedOf(destination.userId),
      isAddressProved: isAddressProved(settings),
      contractStopped: stoppedOfContract(settings.escrow),
      approvals: approvalsOfLeg,
      isLetOut: isLegLetOut,
      isDisputeOver,
    })
    .from(payment)
    .innerJoin(leg, eq(leg.paymentId, payment.id))
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .leftJoin(refundOrder, eq(refundOrder.legId, leg.id))
    .where(eq(payment.id, paymentId))
    .orderBy(asc(leg.createdAt), asc(leg.kind), asc(leg.id));
