import { and, asc, desc, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import { depositClabe, junoDeposit, payment, suspense, suspensePart } from '../db/schema.ts';
import type { SuspenseReason } from '../intake/match.ts';
import { NOT_NAMED } from '../intake/twins.ts';
import { maskName } from '../people/mask-name.ts';
import type { SuspenseStatus } from './terms.ts';

const MOST_CANDIDATES = 20;

/** What a person needs to know to act on each reason. */
export const SENTENCES: Readonly<Record<SuspenseReason, string>> = {
  unknown_clabe:
    'It came to a CLABE that is no user’s here: made by hand, or after the backup that this database was restored from (kustodia recover says which). Find out who sent it; refund it if nobody can say.',
  no_open_payment: 'No payment of this user waits for a deposit. Create one and assign it, or refund it.',
  over: 'It is more than what is waited for. Split it: the payment, and the rest as a refund; or refund it.',
  under: 'It is less than what is waited for. Wait for the rest, or refund it.',
  split: 'It fits several payments together, or a payment together with other deposits. Split it, or refund them all.',
  late: 'The payment of this amount expired before it came. Create a new one and assign it, or refund it.',
  duplicate_amount: 'A payment of this amount got its deposit lately: the payer seems to have paid twice. Refund it.',
  below_minimum: 'It is less than Juno issues. Juno sends it back by itself; nothing is to be done.',
  returned:
    'A payout came back, and which one it was cannot be told for sure. Find it; two people then give it to whom it is owed.',
  unexplained:
    'Juno shows that it came in, and no list of deposits shows from whom; it may be a payout that came back. Ask Juno’s support, then assign or refund it, by two people.',
};

const columns = {
  item: suspense,
  clabe: junoDeposit.clabe,
  senderClabe: junoDeposit.senderClabe,
  senderName: junoDeposit.senderName,
  trackingKey: junoDeposit.trackingKey,
  userId: depositClabe.userId,
};
const isGiven = sql`EXISTS (SELECT 1 FROM reactor.suspense_part p WHERE p.deposit_id = ${suspense.depositId})`;
const WHERE: Readonly<Record<SuspenseStatus, ReturnType<typeof and>>> = {
  not_issued: and(isNull(suspense.closedAt), isNull(suspense.issuanceId)),
  open: and(isNull(suspense.closedAt), isNotNull(suspense.issuanceId)),
  given: and(isNotNull(suspense.closedAt), isGiven),
  sent_back: and(isNotNull(suspense.closedAt), isNull(suspense.explainedBy), sql`NOT ${isGiven}`),
  explained: isNotNull(suspense.explainedBy),
};

const read = (db: Db) =>
  db
    .select(columns)
    .from(suspense)
    .innerJoin(junoDeposit, eq(junoDeposit.id, suspense.depositId))
    .leftJoin(depositClabe, eq(depositClabe.clabe, junoDeposit.clabe));

export type ListSuspenseParameters = Readonly<{
  limit: number;
  /** The last item of the page before. */
  before?: { at: Date; id: string } | undefined;
  statuses: readonly SuspenseStatus[];
  reason?: SuspenseReason | undefined;
  userId?: string | undefined;
  canReadPeople: boolean;
}>;

/** Deposits in suspense, newest first. */
export async function listSuspense(
  db: Db,
  { limit, before, statuses, reason, userId, canReadPeople }: ListSuspenseParameters,
): Promise<{ items: SuspenseShown[]; next: { at: Date; id: string } | null }> {
  const at = before && sql`${before.at.toISOString()}::timestamptz`;
  const rows = await read(db)
    .where(
      and(
        or(...statuses.map((status) => WHERE[status])),
        reason === undefined ? undefined : eq(suspense.reason, reason),
        userId === undefined ? undefined : eq(depositClabe.userId, userId),
        before && sql`(${suspense.openedAt}, ${suspense.depositId}) < (${at}, ${before.id})`,
      ),
    )
    .orderBy(desc(suspense.openedAt), desc(suspense.depositId))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const parts = await partsOf(
    db,
    page.map(({ item }) => item.depositId),
  );
  const last = page.at(-1)?.item;
  return {
    items: page.map((row) => shown(row, parts, canReadPeople)),
    next: rows.length > limit && last ? { at: last.openedAt, id: last.depositId } : null,
  };
}

/** One item with the payments at its CLABE that wait for a deposit. Null when there is none. */
export async function showSuspense(db: Db, depositId: string, canReadPeople: boolean) {
  const [row] = await read(db).where(eq(suspense.depositId, depositId));
  if (!row) return null;
  const waiting = await db
    .select({ id: payment.id, number: payment.number, concept: payment.concept, amount: payment.amount })
    .from(payment)
    .where(and(eq(payment.depositClabe, row.clabe), eq(payment.awaitsDeposit, true)))
    .orderBy(desc(eq(payment.amount, row.item.amount)), asc(payment.number))
    .limit(MOST_CANDIDATES);
  return {
    ...shown(row, await partsOf(db, [depositId]), canReadPeople),
    openPayments: waiting.map((one) => ({ ...one, amount: formatDecimal(centavos(one.amount)) })),
  };
}

type PartRow = typeof suspensePart.$inferSelect;

async function partsOf(db: Db, depositIds: readonly string[]): Promise<PartRow[]> {
  if (depositIds.length === 0) return [];
  return db
    .select()
    .from(suspensePart)
    .where(inArray(suspensePart.depositId, [...depositIds]));
}

type Row = Awaited<ReturnType<typeof read>>[number];
export type SuspenseShown = ReturnType<typeof shown>;

function shown(row: Row, allParts: readonly PartRow[], canReadPeople: boolean) {
  const { item, clabe, userId, senderClabe, senderName, trackingKey } = row;
  const mask = (text: string) => (canReadPeople || text === NOT_NAMED ? text : maskClabe(text));
  const name = (text: string) => (canReadPeople ? text : maskName(text));
  const parts = allParts.filter(({ depositId }) => depositId === item.depositId);
  return {
    id: item.depositId,
    status: statusOf(item, parts.length > 0),
    reason: item.reason,
    sentence: SENTENCES[item.reason as SuspenseReason],
    amount: formatDecimal(centavos(item.amount)),
    currency: 'MXN' as const,
    depositClabe: mask(clabe),
    userId,
    sender: { clabe: senderClabe === null ? null : mask(senderClabe), name: senderName && name(senderName) },
    trackingKey,
    issuanceId: item.issuanceId,
    explainedBy: item.explainedBy,
    openedAt: item.openedAt.toISOString(),
    closedAt: item.closedAt?.toISOString() ?? null,
    parts: parts.map(({ id, paymentId, amount }) => ({ id, paymentId, amount: formatDecimal(centavos(amount)) })),
  };
}

function statusOf({ closedAt, issuanceId, explainedBy }: Row['item'], isGivenAway: boolean): SuspenseStatus {
  if (explainedBy !== null) return 'explained';
  if (closedAt) return isGivenAway ? 'given' : 'sent_back';
  return issuanceId === null ? 'not_issued' : 'open';
}
