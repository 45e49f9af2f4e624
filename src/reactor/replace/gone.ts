/** That nothing of a leg's earlier payouts is under way, or arrived after all. Asked before anything else pays in its place. */
import { and, eq, inArray } from 'drizzle-orm';
import { getBitsoWithdrawal } from '../../juno/getBitsoWithdrawal.ts';
import { getTransaction } from '../../juno/getTransaction.ts';
import { listBitsoWithdrawals } from '../../juno/listBitsoWithdrawals.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { effect, refundOrder, settlementItem } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import type { EffectKind } from '../effects/states.ts';
import { TAKES_ON, UNRESOLVED } from '../payment/beside.ts';
import { recoveryNeeded } from '../recovery/state.ts';
import type { LegRow } from './money.ts';
import { mayHaveLeft, notNow } from './refusals.ts';

const PAYS: readonly EffectKind[] = ['juno_redemption', 'bitso_payout'];

/** What still pays a leg, or may, by our own records; null for nothing. An effect of its way to Juno does not pay it. */
export async function whatPays(db: Db | Tx, row: LegRow): Promise<string | null> {
  const effects = await db.select().from(effect).where(ofLeg(row));
  const live = effects.find(
    ({ state, kind }) =>
      (UNRESOLVED.has(state) && PAYS.includes(kind)) || (state === 'confirmed' && kind === TAKES_ON[row.state]),
  );
  if (live) return `Effect ${live.id} (${live.kind}) of the leg is ${live.state}: it may still pay it.`;
  if (row.state !== 'accrued') return null;
  const [item] = await db.select().from(settlementItem).where(eq(settlementItem.legId, row.id));
  return item ? `Settlement leg ${item.settlementLegId} pays it.` : null;
}

/**
 * While acts are known outside that are not known here, one of them may have paid any leg: then none is free. Throws a Refusal
 * `payout_may_stand`.
 */
export async function assertNoneUnderWay(db: Db | Tx, row: LegRow): Promise<void> {
  const lost = await recoveryNeeded(db);
  if (lost !== null)
    throw mayHaveLeft(`Recovery has not ended, and what it does not know yet may have paid the leg: ${lost}.`);
  const pays = await whatPays(db, row);
  if (pays !== null) throw mayHaveLeft(pays);
  const [order] = await db.select().from(refundOrder).where(eq(refundOrder.legId, row.id));
  if (order) throw notNow('It goes back to the payer', 'A refund of the leg is ordered, and pays it in its place.');
}

/**
 * Asks the rails once more, by the names that they gave: a payout that came to nothing may have been completed since, and its webhook
 * be late. What came back was told by the money itself. Throws a Refusal `payout_may_stand`, or a JunoError.
 */
export async function assertNoneArrived(ctx: Context, row: LegRow): Promise<void> {
  if (row.state === 'payout_returned') return;
  const sent = await ctx.db
    .select()
    .from(effect)
    .where(and(ofLeg(row), inArray(effect.kind, [...PAYS]), inArray(effect.state, ['rejected', 'dead'])));
  for (const one of sent) {
    const status = one.kind === 'juno_redemption' ? await redemptionStatus(ctx, one) : await payoutStatus(ctx, one);
    if (status === 'failed' || status === 'none') continue;
    throw mayHaveLeft(
      `The rail says of ${one.kind} ${one.externalId ?? one.key}, which had come to nothing: ${status}.`,
    );
  }
}

async function redemptionStatus(ctx: Context, { externalId }: EffectRow): Promise<string> {
  return externalId ? (await getTransaction(ctx.juno, { id: externalId })).status : 'none';
}

/** Bitso also knows it by our own name, if it ever heard of it. */
async function payoutStatus(ctx: Context, { externalId, key }: EffectRow): Promise<string> {
  if (!ctx.bitso) return 'not known, because BITSO_BASE_URL is not set';
  if (externalId) return (await getBitsoWithdrawal(ctx.bitso, { wid: externalId })).status;
  const { items } = await listBitsoWithdrawals(ctx.bitso, { originIds: [key] });
  return items.find(({ status }) => status !== 'failed')?.status ?? 'none';
}

const ofLeg = ({ id }: LegRow) => and(eq(effect.subjectKind, 'leg'), eq(effect.subjectId, id));
