/** Where the unspent or returned money of a leg is, as the books and the rails' records have it. */
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { centavos, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { effect, evidence, junoDeposit, ledgerEntry, type leg } from '../db/schema.ts';
import { assertAtBitso, assertInPool } from '../effects/seen-back.ts';
import { isEarned } from '../ledger/earned.ts';
import { backAtBitso, handOver, JOURNEY, OWNERS, type Posting } from '../ledger/journey.ts';
import { notNow, notSeen, toldWrong } from './refusals.ts';
import type { Place } from './terms.ts';

export type LegRow = typeof leg.$inferSelect;

export type Found = Readonly<{
  at: Place;
  /** The account in which it is owed, once it is brought there. */
  owed: 'liability' | 'paying_out';
  /** What the books still have to say for it to be there. */
  bring: Readonly<{ key: string; postings: readonly Posting[] }> | null;
  /** No record of a rail's places it there: its balance has to agree that it is. */
  isForBalance: boolean;
}>;

/**
 * Finds the money of a leg that waits to be paid, or whose payout came to nothing. `told`: where people say that it is, believed only
 * where no record says anything. Throws a Refusal `leg_not_payable_now`, `money_not_seen`, `money_seen_elsewhere`.
 */
export async function moneyOf(db: Db | Tx, ctx: Pick<Context, 'settings'>, row: LegRow, told?: Place): Promise<Found> {
  const found = await placeOf(db, ctx, row, told);
  if (told && told !== found.at) throw toldWrong(found.at);
  if (!(await isOwedAsCommission(db, row))) return found;
  const { key, postings } = found.bring ?? { key: `unearned:${row.id}`, postings: [] };
  return { ...found, bring: { key, postings: [...JOURNEY.unearned(centavos(row.amount)), ...postings] } };
}

/** Whether what is owed stands in the account of commissions: from when it is earned until it is being paid, and when that came back. */
async function isOwedAsCommission(db: Db | Tx, { id, kind, state }: LegRow): Promise<boolean> {
  if (kind !== 'commission') return false;
  return state === 'payout_returned' || (state === 'reserved' && (await isEarned(db, id)));
}

async function placeOf(db: Db | Tx, ctx: Pick<Context, 'settings'>, row: LegRow, told?: Place): Promise<Found> {
  const amount = centavos(row.amount);
  const inPool = { at: 'juno', owed: 'liability', bring: null, isForBalance: false } as const;
  switch (row.state) {
    case 'deposited':
    case 'reserved':
    case 'returned':
      return inPool;
    case 'accrued': {
      const payable = { account: 'payable', owner: OWNERS.payoutAccount(row.destinationId) } as const;
      return {
        ...inPool,
        bring: { key: `unaccrued:${row.id}`, postings: handOver(amount, payable, { account: 'liability' }) },
      };
    }
    case 'paying_out':
    case 'payout_failed':
      return { at: 'bitso', owed: 'paying_out', bring: null, isForBalance: false };
    case 'payout_returned':
      return returned(db, ctx, row, told);
    default:
      throw notNow(
        'Its money is not where a payout begins',
        `The leg is ${row.state}: only what waits to be paid, or whose payout failed or came back, is paid otherwise.`,
      );
  }
}

async function returned(
  db: Db | Tx,
  { settings }: Pick<Context, 'settings'>,
  row: LegRow,
  told: Place | undefined,
): Promise<Found> {
  const amount = centavos(row.amount);
  const isReturn = and(
    eq(evidence.subjectKind, 'leg'),
    eq(evidence.subjectId, row.id),
    sql`${evidence.detail} @> '{"isReturn": true}'`,
  );
  const [back] = await db
    .select({
      id: evidence.externalId,
      paidBy: effect.kind,
      isOld: sql<boolean>`${junoDeposit.observedAt} < reactor.now() - ${settings.junoIssuancePatience_s} * interval '1 second'`,
    })
    .from(evidence)
    .leftJoin(effect, sql`${effect.id}::text = ${evidence.detail} ->> 'effectId'`)
    .leftJoin(junoDeposit, eq(junoDeposit.id, evidence.externalId))
    .where(isReturn)
    .orderBy(desc(evidence.claimedAt))
    .limit(1);
  if (!back) throw new Error(`leg ${row.id} is payout_returned and nothing brought it back`);
  const keys = [`return_issuance:${back.id}`, `return_issuance:rematch:${back.id}`];
  const [issued] = await db.select().from(ledgerEntry).where(inArray(ledgerEntry.key, keys));
  if (issued) return { at: 'juno', owed: 'liability', bring: null, isForBalance: false };
  const atBitso = { key: `back_at_bitso:${back.id}`, postings: backAtBitso(amount) };
  // Bitso credits what comes back of a payout of its own to the balance that it was paid from (P/list-deposits).
  if (back.paidBy === 'bitso_payout') return { at: 'bitso', owed: 'paying_out', bring: atBitso, isForBalance: true };
  // For as long as an ISSUANCE may still come, nobody guesses.
  if (!told || !back.isOld) throw notSeen();
  if (told === 'bitso') return { at: 'bitso', owed: 'paying_out', bring: atBitso, isForBalance: true };
  const made = { key: `return_issuance:${back.id}`, postings: JOURNEY.return_issuance(amount) };
  return { at: 'juno', owed: 'liability', bring: made, isForBalance: true };
}

/** Asks the balance of the place, beside all that the books have there already. Throws a Refusal `not_decidable`, or a JunoError. */
export async function assertThere(
  ctx: Context,
  row: Pick<LegRow, 'amount'>,
  { at, isForBalance }: Found,
): Promise<void> {
  if (!isForBalance) return;
  if (at === 'bitso') return assertAtBitso(ctx, row);
  await assertInPool(ctx, { amount: toMxnb(centavos(row.amount)).units, currency: 'MXNB' });
}
