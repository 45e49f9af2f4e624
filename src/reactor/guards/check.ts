import { eq, inArray, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { guardSwitch } from '../db/schema.ts';
import { sentenceOf, type Uncleared } from '../payment/screening.ts';
import { holdersOf, RECOVERY_SWITCH, scopeOf, switchesOver, unclearedOf } from './scope.ts';

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
  /** Of what one leg does alone: the other legs' rails do not stand over it. */
  legId?: string | null;
  /** Switches over this act beside those of its payment. A name without a row is no open switch: unknown means closed. */
  switches: readonly string[];
  /** It only keeps money where it is: no hold and no screening is a reason against it. */
  isFreeze?: boolean;
  /** It only brings MXNB from the leg's escrow to the wallet: once the leg is back at Juno no rail of a payout stands over that. */
  isRelease?: boolean;
}>;

/** Whoever throws a switch asks for it alone, and every intent for its share: in turn, so that no stream of intents can keep it waiting. */
const INTENTS = sql`hashtextextended('reactor.intents', 0)`;

/**
 * Everything that may forbid an effect, under locks: holds and disputes, the switches (FOR SHARE: whoever throws one waits for this
 * transaction, then excludes all later ones), and whether its people are cleared. Throws a GuardClosedError.
 */
export async function assertGuards(
  tx: Tx,
  { paymentId, legId = null, switches, isFreeze = false, isRelease = false }: GuardScope,
): Promise<void> {
  await lock(tx, paymentId);
  const over = paymentId === null ? [] : await switchesOver(tx, paymentId, { legId, isRelease });
  const names = [...new Set([RECOVERY_SWITCH, ...switches, ...over])];
  const rows = await tx.select().from(guardSwitch).where(inArray(guardSwitch.name, names)).for('share');
  const bars = isFreeze ? NO_BARS : await readBars(tx, paymentId, names);
  assertNotHeld(bars);
  const stopped = rows.find((row) => row.isStopped);
  if (stopped)
    throw new GuardClosedError(
      'switch',
      `The switch “${stopped.name}” is off. kustodia guard show ${stopped.name} says why.`,
    );
  const missing = names.find((name) => !rows.some((row) => row.name === name));
  if (missing)
    throw new GuardClosedError('switch_missing', `There is no switch “${missing}”; what is missing counts as closed.`);
  assertCleared(bars);
}

/** The payment with those that it pays for, and then the share that each intent asks for. */
async function lock(tx: Tx, paymentId: string | null): Promise<void> {
  const share = sql`pg_advisory_xact_lock_shared(${INTENTS})`;
  if (paymentId === null) await tx.execute(sql`SELECT ${share}`);
  else
    await tx.execute(sql`
      WITH own AS MATERIALIZED (SELECT 1 FROM reactor.payment WHERE id IN ${holdersOf(paymentId)} ORDER BY id FOR UPDATE)
      SELECT count(*), ${share} FROM own`);
}

/**
 * Every intent under way ends first, and later ones wait for this transaction, which must be short. For whoever throws a switch, and
 * for whoever puts a hold or a screening on what it stands for. False when there is none of that name.
 */
export async function excludeIntents(tx: Tx, name: string): Promise<boolean> {
  await awaitIntents(tx);
  return (await tx.$count(guardSwitch, eq(guardSwitch.name, name))) > 0;
}

/** The same for what stands over every intent. */
export async function awaitIntents(tx: Tx): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${INTENTS})`);
}

type Bars = Readonly<{
  open: { kind: string; code: string; over: string | null } | null;
  uncleared: readonly Uncleared[];
}>;
const NO_BARS: Bars = { open: null, uncleared: [] };

/**
 * A hold over it, and who of its people is not cleared. Read after the locks on the switches of these people: a screening that comes
 * meanwhile waits, or was there before.
 */
async function readBars(tx: Tx, paymentId: string | null, names: readonly string[]): Promise<Bars> {
  const [own, uncleared] =
    paymentId === null
      ? [sql`false`, sql`'[]'::jsonb`]
      : [sql`payment_id IN ${holdersOf(paymentId)}`, unclearedOf(scopeOf(paymentId))];
  const { rows } = await tx.execute<Bars>(sql`
    SELECT ${uncleared} AS uncleared, (SELECT to_jsonb(h) FROM (
      SELECT kind::text, reason_code AS code, NULL AS over FROM reactor.hold WHERE closed_at IS NULL AND ${own}
      UNION ALL SELECT 'hold', reason_code, switch_name FROM reactor.wide_hold WHERE closed_at IS NULL AND switch_name IN ${names}) AS h LIMIT 1) AS open`);
  const [bars] = rows;
  if (!bars) throw new Error('the database did not say what bars the act');
  return bars;
}

function assertNotHeld({ open }: Bars): void {
  if (open)
    throw new GuardClosedError(
      open.kind,
      `${open.over ? `“${open.over}”` : 'The payment'} has an open ${open.kind}: ${open.code}`,
    );
}

function assertCleared({ uncleared: [first] }: Bars): void {
  if (first) throw new GuardClosedError('screening', `Whose money it is, is not cleared: ${sentenceOf(first)}.`);
}
