import { and, eq, inArray, isNull, notInArray, or, sql } from 'drizzle-orm';
import { centavos, sum } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { destination, effect, evidence, leg, payment, refundOrder } from '../db/schema.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import { recordDone, recordEffect } from '../effects/record.ts';
import { moveEffect } from '../effects/send.ts';
import type { EffectKind } from '../effects/states.ts';
import { type ActedOn, pinActed } from '../guards/pins.ts';
import { switchesOverCall, walletSwitch } from '../guards/scope.ts';
import { handOver, JOURNEY, OWNERS, owedIn, type Posting, postingsFor, reverse } from '../ledger/journey.ts';
import { settleEntry, writeEntry } from '../ledger/write.ts';
import { makePaidDue } from '../payment/due.ts';
import { earlyActOf } from '../payment/release.ts';
import { FINAL, isFinal, type LegState } from '../payment/states.ts';
import type { Ask, Claim, EffectView, LegView, Move, Rebind, RecordIntent, Replace } from '../payment/view.ts';
import { assertApproved } from '../release/standing.ts';
import { lockLeg, refundHeirs, replaceLeg } from '../replace/replace.ts';
import { type LegRows, requestOf } from './request.ts';
import { StaleViewError } from './stale.ts';

/** Carries out a move: evidence claimed, books settled, state changed, all in one transaction or not at all. */
export async function applyMove(ctx: Context, lane: Lane, paymentId: string, move: Move): Promise<void> {
  const { leg: view, booking } = move;
  await pinActed(ctx.db, ctx.settings, move.claims.filter(({ source }) => source === 'chain').map(blockOf));
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    if (move.to === 'expired') await expire(tx, paymentId);
    const moved = [{ leg: view, to: move.to }, ...(move.beside ?? [])];
    const claims = move.claims.map((c) => `${c.source}:${c.externalId}`);
    for (const { leg: one, to } of moved) await moveLeg(tx, one, to, move.cause, { claims });
    if (view.kind === 'settlement' && isFinal(move.to)) await makePaidDue(tx, paymentId);
    for (const claim of move.claims) await claimEvidence(tx, ctx, view.id, claim);
    if (move.confirms) await confirmEffect(tx, lane, move.confirms.id, move.claims);
    if (move.kills) await killEffect(tx, lane, move.kills, move.cause);
    if (move.escrow !== undefined) {
      // The contract stays: in another one the reference would make a second escrow, should the first come back.
      const bound = move.escrow
        ? { escrowContract: move.escrow.contract, escrowId: move.escrow.escrowId, deadline: move.escrow.deadline }
        : { escrowId: null, deadline: null };
      await tx.update(leg).set(bound).where(eq(leg.id, view.id));
    }
    const settled = booking.post ?? booking.void;
    const live = settled && view.effects[settled];
    if (live) await settleEntry(tx, live.id, booking.post ? 'posted' : 'voided');
    if (booking.write) {
      const amount = sum(
        'MXN',
        moved.map((one) => one.leg.amount),
      );
      // The deposit is the payment's, and is issued once for all of its legs.
      const subject = booking.write === 'issuance' ? paymentId : view.id;
      await writeEntry(tx, {
        id: ctx.newId(),
        key: `${booking.write}:${subject}:${live?.attempt ?? 1}`,
        paymentId,
        effectId: null,
        state: 'posted',
        postings: booking.write === 'accrual' ? accrual(view) : postingsFor(view.kind, booking.write, amount),
      });
    }
    for (const kind of booking.undo ?? []) {
      const undone = view.effects[kind];
      if (!undone) throw new Error(`leg ${view.id} has no ${kind} to undo`);
      await writeEntry(tx, {
        id: ctx.newId(),
        key: `undo:${undone.id}`,
        paymentId,
        effectId: null,
        state: 'posted',
        postings: reverse(JOURNEY[kind](view.amount)),
      });
    }
  });
}

/** Commits the intent of a leg's next effect, together with the leg's move into the step. Answers the effect's id. */
export async function applyRecord(
  ctx: Context,
  lane: Lane,
  paymentId: string,
  decision: RecordIntent,
): Promise<string> {
  const { leg: view, effect: kind } = decision;
  return ctx.db.transaction(async (tx) => {
    const rows = await rowsOf(tx, view.id);
    const { amount, request } = requestOf(ctx, decision, rows);
    const effectId = await recordEffect(tx, ctx, lane, {
      subjectKind: 'leg',
      subjectId: view.id,
      kind,
      attempt: decision.attempt,
      paymentId,
      request,
      amount,
      switches: [
        ...(kind.startsWith('chain_') ? [walletSwitch(ctx.settings.bridge)] : []),
        ...switchesOverRequest(kind, request),
      ],
      // By Bitso's rails it leaves with Bitso's payout: what is redeemed before that is ours, at Bitso.
      outgoing: leaves(kind, view) ? view.amount : null,
      postings: postingsOf(decision),
    });
    if (kind === 'chain_release') await assertApproved(tx, ctx, view.id, { early: decision.early?.act });
    if (kind === 'approver_signature') await assertApproved(tx, ctx, view.id, { early: earlyActOf(view) });
    await moveLeg(tx, view, decision.to, decision.cause, { effectId, attempt: decision.attempt });
    await bindContract(tx, decision, request);
    return effectId;
  });
}

/** Whether it is what takes a leg's pesos out of the house. */
const leaves = (kind: EffectKind, { rail }: LegView): boolean =>
  kind === (rail === 'bank_redemption' ? 'juno_redemption' : 'bitso_payout');

/** What is sent to Juno or Bitso has no target. */
const switchesOverRequest = (kind: EffectKind, request: object): string[] =>
  'to' in request ? switchesOverCall(kind, { to: String(request.to) }) : [];

/** From the first call that makes an escrow on, the leg's contract is the one that was called. */
async function bindContract(tx: Tx, { leg: view, effect: kind }: RecordIntent, request: object): Promise<void> {
  if (kind !== 'chain_create' && kind !== 'chain_fund') return;
  const { to } = request as { to: string };
  await tx
    .update(leg)
    .set({ escrowContract: to.toLowerCase() })
    .where(and(eq(leg.id, view.id), isNull(leg.escrowContract)));
}

/** Lets other legs take a leg's place, where it stands: so much goes back to the payer as was ordered. */
export async function applyReplace(ctx: Context, lane: Lane, { leg: view, cause }: Replace): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    const row = await lockLeg(tx, view.id);
    if (row.state !== view.state) throw new StaleViewError(`leg ${view.id} is no longer ${view.state}`);
    const [order] = await tx.select().from(refundOrder).where(eq(refundOrder.legId, view.id));
    if (!order) throw new Error(`leg ${view.id} is not ordered back`);
    const { amount, destinationId } = order;
    const heirs = refundHeirs(row, { amount: centavos(amount), destinationId });
    await replaceLeg(tx, ctx, { legId: view.id, heirs, cause, detail: { order: order.cause } });
  });
}

/** Writes down the escrow that the contract has under the leg's reference now. The evidence stays what it is: the transaction. */
export async function applyRebind(ctx: Context, lane: Lane, { leg: view, escrow }: Rebind): Promise<void> {
  const { contract, escrowId, deadline } = escrow;
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    const bound = await tx
      .update(leg)
      .set({ escrowContract: contract, escrowId, deadline, dueAt: sql`reactor.now()` })
      .where(and(eq(leg.id, view.id), eq(leg.state, view.state)));
    if (bound.rowCount !== 1) throw new StaleViewError(`leg ${view.id} is no longer ${view.state}`);
  });
  ctx.log.warn(
    { event: 'escrow_moved', leg: view.id, escrowId: escrowId.toString(), deadline },
    'a reorganisation gave the leg’s escrow another id or another end; the reference decided',
  );
}

/**
 * The same for an intent that the outside is known to have carried out already, as recovery found: `done` tells the rest of it in
 * the same transaction, and `sent` is what was sent, where that is known to the byte.
 */
export async function applyDone(
  ctx: Context,
  lane: Lane,
  paymentId: string,
  decision: RecordIntent,
  done: (tx: Tx, effectId: string) => Promise<void>,
  sent?: object,
): Promise<void> {
  const { leg: view, effect: kind, attempt } = decision;
  await ctx.db.transaction(async (tx) => {
    const rows = await rowsOf(tx, view.id);
    const made = requestOf(ctx, decision, rows);
    const { amount } = made;
    const request = sent ?? made.request;
    const effectId = await recordDone(tx, ctx, lane, {
      subjectKind: 'leg',
      subjectId: view.id,
      kind,
      attempt,
      paymentId,
      request,
      amount,
      postings: postingsOf(decision),
    });
    await moveLeg(tx, view, decision.to, `${decision.cause}, as recovery found it`, { effectId, attempt });
    await bindContract(tx, decision, request);
    await done(tx, effectId);
  });
}

/** An escrow that is made, signed for, frozen or let go: its money stays where it is. */
const MOVES_NOTHING: ReadonlySet<EffectKind> = new Set([
  'chain_create',
  'approver_signature',
  'chain_dispute',
  'chain_resolve',
]);
const postingsOf = ({ leg: view, effect: kind, isBooked }: RecordIntent): Posting[] | null =>
  isBooked || MOVES_NOTHING.has(kind) ? null : postingsFor(view.kind, kind as keyof typeof JOURNEY, view.amount);

async function rowsOf(tx: Tx, legId: string): Promise<LegRows> {
  const [rows] = await tx
    .select({ leg, payment, destination })
    .from(leg)
    .innerJoin(payment, eq(payment.id, leg.paymentId))
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .where(eq(leg.id, legId));
  if (!rows) throw new Error(`no leg ${legId}`);
  return rows;
}

/** Marks that a person is needed. The leg keeps its state, and goes on by itself if what is wrong mends itself. */
export async function applyAsk(ctx: Context, lane: Lane, ask: Ask): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    await tx
      .update(leg)
      .set({ attentionCode: ask.code, attentionText: ask.sentence, attentionOwner: ask.owner })
      .where(eq(leg.id, ask.leg.id));
    for (const claim of ask.claims ?? []) {
      const { source, externalId, detail } = claim;
      const claimed = { source, externalId, ...subjectOf(claim, ask.leg.id), detail };
      await tx.insert(evidence).values(claimed).onConflictDoNothing();
    }
  });
  ctx.log.error({ event: 'needs_attention', leg: ask.leg.id, code: ask.code, owner: ask.owner }, ask.sentence);
}

/** An open leg of a payment, if it has one; else the first. */
const shownFirst = (paymentId: string) =>
  sql`(SELECT l.id FROM reactor.leg l WHERE l.payment_id = ${paymentId}::uuid ORDER BY l.state IN ${[...FINAL]}, l.created_at, l.id LIMIT 1)`;

/**
 * Marks the open legs of a payment that cannot even be looked at, or where all have ended one of them: nothing of it can move until
 * engineering has looked.
 */
export async function markFailing(ctx: Context, paymentId: string, failures: number): Promise<void> {
  const attentionText = `Looking at this payment failed ${failures} times in a row; the reactor’s log has why. Nothing moves. It is tried again at every sweep.`;
  await ctx.db
    .update(leg)
    .set({ attentionCode: 'cannot_be_looked_at', attentionText, attentionOwner: 'engineering' })
    .where(
      and(
        eq(leg.paymentId, paymentId),
        isNull(leg.attentionCode),
        or(notInArray(leg.state, [...FINAL]), eq(leg.id, shownFirst(paymentId))),
      ),
    );
}

/** Takes away marks whose reason is gone. */
export async function applyCalm(ctx: Context, lane: Lane, legIds: readonly string[]): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    await tx
      .update(leg)
      .set({ attentionCode: null, attentionText: null, attentionOwner: null })
      .where(inArray(leg.id, [...legIds]));
  });
}

/** Ends the wait for a deposit, unless one was claimed since the view was loaded: then nothing of the move is written. */
async function expire(tx: Tx, paymentId: string): Promise<void> {
  const ended = await tx
    .update(payment)
    .set({ awaitsDeposit: false })
    .where(and(eq(payment.id, paymentId), eq(payment.awaitsDeposit, true)));
  if (ended.rowCount !== 1) throw new StaleViewError(`payment ${paymentId} got its deposit while it was expiring`);
}

async function moveLeg(tx: Tx, view: LegView, to: LegState, cause: string, causeDetail: object): Promise<void> {
  const unmarked = { attentionCode: null, attentionText: null, attentionOwner: null };
  const moved = await tx
    .update(leg)
    .set({ state: to, cause, causeDetail, dueAt: sql`reactor.now()`, ...unmarked })
    .where(and(eq(leg.id, view.id), eq(leg.state, view.state)));
  if (moved.rowCount !== 1) throw new StaleViewError(`leg ${view.id} is no longer ${view.state}`);
}

async function claimEvidence(tx: Tx, ctx: Context, legId: string, claim: Claim): Promise<void> {
  const { source, externalId, detail } = claim;
  const subject = subjectOf(claim, legId);
  // Which wallet was the bridge's then, says what it is compared with later, and where the money is.
  const kept = source === 'chain' ? { bridge: ctx.settings.bridge, ...detail } : detail;
  const isKnown = source === 'chain' && (await isClaimedBy(tx, claim, subject));
  if (!isKnown) await tx.insert(evidence).values({ source, externalId, ...subject, detail: kept });
}

/** The block of what was claimed on the chain. */
function blockOf({ detail }: Claim): ActedOn {
  const { blockNumber, blockHash } = detail as { blockNumber: string; blockHash: string };
  return { blockNumber: Number(blockNumber), blockHash };
}

/** What a reorganisation took out and brought back as it was, in the very block, is evidence of the same subject still. */
async function isClaimedBy(tx: Tx, claim: Claim, subject: ReturnType<typeof subjectOf>): Promise<boolean> {
  const { externalId, detail } = claim;
  const { blockHash } = detail as { blockHash: string };
  const { subjectKind, subjectId } = subject;
  const rows = await tx
    .select({ id: evidence.externalId })
    .from(evidence)
    .where(
      and(
        ...[eq(evidence.source, 'chain'), eq(evidence.externalId, externalId), eq(evidence.blockHash, blockHash)],
        ...[eq(evidence.subjectKind, subjectKind), eq(evidence.subjectId, subjectId)],
      ),
    );
  return rows.length > 0;
}

const subjectOf = ({ subject }: Claim, legId: string) =>
  ({ subjectKind: subject?.kind ?? 'leg', subjectId: subject?.id ?? legId }) as const;

/** What is too little to pay alone is owed to the payout account from now on, whatever payment it came from. */
function accrual({ kind, amount, destinationId }: LegView): Posting[] {
  const payable = { account: 'payable', owner: OWNERS.payoutAccount(destinationId) } as const;
  return handOver(amount, { account: owedIn(kind) }, payable);
}

/** Only as it was seen: what was signed or answered meanwhile may have happened. */
async function killEffect(tx: Tx, lane: Lane, { id, state }: EffectView, cause: string): Promise<void> {
  const [row] = await tx.select().from(effect).where(eq(effect.id, id)).for('update');
  if (!row) throw new Error(`no effect ${id}`);
  if (row.state !== state) throw new StaleViewError(`effect ${id} is no longer ${state}`);
  const code = state === 'recorded' ? 'no_longer_wanted' : 'failed_outside';
  await moveEffect(tx, lane, row, 'dead', { code, text: cause });
}

async function confirmEffect(tx: Tx, lane: Lane, effectId: string, claims: readonly Claim[]): Promise<void> {
  const [row] = await tx.select().from(effect).where(eq(effect.id, effectId)).for('update');
  if (!row || row.state === 'confirmed') return;
  const onChain = claims.find((claim) => claim.source === 'chain')?.detail as { txHash: string } | undefined;
  await moveEffect(tx, lane, row, 'confirmed', null, onChain && { externalId: onChain.txHash });
}
