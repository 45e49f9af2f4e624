import { and, inArray, isNull, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { guardSwitch, hold } from '../db/schema.ts';
import type { EffectKind } from '../effects/states.ts';

/** Something forbids the act now. Nothing was written; the payment waits until it is lifted. */
export class GuardClosedError extends Error {
  override readonly name = 'GuardClosedError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type GuardScope = Readonly<{
  paymentId: string | null;
  /** Names of the switches that stand over this act; a name without a row is an open switch only if listed in no table: unknown means closed. */
  switches: readonly string[];
  /** Pesos that this act lets out, counted against today's cap; null when it lets nothing out. */
  outgoing: { cap: string; centavos: bigint } | null;
}>;

/** Off from when acts of ours are known outside and not here, until `kustodia recover` has rebuilt them; it stands over every act. */
export const RECOVERY_SWITCH = 'recovery';

/** A payment, and for a settlement also those whose accrued legs it pays: what holds one of them holds it. */
export const holdersOf = (paymentId: string) => sql`(
  SELECT ${paymentId}::uuid UNION
  SELECT a.payment_id FROM reactor.settlement_item i JOIN reactor.leg a ON a.id = i.leg_id JOIN reactor.leg s ON s.id = i.settlement_leg_id
  WHERE s.payment_id = ${paymentId}::uuid)`;

/** The switch over new money into an escrow contract; thrown by its breaker. */
export const contractSwitch = (address: string): string => `contract:${address.toLowerCase()}`;

/** The switch that stands over a call of a kind beside those of its payment: none unless it brings new money into a contract. */
export const switchesOverCall = (kind: EffectKind, { to }: { to: string }): string[] =>
  kind === 'chain_create' || kind === 'chain_fund' ? [contractSwitch(to)] : [];

/** The switches that stand over all that a payment does, beside those of its people. */
const PAYMENT_SWITCHES = ['all', 'rail:juno', 'rail:chain', RECOVERY_SWITCH];

/** The switches of a payment's people: payer and recipient, and of a settlement those of each payment that it pays for. */
const switchesOfPeople = (paymentId: string) => sql`(
  SELECT 'user:' || person.id FROM reactor.payment p, LATERAL (VALUES (p.payer_id), (p.recipient_id)) AS person (id)
  WHERE p.id IN ${holdersOf(paymentId)})`;

/** The names of all switches that stand over what a payment does. */
export async function switchesOver(db: Pick<Tx, 'execute'>, paymentId: string): Promise<string[]> {
  const { rows } = await db.execute<{ name: string }>(
    sql`SELECT DISTINCT name FROM ${switchesOfPeople(paymentId)} AS people (name) ORDER BY name`,
  );
  return [...PAYMENT_SWITCHES, ...rows.map(({ name }) => name)];
}

/** The holds and disputes that are open over a payment, as a part of a larger question. */
export const holdsOver = (paymentId: string) => sql<{ kind: 'hold' | 'dispute'; sentence: string }[]>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('kind', h.kind, 'sentence', h.sentence) ORDER BY h.opened_at, h.id), '[]')
  FROM reactor.hold h WHERE h.closed_at IS NULL AND h.payment_id IN ${holdersOf(paymentId)})`;

/** The switches over a payment that are off, likewise. */
export const stoppedOver = (paymentId: string) => sql<{ name: string; reason: string | null }[]>`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'reason', s.reason) ORDER BY s.name), '[]')
  FROM reactor.guard_switch s
  WHERE s.is_stopped AND (s.name IN ${PAYMENT_SWITCHES} OR s.name IN ${switchesOfPeople(paymentId)}))`;

/**
 * Everything that may forbid an effect, under locks: holds and disputes of the payment, the switches (FOR SHARE: whoever
 * throws one waits for this transaction, then excludes all later ones) and the caps (reserved here).
 */
export async function assertGuards(tx: Tx, scope: GuardScope): Promise<void> {
  if (scope.paymentId !== null) {
    await tx.execute(
      sql`SELECT 1 FROM reactor.payment WHERE id IN ${holdersOf(scope.paymentId)} ORDER BY id FOR UPDATE`,
    );
    const [open] = await tx
      .select()
      .from(hold)
      .where(and(sql`${hold.paymentId} IN ${holdersOf(scope.paymentId)}`, isNull(hold.closedAt)))
      .limit(1);
    if (open) throw new GuardClosedError(open.kind, `The payment has an open ${open.kind}: ${open.sentence}`);
  }
  const names = [RECOVERY_SWITCH, ...scope.switches];
  const rows = await tx.select().from(guardSwitch).where(inArray(guardSwitch.name, names)).for('share');
  const stopped = rows.find((row) => row.isStopped);
  if (stopped)
    throw new GuardClosedError('switch', `The switch “${stopped.name}” is off: ${stopped.reason ?? 'no reason given'}`);
  const missing = names.find((name) => !rows.some((row) => row.name === name));
  if (missing)
    throw new GuardClosedError('switch_missing', `There is no switch “${missing}”; what is missing counts as closed.`);
  if (scope.outgoing) await reserveCap(tx, scope.outgoing.cap, scope.outgoing.centavos);
}

async function reserveCap(tx: Tx, name: string, amount: bigint): Promise<void> {
  const reserved = await tx.execute(
    sql`UPDATE reactor.cap SET used_centavos = used_centavos + ${amount.toString()} WHERE name = ${name} AND used_centavos + ${amount.toString()} <= limit_centavos`,
  );
  if (reserved.rowCount !== 1)
    throw new GuardClosedError('cap', `The cap “${name}” leaves no room for ${amount} centavos.`);
}
