import { and, asc, desc, eq, ne, sql } from 'drizzle-orm';
import { readTransfers } from '../../chain/indexed/readTransfers.ts';
import type { IndexedEscrowEvent, IndexedTransfer } from '../../chain/indexed/types.ts';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import {
  bitsoWithdrawal,
  destination,
  effect,
  evidence,
  junoTransaction,
  leg,
  payment,
  settlementItem,
  walletTransaction,
} from '../db/schema.ts';
import { type EffectKind, isLiveEffect } from '../effects/states.ts';
import type { FinalityStep } from '../finality/policy.ts';
import { holdsOver, stoppedOver } from '../guards/check.ts';
import { depositsReadAt } from '../intake/deposits.ts';
import { isLive } from '../payment/states.ts';
import { FAILURES_BEFORE_ASKING } from '../payment/step.ts';
import type { EffectView, JunoFact, LegFacts, LegView, PaymentView } from '../payment/view.ts';
import { depositAddressView, isAddressProved } from '../probe/trust.ts';
import { eventsOf, findArrival, findCreation, findRelease } from './chain-facts.ts';
import { findCredit, findIssuance } from './juno-facts.ts';
import { contractOf, ownEscrow } from './own-escrow.ts';
import { custodyEnd, readStanding } from './standing.ts';
import { vouchFor } from './vouch.ts';

type LegRow = typeof leg.$inferSelect;

/** Reads all that a decision about a payment may depend on. Null when there is no such payment. Sends nothing. */
export async function loadView(ctx: Context, paymentId: string): Promise<PaymentView | null> {
  const { db } = ctx;
  const [rows, effects] = await Promise.all([
    rowsOf(ctx, paymentId),
    db.select().from(effect).where(eq(effect.paymentId, paymentId)).orderBy(desc(effect.attempt)),
  ]);
  const [first] = rows;
  if (!first) return null;
  const { row, account } = first;
  const views = await Promise.all(
    rows.map(async ({ own, contractStopped }) => ({
      ...(await viewOf(
        ctx,
        own,
        row.depositClabe,
        effects.filter((e) => e.subjectKind === 'leg' && e.subjectId === own.id),
      )),
      contractStopped,
    })),
  );
  const isRequested = rows.some(({ own }) => own.state === 'requested');
  return {
    now: new Date(Math.floor(Number(first.now_ms))),
    payment: { id: row.id, expiresAt: row.expiresAt, depositsReadAt: isRequested ? await depositsReadAt(ctx) : null },
    legs: views,
    holds: first.holds,
    stopped: first.stopped,
    hasBitso: ctx.settings.bitsoBaseUrl !== null,
    creditBound_ms: ctx.settings.junoCreditBound_ms,
    depositAddress: depositAddressView(ctx, first.isAddressProved),
    destination: { isReady: account.verifiedAt != null, problem: await problemOf(ctx, account) },
    chain: ctx.watchdog.current(),
  };
}

/** The payment with its legs and what stands over it, at one moment. One clock for all that is dated and compared: the database's. */
const rowsOf = ({ db, settings }: Context, paymentId: string) =>
  db
    .select({
      row: payment,
      own: leg,
      account: destination,
      now_ms: sql<string>`extract(epoch FROM reactor.now()) * 1000`,
      holds: holdsOver(paymentId),
      stopped: stoppedOver(paymentId),
      isAddressProved: isAddressProved(settings),
      contractStopped: sql<string | null>`(
        SELECT coalesce(s.reason, 'no reason given') FROM reactor.guard_switch s
        WHERE s.is_stopped AND s.name = 'contract:' || lower(coalesce(${leg.escrowContract}, ${settings.escrow})))`,
    })
    .from(payment)
    .innerJoin(leg, eq(leg.paymentId, payment.id))
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .where(eq(payment.id, paymentId));

/** Why a payout account cannot be used, in the words for a person; null while it may still become usable. */
async function problemOf(ctx: Context, account: typeof destination.$inferSelect): Promise<string | null> {
  if (account.verifiedAt) return null;
  const shown = `the payout account ${maskClabe(account.clabe)}`;
  if (account.differs)
    return `Juno has another CLABE or name for ${shown} than it was given. The money waits. Compare both; a correction is a new account.`;
  const [last] = await ctx.db
    .select({ state: effect.state, error: effect.error, failures: effect.failures })
    .from(effect)
    .where(
      and(
        eq(effect.subjectKind, 'destination'),
        eq(effect.subjectId, account.id),
        eq(effect.kind, 'juno_bank_account'),
      ),
    )
    .orderBy(desc(effect.attempt))
    .limit(1);
  const { text } = (last?.error as { text: string } | null) ?? { text: 'no reason given' };
  if (last?.state === 'rejected')
    return `Juno refuses ${shown}: ${text}. The money waits. Ask the recipient for another account.`;
  if (last && last.state !== 'confirmed' && last.failures >= FAILURES_BEFORE_ASKING)
    return `${shown} could not be registered at Juno ${last.failures} times: ${text}. The money waits and it goes on looking. Look for the account at Juno; it is never registered twice by itself.`;
  return null;
}

async function viewOf(
  ctx: Context,
  row: LegRow,
  clabe: string | null,
  effects: readonly (typeof effect.$inferSelect)[],
): Promise<LegView> {
  const newest: Partial<Record<EffectKind, EffectView>> = {};
  for (const e of effects) {
    newest[e.kind] ??= {
      id: e.id,
      kind: e.kind,
      attempt: e.attempt,
      state: e.state,
      externalId: e.externalId,
      failures: e.failures,
      error: e.error as EffectView['error'],
      firstSentAt: e.firstSentAt,
      nextLookAt: e.nextLookAt,
      isNextAllowed: e.decidedBy !== null,
    };
  }
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    amount: centavos(row.amount),
    rail: row.rail,
    destinationId: row.destinationId,
    enteredAt: row.enteredAt,
    deadline: row.deadline,
    fundsInTwo: contractOf(ctx, row)?.funds === 'in_two',
    attention: row.attentionCode === null ? null : { code: row.attentionCode, text: row.attentionText ?? '' },
    effects: newest,
    facts: await factsOf(ctx, row, clabe, newest),
  };
}

/** Looks only for what could end the state that the leg is in. */
async function factsOf(
  ctx: Context,
  row: LegRow,
  clabe: string | null,
  effects: Partial<Record<EffectKind, EffectView>>,
): Promise<LegFacts> {
  const { db, settings } = ctx;
  const bridge = settings.bridge;
  const units = toMxnb(centavos(row.amount)).units;
  const vouch = (fact: IndexedEscrowEvent | IndexedTransfer, step: FinalityStep) =>
    vouchFor(ctx, fact, { amount: centavos(row.amount), step });

  switch (row.state) {
    case 'requested': {
      const [assigned] = await claimedBy(ctx, row.id, 'suspense_part');
      if (assigned) return { assigned };
      const [deposit] = await claimedBy(ctx, row.id, 'juno_deposit');
      if (!deposit || clabe === null) return {};
      const issuance = await findIssuance(ctx, { depositId: deposit.id, clabe, amount: row.amount });
      return { deposit, ...(issuance ? { issuance } : {}) };
    }
    case 'withdrawing': {
      const withdrawal = await junoFact(ctx, effects.juno_withdrawal);
      if (!withdrawal) return {};
      const arrival = await findArrival(ctx, {
        withdrawal,
        units,
        since: effects.juno_withdrawal?.firstSentAt ?? null,
      });
      return { withdrawal, ...(arrival ? { arrival: await vouch(arrival, 'within') } : {}) };
    }
    case 'creating':
      return findCreation(ctx, row);
    case 'withdrawn':
    case 'created':
    case 'in_custody':
      return row.kind === 'custody' ? readStanding(ctx, row, row.state) : {};
    case 'released':
    case 'returned':
      return row.kind === 'custody'
        ? { ...(await readStanding(ctx, row, row.state)), ...(await releaseAgain(ctx, row, effects)) }
        : {};
    case 'funding': {
      const funded = (await eventsOf(ctx, row)).find((e) => e.kind === 'funded' && e.amount === units);
      if (!funded) return {};
      const onChain = await ownEscrow(ctx, row);
      const fact = await vouch(funded, 'within');
      const isSame = onChain?.escrowId === funded.escrowId;
      const inTwo = contractOf(ctx, row)?.funds === 'in_two';
      const deadline = inTwo ? await custodyEnd(ctx, row, funded.txHash) : onChain?.deadline;
      return {
        funded: {
          ...fact,
          // The contract itself must have this very escrow under our reference: an event of a chain that is gone has not.
          verdict: isSame || fact.verdict !== 'final' ? fact.verdict : 'mismatch',
          contract: funded.contract,
          escrowId: funded.escrowId,
          deadline: deadline ?? 0,
        },
      };
    }
    case 'releasing': {
      // Only where it is known to be undone: a release is otherwise simulated before it is signed.
      const undone = effects.chain_fund?.state === 'dead' ? await readStanding(ctx, row, row.state) : {};
      return { ...undone, ...(await findRelease(ctx, row)) };
    }
    case 'returning': {
      const sent = effects.chain_return;
      if (!sent) return {};
      const release = effects.chain_release?.state;
      // Only where it is known to be undone: what was believed once is not read again while money is on its way.
      const undone = release && release !== 'confirmed' ? await readStanding(ctx, row, row.state) : {};
      const again = await releaseAgain(ctx, row, effects);
      const signed = await db
        .select({ hash: walletTransaction.hash })
        .from(walletTransaction)
        .where(eq(walletTransaction.effectId, sent.id));
      const transfers =
        signed.length > 0 ? await readTransfers(db.$client, { txHashes: signed.map((s) => s.hash) }) : [];
      const sentBack = transfers.find(
        (t) =>
          t.from === bridge && t.to === settings.junoDepositAddress && t.value === units && t.token === settings.token,
      );
      if (!sentBack) return { ...undone, ...again };
      const credit = await findCredit(ctx, { txHash: sentBack.txHash, amount: row.amount, since: sent.firstSentAt });
      return {
        ...undone,
        ...again,
        sentBack: await vouch(sentBack, 'redemption'),
        ...(credit ? { credit } : {}),
      };
    }
    case 'redeeming': {
      const redemption = await junoFact(ctx, effects.juno_redemption);
      const returnedBy = await returnOf(ctx, row.id, effects.juno_redemption);
      return { ...(redemption ? { redemption } : {}), ...(returnedBy ? { returnedBy } : {}) };
    }
    case 'paying_out': {
      const sent = effects.bitso_payout;
      if (!sent?.externalId) return {};
      const [found] = await db.select().from(bitsoWithdrawal).where(eq(bitsoWithdrawal.id, sent.externalId));
      return found ? { bitsoPayout: { ...found, status: found.status as JunoFact['status'] } } : {};
    }
    case 'accrued': {
      const settlement = await settlementOf(ctx, row.id);
      return settlement ? { settlement } : {};
    }
    case 'completed': {
      const settlement = await settlementOf(ctx, row.id);
      if (settlement) return settlement.state === 'completed' ? {} : { settlement };
      const paidBy = effects.bitso_payout ?? effects.juno_redemption;
      const returnedBy = await returnOf(ctx, row.id, paidBy);
      return returnedBy ? { returnedBy } : {};
    }
    default:
      return {};
  }
}

/** A release that was undone and is made again, while the leg is beyond it. */
const releaseAgain = async (
  ctx: Context,
  row: LegRow,
  { chain_release: sent }: LegView['effects'],
): Promise<LegFacts> => (sent && isLiveEffect(sent.state) && sent.state !== 'confirmed' ? findRelease(ctx, row) : {});

/** The settlement that a leg is in, by the leg that it was put in or, where that has ended, by the one of its legs that is least far. */
async function settlementOf({ db }: Context, legId: string): Promise<LegFacts['settlement']> {
  const [first] = await db
    .select({ paymentId: leg.paymentId, legId: leg.id, state: leg.state })
    .from(settlementItem)
    .innerJoin(leg, eq(leg.id, settlementItem.settlementLegId))
    .where(eq(settlementItem.legId, legId));
  if (!first || isLive(first.state)) return first;
  const others = await db
    .select({ paymentId: leg.paymentId, legId: leg.id, state: leg.state })
    .from(leg)
    .where(and(eq(leg.paymentId, first.paymentId), ne(leg.id, first.legId)))
    .orderBy(asc(leg.createdAt), asc(leg.id));
  const live = others.filter(({ state }) => isLive(state));
  return live.find(({ state }) => state !== 'completed') ?? live[0] ?? first;
}

/** The deposit that brought back what this very attempt had paid; one of an earlier attempt ends nothing of this one. */
async function returnOf(
  ctx: Context,
  legId: string,
  paidBy: EffectView | undefined,
): Promise<{ id: string } | undefined> {
  const claimed = [
    ...(await claimedBy(ctx, legId, 'juno_deposit')),
    ...(await claimedBy(ctx, legId, 'suspense_return')),
  ];
  return claimed.find(({ isReturn, effectId }) => isReturn && effectId === (paidBy?.id ?? null));
}

/** What was claimed for a leg from one source. */
async function claimedBy(
  ctx: Context,
  legId: string,
  source: string,
): Promise<{ id: string; claimedAt: Date; isReturn: boolean; effectId: string | null }[]> {
  const rows = await ctx.db
    .select({ id: evidence.externalId, detail: evidence.detail, claimedAt: evidence.claimedAt })
    .from(evidence)
    .where(and(eq(evidence.source, source), eq(evidence.subjectKind, 'leg'), eq(evidence.subjectId, legId)));
  return rows.map(({ id, detail, claimedAt }) => {
    const { isReturn, effectId } = detail as { isReturn?: boolean; effectId?: string | null };
    return { id, claimedAt, isReturn: isReturn === true, effectId: effectId ?? null };
  });
}

async function junoFact(
  ctx: Context,
  sent: EffectView | undefined,
): Promise<(JunoFact & { txHash: string | null }) | undefined> {
  if (!sent?.externalId) return undefined;
  const [row] = await ctx.db.select().from(junoTransaction).where(eq(junoTransaction.id, sent.externalId));
  return row && { id: row.id, status: row.status as JunoFact['status'], txHash: row.txHash };
}
