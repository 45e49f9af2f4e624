/** What of a payment a dispute can still hold, and what has left. */
import { and, asc, eq, inArray, ne } from 'drizzle-orm';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db, Tx } from '../db/client.ts';
import { dispute, effect, leg, payment, refundOrder, settlementItem } from '../db/schema.ts';
import type { EffectState } from '../effects/states.ts';
import { isEarned } from '../ledger/earned.ts';
import type { Part } from '../payment/shares.ts';
import { isLive, type LegState } from '../payment/states.ts';
import type { LegRow } from '../replace/money.ts';
import { disputedNow } from './refusals.ts';

/** Money in these is on its way out, or out; what came back of it is paid again, or given back, by two people. */
const OUT: ReadonlySet<LegState> = new Set(['completed', 'payout_failed', 'payout_returned']);
/** A payout in these states has left, or may have. One that is only recorded gives way. */
const SENT: readonly EffectState[] = ['sending', 'unknown', 'confirmed'];

export type Stakes = Readonly<{
  /** Held from now on. `isOrdered`: it goes back to the payer already, as two people ordered before. */
  held: readonly Readonly<{ row: LegRow; isOrdered: boolean; isReleasing: boolean }>[];
  left: readonly LegRow[];
}>;

/** Looks at the payment's legs in the caller's transaction, behind the payment's lock where it must not change. */
export async function stakesOf(db: Db | Tx, paymentId: string): Promise<Stakes> {
  const [row] = await db.select().from(payment).where(eq(payment.id, paymentId));
  const legs = await db.select().from(leg).where(eq(leg.paymentId, paymentId)).orderBy(asc(leg.createdAt), asc(leg.id));
  const ids = legs.map(({ id }) => id);
  const sent = await db
    .select({ legId: effect.subjectId, kind: effect.kind, state: effect.state })
    .from(effect)
    .where(and(eq(effect.paymentId, paymentId), eq(effect.subjectKind, 'leg'), inArray(effect.state, [...SENT])));
  const settling = new Set(
    (await db.select().from(settlementItem).where(inArray(settlementItem.legId, ids))).map(({ legId }) => legId),
  );
  const ordered = new Set(
    (await db.select().from(refundOrder).where(inArray(refundOrder.legId, ids))).map(({ legId }) => legId),
  );
  const held: { row: LegRow; isOrdered: boolean; isReleasing: boolean }[] = [];
  const left: LegRow[] = [];
  for (const one of legs) {
    // Money that no deposit has brought yet is nobody's.
    if (!isLive(one.state) || (one.state === 'requested' && row?.awaitsDeposit)) continue;
    const own = sent.filter(({ legId }) => legId === one.id);
    const isOut =
      OUT.has(one.state) ||
      settling.has(one.id) ||
      // One that is earned is its beneficiary's.
      (one.kind === 'commission' && (await isEarned(db, one.id))) ||
      (one.state === 'redeeming' && own.some(({ kind }) => kind === 'juno_redemption')) ||
      (one.state === 'paying_out' && own.some(({ kind }) => kind === 'bitso_payout'));
    if (isOut) left.push(one);
    else {
      const isReleasing = own.some(({ kind, state }) => kind === 'chain_release' && state === 'sending');
      held.push({ row: one, isOrdered: ordered.has(one.id) || one.kind === 'refund', isReleasing });
    }
  }
  return { held, left };
}

/** What a decision is about. */
export const partsOf = ({ held }: Stakes): Part[] =>
  held
    .filter(({ isOrdered }) => !isOrdered)
    .map(({ row: { id, kind, amount } }) => ({ id, kind, amount: centavos(amount) }));

const shownLeg = ({ id, kind, state, amount }: LegRow) => ({
  legId: id,
  kind,
  state,
  amount: formatDecimal(centavos(amount)),
});

/** In words for people: what is signed may be in a block already, and is told so. */
export const shownStakes = ({ held, left }: Stakes) => ({
  held: held.map(({ row, isOrdered, isReleasing }) => ({
    ...shownLeg(row),
    note: isReleasing
      ? 'its release is signed and may be in a block: if it is, its MXNB stays in the bridge wallet, and if it is in none, it is given up'
      : isOrdered
        ? 'goes back to the payer, as was ordered before; waits meanwhile'
        : 'stays where it is',
  })),
  left: left.map(shownLeg),
});

/** The dispute of a payment that is not final. */
export async function openDisputeOf(db: Db | Tx, paymentId: string): Promise<typeof dispute.$inferSelect | null> {
  const [row] = await db
    .select()
    .from(dispute)
    .where(and(eq(dispute.paymentId, paymentId), ne(dispute.state, 'final')));
  return row ?? null;
}

/** Throws a Refusal `payment_disputed`: what is disputed is moved by no people either. */
export async function assertUndisputed(db: Db | Tx, paymentId: string): Promise<void> {
  const open = await openDisputeOf(db, paymentId);
  if (open) throw disputedNow(open.id);
}
