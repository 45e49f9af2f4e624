import { and, asc, eq, ne, sql } from 'drizzle-orm';
import { readTransfers } from '../../chain/indexed/readTransfers.ts';
import type { IndexedEscrowEvent, IndexedTransfer } from '../../chain/indexed/types.ts';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import {
  bitsoWithdrawal,
  type destination,
  junoTransaction,
  leg,
  type payment,
  settledOutside,
  walletTransaction,
} from '../db/schema.ts';
import { type EffectKind, isLiveEffect } from '../effects/states.ts';
import type { FinalityStep } from '../finality/policy.ts';
import { liesInWallet, walletOf } from '../payment/former-wallet.ts';
import { BEYOND_RETURN, isFinal, isLive } from '../payment/states.ts';
import { FAILURES_BEFORE_ASKING } from '../payment/step.ts';
import type {
  DepositFacts,
  EffectView,
  EvidenceName,
  JunoFact,
  LegFacts,
  LegView,
  PaymentView,
} from '../payment/view.ts';
import { depositAddressView } from '../probe/trust.ts';
import { earlyOf, escrowNow, whyClosed } from '../release/early.ts';
import { releaseView } from '../release/standing.ts';
import { eventsOf, findArrival, findCreation, findDispute, findRelease } from './chain-facts.ts';
import { findCredit, findIssuance } from './juno-facts.ts';
import { contractOf, ownEscrow } from './own-escrow.ts';
import {
  type ClaimRow,
  type EffectRow,
  type RegistrationRow,
  type Rows,
  readRows,
  type SettlementRow,
} from './rows.ts';
import { custodyEnd, readStanding } from './standing.ts';
import { vouchFor } from './vouch.ts';

type LegRow = typeof leg.$inferSelect;

/** Reads all that a decision about a payment may depend on, beside rows that were read. Null when there is no such payment. Sends nothing. */
export async function loadView(ctx: Context, paymentId: string, read?: Rows): Promise<PaymentView | null> {
  const rows = read ?? (await readRows(ctx, paymentId));
  const [first] = rows;
  if (!first) return null;
  const { row, depositsReadAt_ms } = first;
  const isRequested = rows.some(({ own }) => own.state === 'requested');
  const depositsReadAt = isRequested && depositsReadAt_ms !== null ? new Date(Number(depositsReadAt_ms)) : null;
  const deposit = isRequested ? await depositFacts(ctx, row, first.depositClaims) : {};
  const views = await Promise.all(
    rows.map(
      async ({
        own,
        account,
        registration,
        claims,
        effects,
        stopped,
        held,
        contractStopped,
        refund,
        settlement,
        isEarned,
        ...release
      }): Promise<LegView> => {
        const newest = newestOf(effects.filter(({ legId }) => legId === own.id));
        return {
          id: own.id,
          kind: own.kind,
          state: own.state,
          amount: centavos(own.amount),
          rail: own.rail,
          destinationId: own.destinationId,
          replaces: own.replaces,
          account: { isReady: account.verifiedAt !== null, problem: problemOf(account, registration) },
          stopped,
          held,
          contractStopped,
          ...(refund === null ? {} : { refund: { amount: centavos(BigInt(refund)) } }),
          fundsInTwo: contractOf(ctx, own)?.funds === 'in_two',
          endsByCancel: contractOf(ctx, own)?.endsDispute.by === 'cancel',
          enteredAt: own.enteredAt,
          deadline: own.deadline,
          ...releaseView(ctx, own, release),
          earlyClosed: whyClosed(contractOf(ctx, own)?.early != null, ctx.approver != null),
          attention:
            own.attentionCode === null
              ? null
              : { code: own.attentionCode, text: own.attentionText ?? '', owner: own.attentionOwner },
          effects: newest,
          facts:
            own.state === 'requested'
              ? deposit
              : {
                  ...(await factsOf(ctx, own, { claims, settlement, isEarned }, newest)),
                  ...(await escrowNow(ctx, own, row, { ...release, refund }, newest)),
                },
        };
      },
    ),
  );
  return {
    now: new Date(Math.floor(Number(first.now_ms))),
    payment: {
      id: row.id,
      expiresAt: row.expiresAt,
      depositsReadAt,
      release: row.releasePolicy,
      isDisputeOver: first.isDisputeOver,
    },
    legs: views,
    holds: first.holds,
    dispute: first.dispute && {
      ...first.dispute,
      appealableUntil: first.dispute.appealableUntil === null ? null : new Date(Number(first.dispute.appealableUntil)),
    },
    stopped: first.stoppedAll,
    uncleared: first.uncleared,
    hasBitso: ctx.settings.bitsoBaseUrl !== null,
    creditBound_ms: ctx.settings.junoCreditBound_ms,
    depositAddress: depositAddressView(ctx, first.isAddressProved),
    chain: ctx.watchdog.current(),
  };
}

/** Why a payout account cannot be used, in the words for a person; null while it may still become usable. */
function problemOf(account: typeof destination.$inferSelect, last: RegistrationRow | null): string | null {
  if (account.verifiedAt) return null;
  const shown = `the payout account ${maskClabe(account.clabe)}`;
  if (account.differs)
    return `Juno has another CLABE or name for ${shown} than it was given. The money waits. Compare both; a correction is a new account.`;
  const { text } = last?.error ?? { text: 'no reason given' };
  if (last?.state === 'rejected')
    return `Juno refuses ${shown}: ${text}. The money waits. Ask the recipient for another account.`;
  if (last && last.state !== 'confirmed' && last.failures >= FAILURES_BEFORE_ASKING)
    return `${shown} could not be registered at Juno ${last.failures} times: ${text}. The money waits and it goes on looking. Look for the account at Juno; it is never registered twice by itself.`;
  return null;
}

function newestOf(effects: readonly EffectRow[]): LegView['effects'] {
  const newest: Partial<Record<EffectKind, EffectView>> = {};
  for (const { legId: _, firstSentAt, nextLookAt, request, ...effect } of effects) {
    newest[effect.kind] ??= {
      ...effect,
      ...earlyOf(effect.kind, request),
      firstSentAt: firstSentAt === null ? null : new Date(firstSentAt),
      nextLookAt: new Date(nextLookAt),
    };
  }
  return newest;
}

/** What became of the deposit that a payment waits for: it is the payment's, and moves all of its legs. */
async function depositFacts(
  ctx: Context,
  { depositClabe: clabe, amount }: typeof payment.$inferSelect,
  claims: readonly ClaimRow[],
): Promise<DepositFacts> {
  const [assigned] = claimedFrom(claims, 'suspense_part');
  if (assigned) return { assigned };
  const [deposit] = claimedFrom(claims, 'juno_deposit');
  if (!deposit || clabe === null) return {};
  const issuance = await findIssuance(ctx, { depositId: deposit.id, clabe, amount });
  return { deposit, ...(issuance ? { issuance } : {}) };
}

/** What the database told of a leg at once. */
type Known = Readonly<{ claims: readonly ClaimRow[]; settlement: SettlementRow | null; isEarned: boolean }>;

/** What could end the state that the leg is in, and what a release that was undone behind it needs. */
async function factsOf(ctx: Context, row: LegRow, known: Known, effects: LegView['effects']): Promise<LegFacts> {
  const facts = { ...(await ownFactsOf(ctx, row, known, effects)), ...formerWallet(ctx, row, known, effects) };
  const release = effects.chain_release;
  if (!release || release.state === 'confirmed' || !BEYOND_RETURN.has(row.state) || isLost(known)) return facts;
  return { ...facts, ...(await readStanding(ctx, row, 'beyond')), ...(await releaseAgain(ctx, row, effects)) };
}

/** What its escrow paid to a stranger is written off: no release of it gives the wallet anything back. */
const isLost = ({ claims }: Known): boolean => claims.some(({ detail }) => (detail as { as?: string }).as === 'stolen');

/** The wallet of before that its MXNB are in, where they are in one. */
function formerWallet(
  { settings }: Context,
  row: LegRow,
  { claims }: Known,
  effects: LegView['effects'],
): Pick<LegFacts, 'formerWallet'> {
  if (!liesInWallet(row.state, (kind) => effects[kind]?.state)) return {};
  const wallet = walletOf(row, claims, settings);
  return wallet === settings.bridge ? {} : { formerWallet: wallet };
}

/** Looks only for what could end the state that the leg is in. */
async function ownFactsOf(
  ctx: Context,
  row: LegRow,
  { claims, settlement: putIn, isEarned }: Known,
  effects: LegView['effects'],
): Promise<LegFacts> {
  const { db, settings } = ctx;
  const bridge = settings.bridge;
  const units = toMxnb(centavos(row.amount)).units;
  const vouch = (fact: IndexedEscrowEvent | IndexedTransfer, step: FinalityStep) =>
    vouchFor(ctx, fact, { amount: centavos(row.amount), step });

  switch (row.state) {
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
    case 'in_custody': {
      const facts = await disputeFacts(ctx, row, claims, effects, await readStanding(ctx, row, row.state));
      return facts.isEnded ? { ...facts, ...(await findRelease(ctx, row)) } : facts;
    }
    case 'withdrawn':
    case 'created':
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
      // Read again only where something is amiss: a release is otherwise simulated before it is signed.
      const release = effects.chain_release;
      const isAmiss = effects.chain_fund?.state === 'dead' || (release?.state === 'recorded' && release.failures > 0);
      const standing = isAmiss ? await readStanding(ctx, row, row.state) : {};
      return { ...(await disputeFacts(ctx, row, claims, effects, standing)), ...(await findRelease(ctx, row)) };
    }
    case 'returning': {
      const sent = effects.chain_return;
      if (!sent) return {};
      // Only where it is known to be undone, or the wallet may lack it: what was believed once is not read again while money is on its way.
      const isAmiss = effects.chain_release?.state === 'dead' || (sent.state === 'recorded' && sent.failures > 0);
      const undone = isAmiss ? await readStanding(ctx, row, row.state) : {};
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
      if (!sentBack) return undone;
      const credit = await findCredit(ctx, { txHash: sentBack.txHash, amount: row.amount, since: sent.firstSentAt });
      return {
        ...undone,
        sentBack: await vouch(sentBack, 'redemption'),
        ...(credit ? { credit } : {}),
      };
    }
    case 'redeeming': {
      const redemption = await junoFact(ctx, effects.juno_redemption);
      const returnedBy = returnOf(claims, effects.juno_redemption);
      return { ...(redemption ? { redemption } : {}), ...(returnedBy ? { returnedBy } : {}) };
    }
    case 'paying_out': {
      const sent = effects.bitso_payout;
      if (!sent?.externalId) return {};
      const [found] = await db.select().from(bitsoWithdrawal).where(eq(bitsoWithdrawal.id, sent.externalId));
      return found ? { bitsoPayout: { ...found, status: found.status as JunoFact['status'] } } : {};
    }
    case 'reserved':
      return row.kind === 'commission' ? { isEarned } : {};
    case 'accrued': {
      const settlement = await settlementOf(ctx, putIn);
      return settlement ? { settlement } : {};
    }
    case 'completed': {
      const settlement = await settlementOf(ctx, putIn);
      if (settlement) return settlement.state === 'completed' || settlement.isSettledOutside ? {} : { settlement };
      const paidBy = effects.bitso_payout ?? effects.juno_redemption;
      const returnedBy = returnOf(claims, paidBy);
      return returnedBy ? { returnedBy } : {};
    }
    default:
      return {};
  }
}

/** The same with what is known of a dispute of the escrow: only one that is disputed, or that we froze, is asked for it. */
async function disputeFacts(
  ctx: Context,
  row: LegRow,
  claims: readonly ClaimRow[],
  effects: LegView['effects'],
  standing: LegFacts,
): Promise<LegFacts> {
  if (!standing.isDisputed && !effects.chain_dispute && !effects.chain_resolve) return standing;
  const evidence = claims
    .filter(({ source }) => source === 'chain')
    .map(({ detail }) => detail as { as: EvidenceName; txHash: string });
  const claimed = new Set(evidence.filter(({ as }) => as === 'disputed' || as === 'resolved').map((e) => e.txHash));
  const wasFrozen = evidence.some(({ as }) => as === 'disputed');
  return { ...standing, wasFrozen, ...(await findDispute(ctx, row, claimed)) };
}

/** A release that was undone and is made again, while the leg is beyond it. */
const releaseAgain = async (
  ctx: Context,
  row: LegRow,
  { chain_release: sent }: LegView['effects'],
): Promise<LegFacts> => (sent && isLiveEffect(sent.state) && sent.state !== 'confirmed' ? findRelease(ctx, row) : {});

/** The settlement that a leg is in, by the leg that it was put in or, where that has ended, by the one of its legs that is least far. */
async function settlementOf({ db }: Context, first: SettlementRow | null): Promise<LegFacts['settlement']> {
  if (!first) return undefined;
  if (isLive(first.state) || first.isSettledOutside) return first;
  const shown = {
    paymentId: leg.paymentId,
    legId: leg.id,
    state: leg.state,
    isSettledOutside: sql<boolean>`${settledOutside.legId} IS NOT NULL`,
  };
  const others = await db
    .select(shown)
    .from(leg)
    .leftJoin(settledOutside, eq(settledOutside.legId, leg.id))
    .where(and(eq(leg.paymentId, first.paymentId), ne(leg.id, first.legId)))
    .orderBy(asc(leg.createdAt), asc(leg.id));
  const paying = others.filter(({ state, isSettledOutside }) => isLive(state) || isSettledOutside);
  return paying.find(({ state }) => !isFinal(state)) ?? paying[0] ?? first;
}

/** The deposit that brought back what this very attempt had paid; one of an earlier attempt ends nothing of this one. */
function returnOf(claims: readonly ClaimRow[], paidBy: EffectView | undefined): { id: string } | undefined {
  return ['juno_deposit', 'suspense_return']
    .flatMap((source) => claimedFrom(claims, source))
    .find(({ isReturn, effectId }) => isReturn && effectId === (paidBy?.id ?? null));
}

/** What was claimed for a leg, or for a payment as a whole, from one source. */
function claimedFrom(
  claims: readonly ClaimRow[],
  source: string,
): { id: string; claimedAt: Date; isReturn: boolean; effectId: string | null }[] {
  return claims
    .filter((claim) => claim.source === source)
    .map(({ id, detail, claimedAt }) => {
      const { isReturn, effectId } = detail as { isReturn?: boolean; effectId?: string | null };
      return { id, claimedAt: new Date(claimedAt), isReturn: isReturn === true, effectId: effectId ?? null };
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
