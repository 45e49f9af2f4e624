import type { Money } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { effect } from '../db/schema.ts';
import { reserveCaps } from '../guards/caps.ts';
import { assertGuards } from '../guards/check.ts';
import { passesOf } from '../guards/scope.ts';
import type { Posting } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { deriveKey } from './key.ts';
import { assertLane, type Lane } from './lane.ts';
import type { EffectKind, SubjectKind } from './states.ts';

export type RecordEffectParameters = Readonly<{
  subjectKind: SubjectKind;
  subjectId: string;
  kind: EffectKind;
  attempt: number;
  paymentId: string | null;
  /** Exactly what will be sent; it can never change afterwards. */
  request: object;
  amount: Money;
  /** Switches over it beside those of its payment. */
  switches: readonly string[];
  /** Pesos that leave the house by this effect. */
  outgoing: Money<'MXN'> | null;
  postings: readonly Posting[] | null;
}>;

/**
 * Commits the intent to act, inside the caller's transaction: lane, holds, switches and caps checked under locks, the key
 * derived, the ledger entry pending. Throws a LaneLostError or a GuardClosedError; the database refuses a second live one.
 */
export async function recordEffect(
  tx: Tx,
  ctx: Context,
  lane: Lane,
  parameters: RecordEffectParameters,
): Promise<string> {
  const { paymentId, switches, outgoing, kind } = parameters;
  await assertLane(tx, lane);
  const legId = parameters.subjectKind === 'leg' ? parameters.subjectId : null;
  // Asked before the caps are looked at: their rows are everybody's, and locked last.
  await assertGuards(tx, { paymentId, legId, switches, ...passesOf(kind) });
  const caps = outgoing && legId ? await reserveCaps(tx, ctx, legId, outgoing) : [];
  return insertEffect(tx, ctx, lane, parameters, caps);
}

/**
 * The same for what the outside is known to have done already: no guard can forbid it any more, and it counts in no day's cap.
 * Only recovery uses it.
 */
export async function recordDone(
  tx: Tx,
  ctx: Context,
  lane: Lane,
  parameters: Omit<RecordEffectParameters, 'switches' | 'outgoing'>,
): Promise<string> {
  await assertLane(tx, lane);
  return insertEffect(tx, ctx, lane, parameters, []);
}

async function insertEffect(
  tx: Tx,
  ctx: Context,
  lane: Lane,
  parameters: Omit<RecordEffectParameters, 'switches' | 'outgoing'>,
  caps: string[],
): Promise<string> {
  const { subjectKind, subjectId, kind, attempt, paymentId, request, amount, postings } = parameters;
  const id = ctx.newId();
  await tx.insert(effect).values({
    id,
    subjectKind,
    subjectId,
    kind,
    attempt,
    paymentId,
    key: deriveKey(ctx.settings.keySecret, { subjectKind, subjectId, kind, attempt }),
    request,
    amount: amount.units,
    currency: amount.currency,
    caps,
    lane: lane.name,
    laneEpoch: lane.epoch,
  });
  if (postings) {
    await writeEntry(tx, {
      id: ctx.newId(),
      key: `${kind}:${subjectId}:${attempt}`,
      paymentId,
      effectId: id,
      state: 'pending',
      postings,
    });
  }
  return id;
}
