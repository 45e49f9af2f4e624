/**
 * One payment with the bank, Juno, the chain and people around it, moved by nothing but what `decide` answers. Pure: what is under test
 * is every order in which they can come. Disputes in the contract itself, and reorganisations, have models of their own
 * (test/disputes, test/finality): here the contract takes no dispute, so that a dispute alone has to keep the money.
 */
import { expect } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { JUNO_MINIMUM } from '../../src/reactor/payment/minimum.ts';
import { split } from '../../src/reactor/payment/split.ts';
import { canMove, isFinal, isLive, type LegState, type Party } from '../../src/reactor/payment/states.ts';
import type { Decision, EffectView, LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { isSettleable } from '../../src/reactor/replace/settle-outside.ts';
import { legView, NOW, viewOf } from '../support/views.ts';
import type { Event, Terms } from './order-events.ts';
import { APPEAL_MS, CALLS, LEAVING, type Outside, showing } from './order-facts.ts';

type Kept = { -readonly [K in keyof LegView]: LegView[K] };
export function aWorld({ amount, custodyBasisPoints, release, rail, fees }: Terms) {
  const parts = split({ amount: centavos(amount), custodyBasisPoints, fees });
  if (Array.isArray(parts)) return null;
  let now = NOW.getTime();
  const start = now;
  const deposit = parts.deposit.units;
  const legs: Kept[] = [];
  const born = (given: Partial<LegView>) =>
    void legs.push({
      ...legView({ id: `leg ${legs.length}`, rail, enteredAt: new Date(now), earlyClosed: null, ...given }),
    });
  for (const [kind, part] of [
    ['custody', parts.custody],
    ['immediate', parts.immediate],
  ] as const)
    if (part.units > 0n) born({ kind, amount: part, destinationId: 'the recipient’s' });
  for (const [at, fee] of parts.fees.entries())
    born({ kind: 'commission', amount: fee.amount, destinationId: `the ${at + 1}. broker’s` });

  const head_s = () => Math.floor(now / 1000);
  const of: Outside = {
    ...{ start, head_s, cameIn: 0n, isIssued: false, attempts: new Map(), claimed: new Set(), earned: new Set() },
    ...{ returns: new Map(), settled: new Set() },
  };
  const { attempts, claimed, earned, returns, settled } = of;
  const { keyOf, knownOf, factsOf } = showing(of);
  let approvals: { party: Party; givenAt: Date; valid_s: number }[] = [];
  let [isHeld, isStopped, isAnswerLost, isPayoutFailing] = [false, false, false, false];
  let dispute: { id: string; reasonCode: string; appealableUntil: Date | null } | null = null;
  let decided: 'payer' | 'recipient' | 'split' = 'recipient';
  let [disputes, appeals, isDisputeOver] = [0, 0, false];
  /** What stands at a bank, of which leg; what of it people paid by hand; and what other payments owe to an account. */
  const paid = new Map<string, bigint>();
  const byHand = new Set<string>();
  const owedBeside = new Map<string, bigint>();
  let sent = 0;

  const set = (leg: Kept, kind: EffectKind, given: Partial<EffectView>) => {
    const one = leg.effects[kind];
    if (one) leg.effects = { ...leg.effects, [kind]: { ...one, ...given } };
  };
  const viewNow = (): PaymentView =>
    viewOf(
      {},
      {
        now: new Date(now),
        payment: { release, expiresAt: new Date(start + 4 * 3_600_000), depositsReadAt: new Date(now), isDisputeOver },
        chain: { headTimestamp: head_s(), trouble: null },
        legs: legs.map((leg) => ({ ...leg, facts: factsOf(leg), approvals: leg.kind === 'custody' ? approvals : [] })),
        holds: [
          ...(isHeld ? [{ kind: 'hold' as const, sentence: 'is looked into' }] : []),
          ...(dispute ? [{ kind: 'dispute' as const, sentence: 'contested' }] : []),
        ],
        dispute,
        stopped: isStopped ? [{ name: 'all', reason: 'a drill' }] : [],
      },
    );
  const isBarred = () => isHeld || isStopped || dispute !== null;
  const ownOf = ({ id }: LegView): Kept => {
    const own = legs.find((leg) => leg.id === id);
    if (!own) throw new Error(`no leg ${id}`);
    return own;
  };

  /** Other legs take the place of one, where its money is. */
  const replace = (leg: Kept, heirs: readonly Partial<LegView>[]) => {
    expect(paid.get(leg.id) ?? 0n, `${leg.id} is replaced and stands at a bank`).toBe(0n);
    const state: LegState =
      leg.state === 'paying_out' || (leg.rail !== 'bank_redemption' && leg.state.startsWith('payout_'))
        ? 'paying_out'
        : 'reserved';
    expect(canMove(leg.kind, leg.state, 'replaced'), `${leg.kind} ${leg.state}`).toBe(true);
    leg.state = 'replaced';
    const { kind, rail, destinationId } = leg;
    for (const heir of heirs) born({ kind, rail, destinationId, state, ...heir });
    // What was earned stays earned, whoever is paid for it.
    for (const heir of legs.slice(-heirs.length))
      if (heir.kind === 'commission' && earned.has(leg.id)) earned.add(heir.id);
  };
  /** As two people order it: so much of each leg that has not left. */
  const orderBack = (partOf: (units: bigint) => bigint) => {
    for (const leg of legs) {
      const isWaiting = leg.state === 'requested' && of.cameIn === 0n;
      if (
        isWaiting ||
        isFinal(leg.state) ||
        LEAVING.has(leg.state) ||
        leg.refund ||
        earned.has(leg.id) ||
        leg.kind === 'refund'
      )
        continue;
      const part = partOf(leg.amount.units);
      if (part > 0n) leg.refund = { amount: centavos(part) };
    }
  };
  const move = (leg: Kept, to: LegState) => {
    if (to !== leg.state) expect(canMove(leg.kind, leg.state, to), `${leg.kind}: ${leg.state} → ${to}`).toBe(true);
    leg.enteredAt = new Date(now);
    leg.state = to;
  };

  /** Carries out what was decided. Answers whether there was anything to do. */
  function apply(d: Decision): boolean {
    if (d.do === 'record' || d.do === 'replace' || (d.do === 'send' && d.mayWrite))
      expect(isBarred(), `${d.do} of ${d.leg.id} past a hold, a dispute or a switch`).toBe(false);
    switch (d.do) {
      case 'move':
        for (const { source, externalId } of d.claims) {
          expect(claimed.has(`${source} ${externalId}`), `${source} ${externalId} is claimed twice`).toBe(false);
          claimed.add(`${source} ${externalId}`);
        }
        if (d.confirms) set(ownOf(d.leg), d.confirms.kind, { state: 'confirmed', externalId: 'x' });
        if (d.kills) {
          // What may have left is not given up.
          expect(
            d.kills.state === 'recorded' || d.kills.kind === 'bitso_payout' || d.kills.kind === 'approver_signature',
          ).toBe(true);
          set(ownOf(d.leg), d.kills.kind, { state: 'dead', error: { code: 'no_longer_wanted', text: '' } });
        }
        if (d.booking.write === 'earned') earned.add(d.leg.id);
        if (d.to === 'payout_returned') claimed.add(`return ${d.leg.id}`);
        if (d.escrow) ownOf(d.leg).deadline = d.escrow.deadline;
        for (const { leg, to } of [d, ...(d.beside ?? [])]) move(ownOf(leg), to);
        return true;
      case 'record': {
        const leg = ownOf(d.leg);
        const isSignature = d.effect === 'approver_signature';
        const act = leg.refund?.amount.units === leg.amount.units ? 'cancel' : 'release';
        const early =
          isSignature || d.early
            ? {
                early: {
                  act,
                  escrowId: 1n,
                  disputes: isSignature ? 0 : null,
                  expiry: head_s() + 86_400,
                  approver: '0xa',
                } as const,
              }
            : {};
        const begun = {
          id: `${leg.id} ${d.effect}`,
          kind: d.effect,
          attempt: d.attempt,
          state: 'recorded',
          externalId: null,
        } as const;
        const fresh = { failures: 0, error: null, firstSentAt: null, nextLookAt: new Date(now), ...early };
        leg.effects = { ...leg.effects, [d.effect]: { ...begun, ...fresh } };
        move(leg, d.to);
        return true;
      }
      case 'send': {
        const leg = ownOf(d.leg);
        const key = keyOf(leg, d.effect.kind);
        // The same key and the same bytes: what Juno has already it does not do again.
        if (d.mayWrite && !attempts.has(key)) {
          sent++;
          attempts.set(key, { isDone: d.effect.kind === 'approver_signature', hasFailed: false });
        }
        const isKnown = attempts.has(key);
        const isLost = isAnswerLost && d.effect.kind !== 'approver_signature';
        isAnswerLost = false;
        if (isLost || !isKnown) {
          const was = leg.effects[d.effect.kind];
          set(leg, d.effect.kind, { state: isKnown ? 'unknown' : 'recorded', nextLookAt: new Date(now + 1_000) });
          return was?.state !== leg.effects[d.effect.kind]?.state;
        }
        set(leg, d.effect.kind, { state: 'confirmed', externalId: key });
        return true;
      }
      case 'replace': {
        const leg = ownOf(d.leg);
        const back = leg.refund?.amount.units ?? 0n;
        const rest = leg.amount.units - back;
        replace(leg, [
          { kind: 'refund', amount: centavos(back), destinationId: 'the payer’s' },
          ...(rest > 0n ? [{ amount: centavos(rest) }] : []),
        ]);
        return true;
      }
      case 'ask': {
        const leg = ownOf(d.leg);
        const isNew = leg.attention?.code !== d.code;
        leg.attention = { code: d.code, text: d.sentence };
        return isNew;
      }
      case 'conclude':
        expect(dispute?.appealableUntil && dispute.appealableUntil.getTime() <= now).toBe(true);
        dispute = null;
        isDisputeOver = true;
        if (decided === 'payer') orderBack((units) => units);
        if (decided === 'split') orderBack((units) => units / 3n);
        return true;
      default:
        return false;
    }
  }
  const pay = (leg: LegView) => {
    expect(leg.refund, `${leg.id} goes back to the payer, and is paid`).toBeUndefined();
    paid.set(leg.id, (paid.get(leg.id) ?? 0n) + leg.amount.units);
    expect(paid.get(leg.id), `${leg.id} is paid twice`).toBe(leg.amount.units);
    expect(
      [...paid.values()].reduce((a, b) => a + b, 0n),
      'more leaves than came in',
    ).toBeLessThanOrEqual(of.cameIn);
  };
  function happen(event: Event): void {
    switch (event) {
      case 'the payer pays in':
        if (of.cameIn === 0n && legs.some(({ state }) => state === 'requested')) of.cameIn = deposit;
        return;
      case 'Juno issues':
        of.isIssued = of.cameIn > 0n;
        return;
      case 'time passes':
        now += 1_200_000;
        return;
      case 'the payer approves':
      case 'the recipient approves': {
        const party = event === 'the payer approves' ? 'payer' : 'recipient';
        if (!approvals.some((one) => one.party === party))
          approvals = [...approvals, { party, givenAt: new Date(now), valid_s: 30 * 86_400 }];
        return;
      }
      case 'an approval is taken back':
        approvals = approvals.slice(1);
        return;
      case 'a hold is opened':
      case 'the hold is closed':
        isHeld = event === 'a hold is opened';
        return;
      case 'a switch is thrown':
      case 'the switch is opened':
        isStopped = event === 'a switch is thrown';
        return;
      case 'a side disputes it':
        if (disputes === 0 && of.cameIn > 0n && legs.some(({ state }) => !isFinal(state) && !LEAVING.has(state))) {
          disputes++;
          dispute = { id: 'd', reasonCode: 'not_received', appealableUntil: null };
        }
        return;
      case 'two people decide for the payer':
      case 'two people decide for the recipient':
      case 'two people split it':
        if (!dispute || dispute.appealableUntil) return;
        decided = event.endsWith('payer') ? 'payer' : event.endsWith('recipient') ? 'recipient' : 'split';
        dispute = { ...dispute, appealableUntil: new Date(now + APPEAL_MS) };
        return;
      case 'a side appeals':
        if (!dispute?.appealableUntil || dispute.appealableUntil.getTime() <= now || appeals > 1) return;
        appeals++;
        dispute = { ...dispute, appealableUntil: null };
        return;
      case 'two people order it back':
        if (!dispute) orderBack((units) => units);
        return;
      case 'two people pay it again': {
        const leg = legs.find(({ state }) => state === 'payout_failed' || state === 'payout_returned');
        if (leg && !isBarred()) replace(leg, [{ amount: leg.amount, kind: leg.kind }]);
        return;
      }
      case 'the next answer is lost':
        isAnswerLost = true;
        return;
      case 'the next payout fails':
        isPayoutFailing = true;
        return;
      case 'the wallet signs':
        for (const leg of legs)
          for (const kind of CALLS)
            if (leg.effects[kind]?.state === 'recorded' && !isBarred()) {
              set(leg, kind, { state: 'sending', firstSentAt: new Date(now) });
              attempts.set(keyOf(leg, kind), { isDone: false, hasFailed: false });
            }
        return;
      case 'a block':
        for (const leg of legs)
          for (const kind of CALLS) {
            const known = knownOf(leg, kind);
            if (!known || known.isDone) continue;
            // The contract itself: nothing before its date without an approver's signature.
            const { early } = leg.effects[kind] ?? {};
            if (kind === 'chain_release')
              expect(early !== undefined || head_s() >= (leg.deadline ?? Number.POSITIVE_INFINITY)).toBe(true);
            known.isDone = true;
          }
        return;
      case 'Juno works':
        for (const leg of legs) {
          const withdrawal = knownOf(leg, 'juno_withdrawal');
          if (withdrawal) withdrawal.isDone = true;
          const redemption = knownOf(leg, 'juno_redemption');
          if (redemption && !redemption.isDone) {
            redemption.isDone = true;
            if (leg.rail === 'bank_redemption') pay(leg);
          }
          const payout = knownOf(leg, 'bitso_payout');
          if (payout && !payout.isDone && !payout.hasFailed) {
            if (isPayoutFailing) payout.hasFailed = true;
            else {
              payout.isDone = true;
              pay(leg);
            }
            isPayoutFailing = false;
          }
        }
        return;
      case 'a bank sends it back': {
        const leg = legs.find(
          ({ id, state }) => state === 'completed' && (paid.get(id) ?? 0n) > 0n && !settled.has(id),
        );
        if (!leg) return;
        paid.set(leg.id, 0n);
        returns.set(leg.id, (returns.get(leg.id) ?? 0) + 1);
        return;
      }
      case 'more accrues for the same accounts':
        for (const { destinationId } of legs)
          owedBeside.set(destinationId, (owedBeside.get(destinationId) ?? 0n) + JUNO_MINIMUM.units / 3n);
        return;
      case 'a settlement pays': {
        if (isBarred()) return;
        const accrued = legs.filter(({ id, state }) => state === 'accrued' && !settled.has(id));
        for (const [account, own] of Map.groupBy(accrued, ({ destinationId }) => destinationId)) {
          const owed = own.reduce((sum, { amount }) => sum + amount.units, owedBeside.get(account) ?? 0n);
          if (owed < JUNO_MINIMUM.units) continue;
          owedBeside.delete(account);
          for (const leg of own) {
            settled.add(leg.id);
            pay(leg);
          }
        }
        return;
      }
      case 'two people pay by hand what accrued': {
        const leg = legs.find(({ id, state }) => state === 'accrued' && !settled.has(id));
        if (!leg || dispute || !isSettleable(leg.state)) return;
        move(leg, 'closed');
        byHand.add(leg.id);
        pay(leg);
        return;
      }
      case 'the reactor looks':
        look();
    }
  }
  const look = () => apply(decide(viewNow()));

  return {
    happen,
    look,
    legs: (): readonly LegView[] => legs,
    deposit,
    cameIn: () => of.cameIn,
    sent: () => sent,
    /** What stands at banks. */
    out: () => [...paid.values()].reduce((sum, one) => sum + one, 0n),
    paidOf: (leg: LegView) => paid.get(leg.id) ?? 0n,
    /** With what people paid by hand: its leg is closed and was its part of the deposit. */
    live: () =>
      legs.filter(({ id, state }) => isLive(state) || byHand.has(id)).reduce((sum, one) => sum + one.amount.units, 0n),
    isBarred,
    hasSettled: () => settled.size > 0,
    isOver: () => legs.every((leg) => isFinal(leg.state)) && decide(viewNow()).do === 'done',
    needs: (code: string) => legs.some(({ attention }) => attention?.code === code),
    shown: () =>
      JSON.stringify(
        {
          legs: legs.map(({ id, kind, state, attention, effects }) => ({ id, kind, state, attention, effects })),
          isHeld,
          isStopped,
          dispute,
        },
        (_, value) => (typeof value === 'bigint' ? value.toString() : value),
      ),
  };
}
export type World = NonNullable<ReturnType<typeof aWorld>>;
