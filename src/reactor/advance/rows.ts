/** What the database has of a payment, asked in one question at one moment: it is asked each time that somebody looks. */
import { asc, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Db } from '../db/client.ts';
import { destination, leg, payment, refundOrder } from '../db/schema.ts';
import { type Lane, taking } from '../effects/lane.ts';
import type { EffectState } from '../effects/states.ts';
import {
  type Given,
  heldOf,
  holdersOf,
  holdsOver,
  namesOver,
  type Scope,
  stoppedOf,
  stoppedOver,
  unclearedOf,
  walletSwitch,
} from '../guards/scope.ts';
import { depositsRead } from '../intake/deposits.ts';
import { isEarnedBy } from '../ledger/earned.ts';
import type { EffectView, LegFacts } from '../payment/view.ts';
import { depositAddressId, isAddressProved } from '../probe/trust.ts';
import { approvalsOfLeg, isDisputeOver, isLegLetOut } from '../release/standing.ts';

/** An attempt at an effect of a leg; what it asks for is read of those kinds that end an escrow. Dates are milliseconds since 1970. */
export type EffectRow = Omit<EffectView, 'firstSentAt' | 'nextLookAt' | 'early'> &
  Readonly<{ legId: string; firstSentAt: number | null; nextLookAt: number; request: unknown }>;

/** What was claimed for a leg. */
export type ClaimRow = Readonly<{ source: string; id: string; detail: unknown; claimedAt: number }>;

/** The leg of a settlement that a leg was put in. */
export type SettlementRow = NonNullable<LegFacts['settlement']>;

/** The newest attempt to register a payout account at Juno. */
export type RegistrationRow = Readonly<{ state: EffectState; error: { text: string } | null; failures: number }>;

const ms = (moment: ReturnType<typeof sql.raw>) => sql`round(extract(epoch FROM ${moment}) * 1000)`;

/** The effects of a payment's legs, the newest attempt first. */
const effectsOf = (paymentId: Given) => sql<EffectRow[]>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('legId', e.subject_id, 'id', e.id, 'kind', e.kind, 'attempt', e.attempt, 'state', e.state,
    'externalId', e.external_id, 'failures', e.failures, 'error', e.error, 'firstSentAt', ${ms(sql.raw('e.first_sent_at'))},
    'nextLookAt', ${ms(sql.raw('e.next_look_at'))}, 'isNextAllowed', e.decided_by IS NOT NULL,
    'request', CASE WHEN e.kind IN ('chain_release', 'approver_signature') THEN e.request END) ORDER BY e.attempt DESC), '[]')
  FROM reactor.effect e WHERE e.payment_id = ${paymentId}::uuid AND e.subject_kind = 'leg')`;

/** All that was claimed for a leg. */
export const claimsOfLeg = sql<ClaimRow[]>`(
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

/** A leg that a settlement pays is told by the leg that it was put in; its own key is asked of none but those that may be in one. */
const settlementOfLeg = sql<SettlementRow | null>`(
  SELECT jsonb_build_object('paymentId', s.payment_id, 'legId', s.id, 'state', s.state, 'isSettledOutside', o.leg_id IS NOT NULL)
  FROM reactor.settlement_item i JOIN reactor.leg s ON s.id = i.settlement_leg_id LEFT JOIN reactor.settled_outside o ON o.leg_id = s.id
  WHERE i.leg_id = ${leg.id} AND ${leg.state} IN ('accrued', 'completed'))`;

/** Only of one that cannot be used yet is it asked what became of it. */
const registrationOfAccount = sql<RegistrationRow | null>`(
  SELECT jsonb_build_object('state', e.state, 'error', e.error, 'failures', e.failures) FROM reactor.effect e
  WHERE ${destination.verifiedAt} IS NULL AND e.subject_kind = 'destination' AND e.subject_id = ${destination.id}::text AND e.kind = 'juno_bank_account'
  ORDER BY e.attempt DESC LIMIT 1)`;

/** Why no new money goes into the contract of a leg, or into the one in use; null where it does. */
const stoppedOfContract = (inUse: Given) => sql<string | null>`(
  SELECT coalesce(s.reason, 'no reason given') FROM reactor.guard_switch s
  WHERE s.is_stopped AND s.name = 'contract:' || lower(coalesce(${leg.escrowContract}, ${inUse})))`;

const PAYMENT = sql.placeholder('payment');
/** Asked once in front of the question; its parts refer to it. */
const SCOPE: Scope = {
  paymentId: PAYMENT,
  holders: sql`(SELECT id FROM holders)`,
  names: sql`(SELECT name FROM names)`,
};

/** With all that stands over the payment in each row. One clock for all that is dated and compared: the database's. */
const SHOWN = {
  row: payment,
  own: leg,
  account: destination,
  registration: registrationOfAccount,
  effects: effectsOf(PAYMENT),
  claims: claimsOfLeg,
  depositClaims: claimsOfPayment,
  now_ms: sql<string>`extract(epoch FROM reactor.now()) * 1000`,
  depositsReadAt_ms: sql<string | null>`${ms(depositsRead)}`,
  holds: holdsOver(SCOPE),
  dispute: disputeOf,
  refund: sql<string | null>`${refundOrder.amount}`,
  stoppedAll: stoppedOver(SCOPE, sql.placeholder('wallet')),
  uncleared: unclearedOf(SCOPE),
  stopped: stoppedOf(destination.userId),
  held: heldOf(destination.userId),
  isAddressProved: isAddressProved(sql.placeholder('address')),
  contractStopped: stoppedOfContract(sql.placeholder('escrow')),
  approvals: approvalsOfLeg,
  isLetOut: isLegLetOut,
  isDisputeOver,
  settlement: settlementOfLeg,
  isEarned: isEarnedBy(leg.id),
};
const given = (ctx: Context, id: string) => ({
  payment: id,
  wallet: walletSwitch(ctx.settings.bridge),
  address: depositAddressId(ctx),
  escrow: ctx.settings.escrow,
});

const TAKEN = taking(
  sql.placeholder('lane'),
  sql.placeholder('holder'),
  sql`EXISTS (SELECT 1 FROM reactor.payment WHERE id = ${PAYMENT}::uuid)`,
);
/** Nobody held it when the question began, and this epoch is the next: nobody did in between. */
const IS_FRESH = sql<boolean>`coalesce(
  (SELECT holder IS NULL AND epoch + 1 = (SELECT epoch FROM taken) FROM reactor.lane WHERE name = ${sql.placeholder('lane')}),
  (SELECT epoch FROM taken) = 1)`;

/** Both questions are put together, and planned, once: they are asked at each look. */
function prepare(db: Db) {
  const holders = db
    .$with('holders', { id: sql<string>`id`.as('id') })
    .as(sql`SELECT id FROM ${holdersOf(PAYMENT)} AS holders (id)`);
  const names = db
    .$with('names', { name: sql<string>`name`.as('name') })
    .as(sql`SELECT name FROM ${namesOver(PAYMENT, SCOPE.holders)} AS names (name)`);
  const taken = db.$with('taken', { epoch: sql<string>`epoch`.as('epoch') }).as(TAKEN);
  return {
    read: db
      .with(holders, names)
      .select(SHOWN)
      .from(payment)
      .innerJoin(leg, eq(leg.paymentId, payment.id))
      .innerJoin(destination, eq(destination.id, leg.destinationId))
      .leftJoin(refundOrder, eq(refundOrder.legId, leg.id))
      .where(eq(payment.id, PAYMENT))
      .orderBy(asc(leg.createdAt), asc(leg.kind), asc(leg.id))
      .prepare('payment_read'),
    take: db
      .with(holders, names, taken)
      .select({ ...SHOWN, epoch: sql<string | null>`(SELECT epoch FROM taken)`, isFresh: IS_FRESH })
      .from(payment)
      .innerJoin(leg, eq(leg.paymentId, payment.id))
      .innerJoin(destination, eq(destination.id, leg.destinationId))
      .leftJoin(refundOrder, eq(refundOrder.legId, leg.id))
      .where(eq(payment.id, PAYMENT))
      .orderBy(asc(leg.createdAt), asc(leg.kind), asc(leg.id))
      .prepare('payment_take'),
  };
}
const prepared = new WeakMap<Db, ReturnType<typeof prepare>>();
function preparedOn(db: Db): ReturnType<typeof prepare> {
  const known = prepared.get(db) ?? prepare(db);
  prepared.set(db, known);
  return known;
}

export type Rows = Awaited<ReturnType<typeof readRows>>;

/** A row a leg. */
export const readRows = (ctx: Context, paymentId: string) => preparedOn(ctx.db).read.execute(given(ctx, paymentId));

/**
 * Takes a payment's lane and reads its rows in one question. The rows are of the moment at which the question began: where somebody
 * else may have held the lane after that, they are read again. Answers `busy` when somebody holds it, null when there is no such payment.
 */
export async function takeRows(ctx: Context, paymentId: string): Promise<{ lane: Lane; rows: Rows } | 'busy' | null> {
  const [name, { holder }] = [`payment:${paymentId}`, ctx];
  const rows = await preparedOn(ctx.db).take.execute({ ...given(ctx, paymentId), lane: name, holder });
  const [first] = rows;
  if (!first) return null;
  if (first.epoch === null) return 'busy';
  const lane = { name, epoch: Number(first.epoch), holder };
  return { lane, rows: first.isFresh ? rows : await readRows(ctx, paymentId) };
}
