import { eq } from 'drizzle-orm';
import { isNvioClabe, parseClabe } from '../../money/clabe.ts';
import { centavos, equals, type Money, subtract, sum } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { destination, leg, payment } from '../db/schema.ts';
import { deriveLegId, deriveReference } from '../effects/key.ts';
import { writeEntry } from '../ledger/write.ts';
import { railOf } from '../payment/create.ts';
import type { LegKind, LegState, Rail } from '../payment/states.ts';
import { type LegRow, moneyOf } from './money.ts';
import { noLeg } from './refusals.ts';
import type { Place } from './terms.ts';

/** A leg that takes the place of another, or of a part of it. */
export type Heir = Readonly<{
  kind: LegKind;
  amount: Money<'MXN'>;
  destinationId: string;
  /** Used where its money is in Juno's pool; what is at Bitso can only be paid from there. */
  rail?: Rail | undefined;
}>;
export type ReplaceParameters = Readonly<{
  legId: string;
  heirs: readonly Heir[];
  cause: string;
  detail?: object;
  /** Where people say that returned money is. */
  told?: Place | undefined;
}>;

/**
 * Replaces a leg in the caller's transaction: the old one closes, its unspent or returned money funds the new ones, and they begin
 * where that money is. Each is a subject of its own, so that its keys and its reference are new. The caller holds the payment's lane,
 * and has asked the outside that nothing of the old one stands. Answers the new legs. Throws a Refusal `leg_not_found`,
 * `leg_not_payable_now`, `money_not_seen`, `money_seen_elsewhere`; the database refuses a leg that may still be paid, and a second
 * replacement.
 */
export async function replaceLeg(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings'>,
  { legId, heirs, cause, detail = {}, told }: ReplaceParameters,
): Promise<string[]> {
  const row = await lockLeg(tx, legId);
  const total = sum(
    'MXN',
    heirs.map(({ amount }) => amount),
  );
  if (!equals(total, centavos(row.amount))) throw new Error(`leg ${legId} is not replaced to the centavo`);
  const found = await moneyOf(tx, ctx, row, told);
  if (found.bring)
    await writeEntry(tx, {
      ...{ id: ctx.newId(), key: found.bring.key, paymentId: row.paymentId, effectId: null, state: 'posted' },
      postings: found.bring.postings,
    });
  await tx
    .update(leg)
    .set({ state: 'replaced', cause, causeDetail: detail, ...UNMARKED })
    .where(eq(leg.id, legId));
  const ids: string[] = [];
  for (const [at, heir] of heirs.entries()) {
    const terms = [heir.kind, heir.destinationId, heir.amount.units, at].map(String);
    const id = deriveLegId(ctx.settings.keySecret, [legId, ...terms]);
    ids.push(id);
    await tx.insert(leg).values({
      ...{
        id,
        paymentId: row.paymentId,
        kind: heir.kind,
        amount: heir.amount.units,
        destinationId: heir.destinationId,
      },
      ...{ rail: await railFrom(tx, ctx, found.at, heir), reference: deriveReference(ctx.settings.keySecret, id) },
      ...{ replaces: legId, cause, causeDetail: { replaces: legId } },
    });
    const state = beginningOf(row, heir, found.at);
    await tx.update(leg).set({ state, cause: 'its money is there' }).where(eq(leg.id, id));
  }
  return ids;
}

const UNMARKED = { attentionCode: null, attentionText: null, attentionOwner: null };

/** What is to be in custody and is not yet goes the whole way; all else is paid from where it is. */
function beginningOf({ state }: LegRow, { kind }: Heir, at: Place): LegState {
  if (at === 'bitso') return 'paying_out';
  return state === 'deposited' && kind === 'custody' ? 'deposited' : 'reserved';
}

/** The rail by which an account is reached from where the money is. Throws a Refusal `payout_clabe_unreachable`. */
export async function railFrom(
  tx: Pick<Tx, 'select'>,
  ctx: Pick<Context, 'settings'>,
  at: Place,
  { destinationId, rail }: Pick<Heir, 'destinationId' | 'rail'>,
): Promise<Rail> {
  const [account] = await tx.select().from(destination).where(eq(destination.id, destinationId));
  if (!account) throw new Error(`no destination ${destinationId}`);
  return railTo(ctx, at, account.clabe, rail);
}

/** The same for an account that is only given yet. */
export function railTo(ctx: Pick<Context, 'settings'>, at: Place, text: string, rail?: Rail): Rail {
  const clabe = parseClabe(text);
  if (at === 'juno') return railOf(ctx, { clabe, rail });
  return railOf(ctx, { clabe, rail: isNvioClabe(clabe) ? 'bitso_transfer' : 'bitso_spei' });
}

/** The heirs of a leg of which a part goes back to the payer. */
export const refundHeirs = (
  row: LegRow,
  { amount, destinationId }: Readonly<{ amount: Money<'MXN'>; destinationId: string }>,
): Heir[] => {
  const rest = subtract(centavos(row.amount), amount);
  return [
    { kind: 'refund', amount, destinationId },
    ...(rest.units > 0n ? [{ kind: row.kind, amount: rest, destinationId: row.destinationId, rail: row.rail }] : []),
  ];
};

/** Locks a leg behind its payment, as the recording of an intent does. Throws a Refusal `leg_not_found`. */
export async function lockLeg(tx: Tx, legId: string): Promise<LegRow> {
  const [found] = await tx.select({ paymentId: leg.paymentId }).from(leg).where(eq(leg.id, legId));
  if (!found) throw noLeg();
  await tx.select().from(payment).where(eq(payment.id, found.paymentId)).for('update');
  const [row] = await tx.select().from(leg).where(eq(leg.id, legId)).for('update');
  if (!row) throw noLeg();
  return row;
}
