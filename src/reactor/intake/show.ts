import { type SQL, sql } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import type { DEPOSIT_STATUSES } from '../http/routes/deposits.ts';
import { maskName } from '../people/mask-name.ts';
import { SENTENCES } from '../suspense/show.ts';
import type { SuspenseReason } from './match.ts';
import { NOT_NAMED } from './twins.ts';

export type DepositStatus = (typeof DEPOSIT_STATUSES)[number];

const IS_GIVEN = sql`EXISTS (SELECT 1 FROM reactor.suspense_part p WHERE p.deposit_id = d.id)`;
/** A return that lay in suspense until a list named its payout is one like any other. */
const IS_RETURN = sql`coalesce(r.subject_kind, v.subject_kind) = 'leg'`;

/** Each deposit is in exactly one. */
const WHERE: Readonly<Record<DepositStatus, SQL>> = {
  seen_again: sql`d.twin_of IS NOT NULL`,
  waiting: sql`(NOT d.is_claimed AND d.twin_of IS NULL)`,
  payment: sql`(d.twin_of IS NULL AND v.subject_kind = 'payment')`,
  payout_return: sql`(d.twin_of IS NULL AND ${IS_RETURN})`,
  suspense: sql`(s.deposit_id IS NOT NULL AND s.closed_at IS NULL)`,
  given: sql`(s.closed_at IS NOT NULL AND s.explained_by IS NULL AND ${IS_GIVEN})`,
  sent_back: sql`(s.closed_at IS NOT NULL AND s.explained_by IS NULL AND NOT ${IS_GIVEN})`,
  explained: sql`(s.explained_by IS NOT NULL AND (${IS_RETURN}) IS NOT TRUE)`,
};
const STATUS = sql`CASE ${sql.join(
  Object.entries(WHERE).map(([status, where]) => sql`WHEN ${where} THEN ${status}`),
  sql` `,
)} ELSE 'waiting' END`;

type Row = Readonly<{
  id: string;
  status: DepositStatus;
  juno_status: string;
  amount: string;
  clabe: string;
  user_id: string | null;
  sender_clabe: string | null;
  sender_name: string | null;
  tracking_key: string | null;
  is_refund: boolean;
  seen_in: string[];
  twin_of: string | null;
  reason: SuspenseReason | null;
  explained_by: string | null;
  payments: { id: string; legId: string | null; amount: string }[];
  issuance_id: string | null;
  observed_at: string;
  claimed_at: string | null;
}>;

const read = (where: SQL, limit: number): SQL => sql`
  SELECT d.id, ${STATUS} AS status, d.status AS juno_status, d.amount_centavos::text AS amount, d.clabe, c.user_id,
    d.sender_clabe, d.sender_name, d.tracking_key, d.is_refund, d.seen_in, d.twin_of, s.reason, s.explained_by,
    coalesce(parts.payments, CASE
      WHEN v.subject_kind = 'payment' THEN json_build_array(json_build_object('id', v.subject_id, 'legId', NULL, 'amount', d.amount_centavos::text))
      WHEN ${IS_RETURN} THEN json_build_array(json_build_object('id', coalesce(r.detail, v.detail) ->> 'paymentId',
        'legId', coalesce(r.subject_id, v.subject_id), 'amount', d.amount_centavos::text))
      ELSE '[]' END) AS payments,
    coalesce(s.issuance_id, (SELECT i.external_id FROM reactor.evidence i
      WHERE i.source = 'juno_transaction' AND i.detail ->> 'depositId' = d.id LIMIT 1)) AS issuance_id,
    d.observed_at, v.claimed_at
  FROM reactor.juno_deposit d
  LEFT JOIN reactor.deposit_clabe c ON c.clabe = d.clabe
  LEFT JOIN reactor.evidence v ON v.source = 'juno_deposit' AND v.external_id = d.id
  LEFT JOIN reactor.evidence r ON r.source = 'suspense_return' AND r.external_id = d.id
  LEFT JOIN reactor.suspense s ON s.deposit_id = d.id
  CROSS JOIN LATERAL (SELECT json_agg(json_build_object('id', p.payment_id, 'legId', NULL, 'amount', p.amount_centavos::text) ORDER BY p.created_at, p.id) AS payments
    FROM reactor.suspense_part p WHERE p.deposit_id = d.id) parts
  WHERE ${where}
  ORDER BY d.observed_at DESC, d.id DESC LIMIT ${limit}`;

export type ListDepositsParameters = Readonly<{
  limit: number;
  /** The last deposit of the page before. */
  before?: { at: Date; id: string } | undefined;
  status?: DepositStatus | undefined;
  userId?: string | undefined;
  trackingKey?: string | undefined;
  canReadPeople: boolean;
}>;

/** Deposits as Juno showed them, newest first, each with what became of it. */
export async function listDeposits(
  db: Db,
  { limit, before, status, userId, trackingKey, canReadPeople }: ListDepositsParameters,
): Promise<{ items: DepositShown[]; next: { at: Date; id: string } | null }> {
  const wanted = [
    status === undefined ? undefined : WHERE[status],
    userId === undefined
      ? undefined
      : sql`d.clabe IN (SELECT clabe FROM reactor.deposit_clabe WHERE user_id = ${userId})`,
    trackingKey === undefined ? undefined : sql`d.tracking_key = ${trackingKey}`,
    before && sql`(d.observed_at, d.id) < (${before.at.toISOString()}::timestamptz, ${before.id})`,
  ].filter((condition) => condition !== undefined);
  const where = sql.join([sql`true`, ...wanted], sql` AND `);
  const { rows } = await db.execute<Row>(read(where, limit + 1));
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => shown(row, canReadPeople)),
    next: rows.length > limit && last ? { at: new Date(last.observed_at), id: last.id } : null,
  };
}

/** One deposit. Null where Juno never showed it. */
export async function showDeposit(db: Db, id: string, canReadPeople: boolean): Promise<DepositShown | null> {
  const [row] = (await db.execute<Row>(read(sql`d.id = ${id}`, 1))).rows;
  return row ? shown(row, canReadPeople) : null;
}

export type DepositShown = ReturnType<typeof shown>;

function shown(row: Row, canReadPeople: boolean) {
  const mask = (text: string) => (canReadPeople || text === NOT_NAMED ? text : maskClabe(text));
  const name = (text: string) => (canReadPeople ? text : maskName(text));
  return {
    ...{ id: row.id, status: row.status, sentence: sentenceOf(row), junoStatus: row.juno_status },
    ...{ amount: pesos(row.amount), currency: 'MXN' as const, depositClabe: mask(row.clabe), userId: row.user_id },
    sender: {
      clabe: row.sender_clabe === null ? null : mask(row.sender_clabe),
      name: row.sender_name && name(row.sender_name),
    },
    ...{ trackingKey: row.tracking_key, isReturn: row.is_refund, seenIn: row.seen_in, sameAs: row.twin_of },
    suspenseReason: row.reason,
    payments: row.payments.map(({ amount, ...of }) => ({ ...of, amount: pesos(amount) })),
    issuanceId: row.issuance_id,
    seenAt: new Date(row.observed_at).toISOString(),
    takenAt: row.claimed_at && new Date(row.claimed_at).toISOString(),
  };
}

const pesos = (units: string): string => formatDecimal(centavos(BigInt(units)));

/** What became of it, and what a person does about it, if anything. */
function sentenceOf({ status, juno_status, payments, reason, explained_by, twin_of }: Row): string {
  const paid = payments.map(({ id }) => id).join(', ');
  switch (status) {
    case 'waiting':
      return juno_status === 'complete'
        ? 'It is complete at Juno and nobody’s yet: the next look gives it away. If it stays so for over an hour, tell engineering.'
        : `Juno shows it as ${juno_status}: it is given to nobody before Juno shows it as complete.`;
    case 'payment':
      return `Payment ${paid} took it.`;
    case 'payout_return':
      return `It brought back a payout of payment ${paid}.`;
    case 'suspense':
      return `It is in suspense. ${reason === null ? '' : SENTENCES[reason]}`;
    case 'given':
      return `It was in suspense, and people gave it to ${paid}.`;
    case 'sent_back':
      return 'Juno sent it back to its sender; nothing is to be done.';
    case 'explained':
      return `It was in suspense until it turned out to be ${explained_by}; it is booked there.`;
    case 'seen_again':
      return `Another list shows deposit ${twin_of} under this id: it is one deposit, and it is booked there.`;
  }
}
