/** What stands over a payment: as parts of a larger question, and as the names of switches. */
import { type AnyColumn, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { type EffectKind, RELEASES } from '../effects/states.ts';
import type { Uncleared } from '../payment/screening.ts';
import { FROM_RETURN } from '../payment/states.ts';
import type { PaymentView } from '../payment/view.ts';

/** A value, or the place of one in a question that is put together once. */
export type Given = string | Placeholder;

/** Off from when acts of ours are known outside and not here, until `kustodia recover` has rebuilt them; it stands over every act. */
export const RECOVERY_SWITCH = 'recovery';

/** Stands over what one key signs. */
export const walletSwitch = (address: string): string => `wallet:${address.toLowerCase()}`;

/** The switch over new money into an escrow contract; thrown by its breaker. */
export const contractSwitch = (address: string): string => `contract:${address.toLowerCase()}`;

/** The switch that stands over a call of a kind beside those of its payment: none unless it brings new money into a contract. */
export const switchesOverCall = (kind: EffectKind, { to }: { to: string }): string[] =>
  kind === 'chain_create' || kind === 'chain_fund' ? [contractSwitch(to)] : [];

/** What an effect of a kind passes of that which stands over its payment (`GuardScope`). */
export const passesOf = (kind: EffectKind) => ({
  isFreeze: kind === 'chain_dispute',
  isRelease: RELEASES.has(kind),
});

/** A payment, and for a settlement also those whose accrued legs it pays: what holds one of them holds it. */
export const holdersOf = (paymentId: Given) => sql`(
  SELECT ${paymentId}::uuid UNION
  SELECT a.payment_id FROM reactor.settlement_item i JOIN reactor.leg a ON a.id = i.leg_id JOIN reactor.leg s ON s.id = i.settlement_leg_id
  WHERE s.payment_id = ${paymentId}::uuid)`;

/** The switches that stand over all that a payment does, beside those of its people and of its legs' rails. */
const PAYMENT_SWITCHES = ['all', 'rail:juno', 'rail:chain', RECOVERY_SWITCH];

/** To whose CLABE the deposits came that some payments were given out of suspense: it need not be their payer's. */
const depositorsOf = (payments: ReturnType<typeof sql>) => sql`(
  SELECT c.user_id FROM reactor.suspense_part given JOIN reactor.juno_deposit j ON j.id = given.deposit_id
    JOIN reactor.deposit_clabe c ON c.clabe = j.clabe WHERE given.payment_id IN ${payments})`;

/** Whether a deposit that came to somebody's CLABE was given to a payment, as a part of a larger question. */
export const isDepositorOf = (userId: string, paymentId: SQL) =>
  sql`${userId}::uuid IN ${depositorsOf(sql`(${paymentId})`)}`;

/**
 * Whose money those move that a payment holds for, and whether it is its own: payers, recipients, whose deposit it was, and the owners of
 * the accounts that their legs are paid to.
 */
const peopleOf = ({ paymentId, holders }: Scope) => sql`(
  SELECT person.id, p.id = ${paymentId}::uuid FROM reactor.payment p, LATERAL (VALUES (p.payer_id), (p.recipient_id)) AS person (id) WHERE p.id IN ${holders}
  UNION ALL SELECT c.user_id, given.payment_id = ${paymentId}::uuid FROM reactor.suspense_part given JOIN reactor.juno_deposit j ON j.id = given.deposit_id
    JOIN reactor.deposit_clabe c ON c.clabe = j.clabe WHERE given.payment_id IN ${holders}
  UNION ALL SELECT d.user_id, l.payment_id = ${paymentId}::uuid FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id WHERE l.payment_id IN ${holders})`;

/** The switches of payer, recipient and whose deposit it was, and of a settlement those of each payment that it pays for. */
const switchesOfPeople = (holders: SQL) => sql`(
  SELECT 'user:' || user_id FROM ${depositorsOf(holders)} AS depositors UNION
  SELECT 'user:' || person.id FROM reactor.payment p, LATERAL (VALUES (p.payer_id), (p.recipient_id)) AS person (id)
  WHERE p.id IN ${holders})`;

/** The switches of whoever a payment's legs pay, or one leg alone: they may be neither payer nor recipient. */
const switchesOfPaid = (paymentId: Given, legId: string | null) => sql`(
  SELECT 'user:' || d.user_id FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id
  WHERE l.payment_id = ${paymentId}::uuid AND ${legId === null ? sql`true` : sql`l.id = ${legId}::uuid`})`;

/** The switches of the rails that a payment's legs are bound to, or one leg alone. */
const switchesOfRails = (paymentId: Given, legId: string | null, among: SQL = sql`true`) => sql`(
  SELECT 'rail:' || l.rail FROM reactor.leg l
  WHERE l.payment_id = ${paymentId}::uuid AND ${legId === null ? sql`true` : sql`l.id = ${legId}::uuid`} AND ${among})`;

/**
 * The names of all switches that stand over what a payment does: with a leg, over what that leg does. What is released again once it is
 * back at Juno leads to no payout.
 */
export async function switchesOver(
  db: Pick<Tx, 'execute'>,
  paymentId: string,
  { legId = null, isRelease = false }: Readonly<{ legId?: string | null; isRelease?: boolean }> = {},
): Promise<string[]> {
  const rails = isRelease ? sql`l.state NOT IN ${[...FROM_RETURN]}` : sql`true`;
  const { rows } = await db.execute<{ name: string }>(sql`
    SELECT name FROM ${switchesOfPeople(holdersOf(paymentId))} AS people (name)
    UNION SELECT name FROM ${switchesOfPaid(paymentId, legId)} AS paid (name)
    UNION SELECT name FROM ${switchesOfRails(paymentId, legId, rails)} AS rails (name) ORDER BY name`);
  return [...PAYMENT_SWITCHES, ...rows.map(({ name }) => name)];
}

/**
 * A payment with what its scope is asked of: those that it holds for, and the names of the switches that stand over them. Either as
 * questions of their own, or as what a larger question has answered already.
 */
export type Scope = Readonly<{ paymentId: Given; holders: SQL; names: SQL }>;

/** The names of the switches over what a payment does, and over those that it holds for. */
export const namesOver = (paymentId: Given, holders: SQL) => sql`(
  SELECT unnest(ARRAY[${sql.join(
    PAYMENT_SWITCHES.map((name) => sql`${name}::text`),
    sql`, `,
  )}]) UNION SELECT * FROM ${switchesOfPeople(holders)} AS people UNION SELECT * FROM ${switchesOfRails(paymentId, null)} AS rails)`;

/** The scope of a payment as questions of their own. */
export const scopeOf = (paymentId: Given): Scope => {
  const holders = holdersOf(paymentId);
  return { paymentId, holders, names: sql`(SELECT * FROM ${namesOver(paymentId, holders)} AS names)` };
};

/** The holds and disputes that are open over a payment, as a part of a larger question. */
export const holdsOver = ({ holders, names }: Scope) => sql<PaymentView['holds']>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('kind', h.kind, 'sentence', h.sentence, 'over', h.over) ORDER BY h.opened_at, h.id), '[]')
  FROM (
    SELECT id, kind, sentence, NULL AS over, opened_at FROM reactor.hold WHERE closed_at IS NULL AND payment_id IN ${holders}
    UNION ALL
    SELECT id, 'hold', sentence, switch_name, opened_at FROM reactor.wide_hold
    WHERE closed_at IS NULL AND switch_name IN ${names}
  ) h)`;

/** The switch of whoever an account is, where it is off, as a part of a larger question. */
export const stoppedOf = (userId: AnyColumn) => sql<{ name: string; reason: string | null } | null>`(
  SELECT jsonb_build_object('name', s.name, 'reason', s.reason) FROM reactor.guard_switch s
  WHERE s.is_stopped AND s.name = 'user:' || ${userId})`;

/** The first hold on whoever an account is that is open, likewise. */
export const heldOf = (userId: AnyColumn) => sql<PaymentView['holds'][number] | null>`(
  SELECT jsonb_build_object('kind', 'hold', 'sentence', w.sentence, 'over', w.switch_name) FROM reactor.wide_hold w
  WHERE w.closed_at IS NULL AND w.switch_name = 'user:' || ${userId} ORDER BY w.opened_at, w.id LIMIT 1)`;

/** Of some payments those that a hold or a dispute keeps where they are: their own, or one over what is open of them. */
export async function heldAmong(db: Pick<Tx, 'execute'>, paymentIds: readonly string[]): Promise<Set<string>> {
  if (paymentIds.length === 0) return new Set();
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT payment_id AS id FROM reactor.hold WHERE closed_at IS NULL AND payment_id IN ${paymentIds}
    UNION SELECT p.id FROM reactor.payment p JOIN reactor.leg l ON l.payment_id = p.id JOIN reactor.destination d ON d.id = l.destination_id
      JOIN reactor.wide_hold w ON w.switch_name IN ('user:' || p.payer_id, 'user:' || p.recipient_id, 'user:' || d.user_id, 'rail:' || l.rail, 'rail:juno', 'rail:chain')
    WHERE w.closed_at IS NULL AND p.id IN ${paymentIds} AND l.state NOT IN ('completed', 'replaced', 'expired', 'closed')
    UNION SELECT l.payment_id FROM reactor.leg l JOIN reactor.wide_hold w ON w.switch_name IN (SELECT 'user:' || user_id FROM ${depositorsOf(sql`(l.payment_id)`)} AS depositors)
    WHERE w.closed_at IS NULL AND l.payment_id IN ${paymentIds} AND l.state NOT IN ('completed', 'replaced', 'expired', 'closed')`);
  return new Set(rows.map(({ id }) => id));
}

/** The switches over a payment that are off, likewise; that of a wallet among them. */
export const stoppedOver = ({ names }: Scope, ofWallet: Given) => sql<PaymentView['stopped']>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'reason', s.reason) ORDER BY s.name), '[]')
  FROM reactor.guard_switch s
  WHERE s.is_stopped AND (s.name = ${ofWallet} OR s.name IN ${names}))`;

/** What was found of somebody by the check that was made last. */
const newestOf = (userId: SQL) =>
  sql`(SELECT * FROM reactor.screening WHERE user_id = ${userId} ORDER BY checked_at DESC, screening.id DESC LIMIT 1)`;

const isBarred = sql`(s.blacklist <> 'clear' OR s.kyc = 'refused')`;

/**
 * Whether payer, recipient or whose deposit it was is stopped, held, found on a blacklist or refused, as a part of a larger question.
 */
export const isKeptBack = ({
  id,
  payerId,
  recipientId,
}: Record<'id' | 'payerId' | 'recipientId', AnyColumn>) => sql`EXISTS (
  SELECT 1 FROM (SELECT person.id FROM (VALUES (${payerId}), (${recipientId})) AS person (id)
    UNION SELECT user_id FROM ${depositorsOf(sql`(${id})`)} AS depositors) AS people (id)
  WHERE EXISTS (SELECT 1 FROM reactor.guard_switch g WHERE g.is_stopped AND g.name = 'user:' || people.id)
    OR EXISTS (SELECT 1 FROM reactor.wide_hold h WHERE h.closed_at IS NULL AND h.switch_name = 'user:' || people.id)
    OR EXISTS (SELECT 1 FROM ${newestOf(sql`people.id`)} s WHERE ${isBarred}))`;

/**
 * Those whose newest screening forbids what a payment does now, likewise: each of its own people who is not cleared, and of those whose
 * accrued legs a settlement pays whoever is barred. What a settlement moves is its beneficiary's, and the others were cleared when the
 * money left the escrow: that their check has become too old since stops nothing.
 */
export const unclearedOf = (scope: Scope) => sql<Uncleared[]>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('userId', people.id, 'why', CASE
    WHEN s.id IS NULL THEN 'missing' WHEN s.blacklist <> 'clear' THEN 'listed' WHEN s.kyc <> 'verified' THEN s.kyc ELSE 'stale' END)
    ORDER BY people.id), '[]')
  FROM (SELECT id, bool_or(is_own) FROM ${peopleOf(scope)} AS everybody (id, is_own) GROUP BY id) AS people (id, is_own)
  LEFT JOIN LATERAL ${newestOf(sql`people.id`)} s ON true
  WHERE CASE WHEN people.is_own THEN (s.kyc = 'verified' AND s.blacklist = 'clear' AND s.valid_until > reactor.now()) IS NOT TRUE
    ELSE ${isBarred} END)`;
