import { and, asc, desc, eq, gte, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import { destination, hold, leg, payment } from '../db/schema.ts';
import { listDisputes } from '../disputes/list.ts';
import { sentenceTo } from '../guards/reasons.ts';
import { heldAmong } from '../guards/scope.ts';
import { maskName } from '../people/mask-name.ts';
import { nextDay, startOf } from '../report/day.ts';
import { amountOf } from './split.ts';
import { isFinal, type LegState, type PaymentKind, type PaymentStatus, paymentStatus } from './states.ts';
import { readTimeline, type TimelineLine } from './timeline.ts';

type PaymentRow = typeof payment.$inferSelect;
type LegRow = typeof leg.$inferSelect;

/** How many payments are read to fill one page when only some statuses are wanted. */
const SCAN = 500;

/** What a payment was asked for with. Never changes, so a repeated request gets the same bytes. */
export function termsOf(row: PaymentRow, canReadPeople: boolean) {
  const fees = row.fees.map((fee) => ({
    ...fee,
    fixed: fee.fixed === null ? null : centavos(BigInt(fee.fixed)),
    amount: centavos(BigInt(fee.amount)),
  }));
  return {
    id: row.id,
    number: row.number,
    payerId: row.payerId,
    recipientId: row.recipientId,
    /** What was agreed on, and what the payer sends: with the fees that the payer bears. */
    amount: formatDecimal(amountOf(centavos(row.amount), fees)),
    deposit: formatDecimal(centavos(row.amount)),
    currency: 'MXN' as const,
    custodyBasisPoints: row.custodyBasisPoints,
    custodySeconds: row.custodySeconds,
    release: row.releasePolicy,
    fees: fees.map((fee) => ({
      ...fee,
      fixed: fee.fixed && formatDecimal(fee.fixed),
      amount: formatDecimal(fee.amount),
    })),
    concept: row.concept,
    kind: row.kind,
    depositClabe: row.depositClabe === null || canReadPeople ? row.depositClabe : maskClabe(row.depositClabe),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}

export type PaymentTermsShown = ReturnType<typeof termsOf>;
export type PaymentSummary = PaymentTermsShown & { status: PaymentStatus };

export async function findPayment(db: Db, id: string): Promise<PaymentRow | null> {
  const [row] = await db.select().from(payment).where(eq(payment.id, id));
  return row ?? null;
}

const NUMBER = z.string().regex(/^[1-9]\d{0,14}$/);

/** The id of the payment that people name by its id or, shorter, by its number. */
export async function findPaymentId(db: Pick<Db, 'select'>, text: string): Promise<string | null> {
  const isNumber = NUMBER.safeParse(text).success;
  if (!isNumber && !z.uuid().safeParse(text).success) return null;
  const [row] = await db
    .select({ id: payment.id })
    .from(payment)
    .where(isNumber ? eq(payment.number, Number(text)) : eq(payment.id, text));
  return row?.id ?? null;
}

export type ListPaymentsParameters = Readonly<{
  limit: number;
  /** The number of the last payment of the page before. */
  before?: number | undefined;
  status?: PaymentStatus | undefined;
  /** With a leg in one of these states, whatever the status of the whole is. */
  legState?: readonly LegState[] | undefined;
  kind?: PaymentKind | undefined;
  /** Business days in Mexico City, both of them with it. */
  from?: string | undefined;
  to?: string | undefined;
  payerId?: string | undefined;
  recipientId?: string | undefined;
  /** Whom a commission of it is for. */
  beneficiaryId?: string | undefined;
  canReadPeople: boolean;
}>;

/** Payments, newest first. With a status, a page may be short and still have a next one: `next` says so. */
export async function listPayments(
  db: Db,
  { limit, before, status, legState, kind, from, to, canReadPeople, ...of }: ListPaymentsParameters,
): Promise<{ payments: PaymentSummary[]; next: number | null }> {
  const which = status && mayBe(status);
  // Most of those that may be it are.
  const read = status === undefined ? limit : which ? Math.min(SCAN, 2 * limit) : SCAN;
  const rows = await db
    .select()
    .from(payment)
    .where(
      and(
        before === undefined ? undefined : lt(payment.number, before),
        legState && hasLegIn(legState),
        kind && eq(payment.kind, kind),
        from === undefined ? undefined : gte(payment.createdAt, startOf(from)),
        to === undefined ? undefined : lt(payment.createdAt, startOf(nextDay(to))),
        of.payerId === undefined ? undefined : eq(payment.payerId, of.payerId),
        of.recipientId === undefined ? undefined : eq(payment.recipientId, of.recipientId),
        of.beneficiaryId === undefined ? undefined : isCommissionOf(of.beneficiaryId),
        which,
      ),
    )
    .orderBy(desc(payment.number))
    .limit(read);
  const statuses = await statusesOf(
    db,
    rows.map((row) => row.id),
  );
  const all = rows.map((row) => ({ ...termsOf(row, canReadPeople), status: statuses.get(row.id) ?? 'closed' }));
  const payments = all.filter((one) => status === undefined || one.status === status).slice(0, limit);
  const last = payments.length === limit ? payments.at(-1) : all.at(-1);
  const isLast = rows.length < read && last === all.at(-1);
  return { payments, next: isLast || !last ? null : last.number };
}

/** What is on its way is few, and found among them. */
const OPEN = sql`l.state NOT IN ('completed', 'replaced', 'expired', 'closed')`;
const hasLeg = (isSuch: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM reactor.leg l WHERE l.payment_id = ${payment.id} AND ${isSuch})`;

function hasLegIn(states: readonly LegState[]): SQL {
  const isIn = sql`l.state IN (${sql.join(
    states.map((state) => sql`${state}`),
    sql`, `,
  )})`;
  return hasLeg(states.some(isFinal) ? isIn : sql`${isIn} AND ${OPEN}`);
}

const isCommissionOf = (userId: string): SQL =>
  sql`${payment.id} IN (SELECT l.payment_id FROM reactor.destination d JOIN reactor.leg l ON l.destination_id = d.id
    WHERE d.user_id = ${userId} AND l.kind = 'commission')`;

/** Of one status, which legs it can have: what only few are, is found among few. */
function mayBe(status: PaymentStatus): SQL | undefined {
  if (status === 'on_hold') return undefined;
  const isSuch =
    status === 'needs_attention'
      ? sql`l.attention_code IS NOT NULL`
      : isFinal(status)
        ? sql`l.state = ${status}`
        : sql`l.state = ${status} AND ${OPEN}`;
  return hasLeg(isSuch);
}

/** The payments of these ids, newest first. */
export async function findPayments(
  db: Db,
  ids: readonly string[],
  canReadPeople: boolean,
): Promise<readonly PaymentSummary[]> {
  if (ids.length === 0) return [];
  const [rows, statuses] = await Promise.all([
    db
      .select()
      .from(payment)
      .where(inArray(payment.id, [...ids]))
      .orderBy(desc(payment.number)),
    statusesOf(db, ids),
  ]);
  return rows.map((row) => ({ ...termsOf(row, canReadPeople), status: statuses.get(row.id) ?? 'closed' }));
}

async function statusesOf(db: Db, ids: readonly string[]): Promise<Map<string, PaymentStatus>> {
  if (ids.length === 0) return new Map();
  const [legs, held] = await Promise.all([
    db
      .select()
      .from(leg)
      .where(inArray(leg.paymentId, [...ids])),
    heldAmong(db, ids),
  ]);
  const byPayment = Map.groupBy(legs, (l) => l.paymentId);
  return new Map(ids.map((id) => [id, statusOf(byPayment.get(id) ?? [], held.has(id))]));
}

const statusOf = (legs: readonly LegRow[], isHeld: boolean): PaymentStatus =>
  paymentStatus(
    legs.map((l) => ({ state: l.state, attention: l.attentionCode })),
    isHeld,
  );

export type PaymentShown = PaymentSummary & {
  /** The payer's own account that money goes back to. */
  refund: { clabe: string; legalName: string; isVerified: boolean } | null;
  legs: ReturnType<typeof shownLeg>[];
  holds: { kind: 'hold' | 'dispute'; reasonCode: string; sentence: string; owner: string; openedAt: string }[];
  /** All that ever were, newest first. */
  disputes: Awaited<ReturnType<typeof listDisputes>>['disputes'];
  timeline: TimelineLine[];
};

/** A payment as it stands: terms, status, legs, open holds and all that happened to it. Null when there is none. */
export async function showPayment(
  db: Db,
  id: string,
  { canReadPeople, canReadReasons }: Readonly<{ canReadPeople: boolean; canReadReasons: boolean }>,
): Promise<PaymentShown | null> {
  const row = await findPayment(db, id);
  if (!row) return null;
  const [legs, holds, held, refund, disputes] = await Promise.all([
    db
      .select({ leg, clabe: destination.clabe, legalName: destination.legalName, verifiedAt: destination.verifiedAt })
      .from(leg)
      .innerJoin(destination, eq(destination.id, leg.destinationId))
      .where(eq(leg.paymentId, id))
      .orderBy(asc(leg.createdAt), asc(leg.kind), asc(leg.id)),
    db
      .select()
      .from(hold)
      .where(and(eq(hold.paymentId, id), isNull(hold.closedAt)))
      .orderBy(asc(hold.openedAt)),
    heldAmong(db, [id]),
    row.refundDestinationId === null
      ? []
      : db.select().from(destination).where(eq(destination.id, row.refundDestinationId)),
    listDisputes(db, { paymentId: id }),
  ]);
  return {
    ...termsOf(row, canReadPeople),
    status: statusOf(
      legs.map((l) => l.leg),
      held.has(id),
    ),
    refund: refund[0] ? shownAccount(refund[0], canReadPeople) : null,
    legs: legs.map((l) => shownLeg(l.leg, l, canReadPeople)),
    holds: holds.map((one) => ({
      kind: one.kind,
      reasonCode: one.reasonCode,
      sentence: sentenceTo(canReadReasons, one),
      owner: one.owner,
      openedAt: one.openedAt.toISOString(),
    })),
    disputes: disputes.disputes,
    timeline: await readTimeline(
      db,
      id,
      legs.map((l) => l.leg.id),
      { canReadPeople, canReadReasons },
    ),
  };
}

type Account = Readonly<{ clabe: string; legalName: string; verifiedAt: Date | null }>;
const shownAccount = ({ clabe, legalName, verifiedAt }: Account, canReadPeople: boolean) => ({
  clabe: canReadPeople ? clabe : maskClabe(clabe),
  legalName: canReadPeople ? legalName : maskName(legalName),
  isVerified: verifiedAt !== null,
});

function shownLeg(row: LegRow, to: Account, canReadPeople: boolean) {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    since: row.enteredAt.toISOString(),
    amount: formatDecimal(centavos(row.amount)),
    rail: row.rail,
    replaces: row.replaces,
    payout: shownAccount(to, canReadPeople),
    escrow: {
      reference: row.reference,
      contract: row.escrowContract,
      id: row.escrowId?.toString() ?? null,
      deadline: row.deadline === null ? null : new Date(row.deadline * 1000).toISOString(),
    },
    attention:
      row.attentionCode === null
        ? null
        : { code: row.attentionCode, sentence: row.attentionText, owner: row.attentionOwner },
  };
}
