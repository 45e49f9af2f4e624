/**
 * What to do next with a payment. Pure: no input or output, clock or randomness; total over every state. The simulation and
 * the property tests drive it, `kustodia payment why` prints it.
 */
import { type EffectKind, type EffectState, isLiveEffect, MAX_ATTEMPTS } from '../effects/states.ts';
import { isFinal, type LegState } from './states.ts';
import type { ChainFact, Claim, Decision, EffectView, JunoFact, LegView, PaymentView } from './view.ts';

/** How long a leg sleeps when only an event from outside can wake it; the sweep looks then even if no event came. */
const LOOK_AGAIN_MS = 30_000;
/** Juno credits a return in seconds; after this long a person asks Juno's support. */
const CREDIT_BOUND_MS = 2 * 60 * 60 * 1000;
/** Failures in a row of something that was never sent, before a person is told. It goes on trying all the same. */
const FAILURES_BEFORE_ASKING = 8;

type LegDecision = (view: PaymentView, leg: LegView) => Decision;

/** The decision for a whole payment: the first leg with something to do; else the earliest time to look again. */
export function decide(view: PaymentView): Decision {
  // What came back is worked on again, though its leg had reached its end.
  const open = view.legs.filter((leg) => !isFinal(leg.state) || leg.facts.returnedBy);
  const decisions = open.map((leg) => decideLeg(view, leg));
  const act = decisions.find((d) => d.do === 'move' || d.do === 'record' || d.do === 'send');
  const ask = decisions.find((d) => d.do === 'ask' && d.leg.attention?.code !== d.code);
  const waits = decisions
    .map((d): Decision => (d.do === 'ask' ? { do: 'wait', leg: d.leg, for: d.sentence, until: later(view) } : d))
    .filter((d) => d.do === 'wait')
    .sort((a, b) => a.until.getTime() - b.until.getTime());
  return act ?? ask ?? waits[0] ?? { do: 'done' };
}

/** The decision for one leg, whatever the others do. */
export function decideLeg(view: PaymentView, leg: LegView): Decision {
  const decision = STEPS[leg.state](view, leg);
  return decision.do === 'record' || decision.do === 'send' ? (barrier(view, leg) ?? decision) : decision;
}

const later = (view: PaymentView, ms = LOOK_AGAIN_MS) => new Date(view.now.getTime() + ms);
const wait = (view: PaymentView, leg: LegView, what: string, ms?: number): Decision => ({
  do: 'wait',
  leg,
  for: what,
  until: later(view, ms),
});
const ask = (leg: LegView, code: string, sentence: string, owner = 'operations'): Decision => ({
  do: 'ask',
  leg,
  code,
  sentence,
  owner,
});

/** What stands between any decision to act and the act. The recording transaction checks the same again, under locks. */
function barrier(view: PaymentView, leg: LegView): Decision | null {
  const [hold] = view.holds;
  if (hold) return wait(view, leg, `the ${hold.kind} to be closed: ${hold.sentence}`);
  const [stopped] = view.stopped;
  if (stopped)
    return wait(view, leg, `the switch “${stopped.name}” to be opened again: ${stopped.reason ?? 'no reason given'}`);
  if (view.chain.trouble && leg.state !== 'requested') return wait(view, leg, view.chain.trouble, 1_000);
  return null;
}

/** Begins a step: records its effect, or a new attempt when the last one is dead. A rejected one is a person's. */
function begin(leg: LegView, kind: EffectKind, to: LegState): Decision {
  const last = leg.effects[kind];
  if (last && isLiveEffect(last.state)) {
    return ask(
      leg,
      'effect_out_of_place',
      `A live ${kind} (attempt ${last.attempt}) exists, but the leg is ${leg.state}. Nothing is sent. Look at both before anything else.`,
      'engineering',
    );
  }
  if (last?.state === 'rejected') {
    return ask(
      leg,
      `rejected:${last.error?.code ?? 'no_code'}`,
      `${kind} was refused before it was processed: ${last.error?.text ?? 'no reason given'}. The money has not moved. Mend the cause, then allow a new attempt.`,
    );
  }
  if (last && last.attempt >= MAX_ATTEMPTS) {
    return ask(
      leg,
      'attempts_used_up',
      `${kind} came to nothing ${last.attempt} times; the money is back where the step began. A person decides whether to try again.`,
    );
  }
  return { do: 'record', leg, effect: kind, attempt: (last?.attempt ?? 0) + 1, to, cause: kind };
}

/** A step whose effect Juno performs: send it, resolve it, or read Juno's own record of it. */
function junoStep(
  view: PaymentView,
  leg: LegView,
  kind: EffectKind,
  fact: JunoFact | undefined,
  back: LegState,
  next: () => Decision,
): Decision {
  const effect = leg.effects[kind];
  if (!effect) return ask(leg, 'effect_missing', `The leg is ${leg.state} without a recorded ${kind}.`, 'engineering');
  const unsent: readonly EffectState[] = ['recorded', 'sending', 'unknown'];
  if (unsent.includes(effect.state)) {
    if (effect.nextLookAt > view.now) return waitForEffect(view, leg, effect);
    return { do: 'send', leg, effect };
  }
  if (effect.state === 'rejected')
    return back === leg.state
      ? begin(leg, kind, leg.state)
      : fallBack(leg, back, kind, effect, `${kind} was refused before it was processed`);
  if (effect.state === 'dead')
    return fallBack(leg, back, kind, effect, `${kind} came to nothing and the money was seen back`);
  if (fact?.status === 'failed') {
    return ask(
      leg,
      'failed_not_returned',
      `Juno says that ${kind} ${effect.externalId} failed, and the money was not seen back where the step began. Nothing is sent again until it is.`,
    );
  }
  if (fact?.status === 'complete') return next();
  return wait(view, leg, `Juno to complete ${kind} ${effect.externalId}`);
}

/** An effect that has its reasons to wait: after many failures a person is told as well. */
function waitForEffect(view: PaymentView, leg: LegView, effect: EffectView): Decision {
  const text = effect.error ? `${effect.kind} to be tried again: ${effect.error.text}` : `${effect.kind} to be sent`;
  if (effect.failures >= FAILURES_BEFORE_ASKING)
    return ask(
      leg,
      `${effect.kind}_not_getting_through`,
      `${text} (${effect.failures} times in a row). It goes on trying; nothing is sent twice.`,
    );
  return { do: 'wait', leg, for: text, until: effect.nextLookAt > view.now ? effect.nextLookAt : later(view, 1_000) };
}

const fallBack = (leg: LegView, to: LegState, kind: EffectKind, _effect: EffectView, cause: string): Decision => ({
  do: 'move',
  leg,
  to,
  cause,
  claims: [],
  booking: { void: kind },
});

/** A step that the bridge wallet performs: the wallet lane signs and broadcasts, the indexed event ends it. */
function chainStep(
  view: PaymentView,
  leg: LegView,
  kind: EffectKind,
  back: LegState,
  facts: readonly (ChainFact | undefined)[],
  next: (facts: readonly ChainFact[]) => Decision,
): Decision {
  const effect = leg.effects[kind];
  if (!effect) return ask(leg, 'effect_missing', `The leg is ${leg.state} without a recorded ${kind}.`, 'engineering');
  const found = facts.filter((fact) => fact !== undefined);
  if (found.length === facts.length) return settled(view, leg, found) ?? next(found);
  if (effect.state === 'dead') return fallBack(leg, back, kind, effect, `${kind} failed on chain; nothing moved`);
  if (effect.failures >= FAILURES_BEFORE_ASKING) return waitForEffect(view, leg, effect);
  return wait(
    view,
    leg,
    effect.state === 'recorded' ? `the wallet’s turn to sign ${kind}` : `${kind} to be mined and indexed`,
  );
}

/** Null when the RPC itself vouches for every fact. */
function settled(view: PaymentView, leg: LegView, facts: readonly ChainFact[]): Decision | null {
  if (facts.some((fact) => fact.verdict === 'mismatch')) {
    return ask(
      leg,
      'indexer_mismatch',
      'The indexer shows an event that the RPC does not have in that block. Money waits until both agree; check that the indexer follows the right chain.',
      'engineering',
    );
  }
  if (facts.some((fact) => fact.verdict === 'unreachable')) return wait(view, leg, 'the RPC to answer', 1_000);
  if (facts.some((fact) => fact.verdict === 'shallow'))
    return wait(view, leg, 'more blocks on top of the evidence', 1_000);
  return null;
}

const chainClaim = (fact: ChainFact): Claim => ({
  source: 'chain',
  externalId: fact.id,
  detail: { txHash: fact.txHash, blockNumber: fact.blockNumber.toString(), blockHash: fact.blockHash },
});
const junoClaim = (fact: { id: string }): Claim => ({ source: 'juno_transaction', externalId: fact.id, detail: {} });
const done: LegDecision = () => ({ do: 'done' });

const STEPS: Readonly<Record<LegState, LegDecision>> = {
  requested: (view, leg) => {
    const { deposit, issuance, assigned } = leg.facts;
    const funded = leg.kind === 'custody' ? 'deposited' : 'reserved';
    if (assigned) return { do: 'move', leg, to: funded, cause: 'assigned from suspense', claims: [], booking: {} };
    if (deposit) {
      if (issuance?.status === 'complete') {
        return {
          do: 'move',
          leg,
          to: funded,
          cause: 'ISSUANCE complete',
          // The deposit is named beside it: equal deposits of one CLABE share out their ISSUANCEs by this.
          claims: [{ ...junoClaim(issuance), detail: { depositId: deposit.id } }],
          booking: { write: 'issuance' },
        };
      }
      if (issuance?.status === 'failed')
        return ask(
          leg,
          'issuance_failed',
          `Juno could not issue MXNB for deposit ${deposit.id}; it sends the pesos back to the payer by itself. Confirm that, then close the payment.`,
        );
      return wait(view, leg, 'Juno to issue MXNB for the deposit');
    }
    if (view.payment.expiresAt <= view.now) {
      return { do: 'move', leg, to: 'expired', cause: 'no deposit in time', claims: [], booking: {} };
    }
    const left_ms = view.payment.expiresAt.getTime() - view.now.getTime();
    return wait(view, leg, 'the payer’s SPEI deposit', Math.min(left_ms, LOOK_AGAIN_MS));
  },

  deposited: (view, leg) => {
    if (view.destination.problem) return ask(leg, 'payout_account_unusable', view.destination.problem);
    if (!view.destination.isReady)
      return wait(view, leg, 'the payout account to be registered at Juno and read back', 2_000);
    return begin(leg, 'juno_withdrawal', 'withdrawing');
  },

  withdrawing: (view, leg) =>
    junoStep(view, leg, 'juno_withdrawal', leg.facts.withdrawal, 'deposited', () => {
      const { arrival, withdrawal } = leg.facts;
      if (!arrival || !withdrawal) return wait(view, leg, 'the indexer to show the transfer to the bridge wallet');
      return (
        settled(view, leg, [arrival]) ?? {
          do: 'move',
          leg,
          to: 'withdrawn',
          cause: 'MXNB arrived at the bridge wallet',
          claims: [junoClaim(withdrawal), chainClaim(arrival)],
          booking: { post: 'juno_withdrawal', write: 'arrival' },
        }
      );
    }),

  withdrawn: (_view, leg) => begin(leg, 'chain_fund', 'funding'),

  funding: (view, leg) =>
    chainStep(view, leg, 'chain_fund', 'withdrawn', [leg.facts.funded], () => {
      const { funded } = leg.facts;
      if (!funded) return wait(view, leg, 'the indexer to show the funded escrow');
      return {
        do: 'move',
        leg,
        to: 'in_custody',
        cause: 'EscrowFunded',
        claims: [chainClaim(funded)],
        booking: { post: 'chain_fund' },
        ...confirms(leg, 'chain_fund'),
        escrow: { contract: funded.contract, escrowId: funded.escrowId, deadline: funded.deadline },
      };
    }),

  in_custody: (view, leg) => {
    if (leg.deadline === null)
      return ask(leg, 'no_deadline', 'The leg is in custody without a deadline from the chain.', 'engineering');
    const missing_s = leg.deadline - view.chain.headTimestamp;
    if (missing_s > 0)
      return wait(
        view,
        leg,
        `the custody to end (${missing_s} s by the chain’s clock)`,
        Math.min(missing_s * 1000, 24 * 3600 * 1000),
      );
    return begin(leg, 'chain_release', 'releasing');
  },

  releasing: (view, leg) =>
    chainStep(view, leg, 'chain_release', 'in_custody', [leg.facts.released, leg.facts.unlocked], (facts) => ({
      do: 'move',
      leg,
      to: 'released',
      cause: 'escrow unlocked to the bridge wallet',
      claims: facts.map(chainClaim),
      booking: { post: 'chain_release' },
      ...confirms(leg, 'chain_release'),
    })),

  released: (_view, leg) => begin(leg, 'chain_return', 'returning'),

  returning: (view, leg) =>
    chainStep(view, leg, 'chain_return', 'released', [leg.facts.sentBack], (facts) => {
      const { credit } = leg.facts;
      if (credit?.status === 'complete') {
        return {
          do: 'move',
          leg,
          to: 'returned',
          cause: 'CRYPTO_DEPOSIT complete',
          claims: [...facts.map(chainClaim), junoClaim(credit)],
          booking: { post: 'chain_return', write: 'credit' },
          ...confirms(leg, 'chain_return'),
        };
      }
      const txHash = facts[0]?.txHash;
      if (view.now.getTime() - leg.enteredAt.getTime() > CREDIT_BOUND_MS) {
        return ask(
          leg,
          'juno_holds_deposit',
          `MXNB were sent to Juno in ${txHash} and are not credited. Write to Juno’s support: “Our deposit of MXNB on Arbitrum, transaction ${txHash}, has not been credited.” Nothing is sent again.`,
        );
      }
      return wait(view, leg, `Juno to credit the return (${txHash})`);
    }),

  returned: (view, leg) => payOut(view, leg),
  reserved: (view, leg) => payOut(view, leg),

  redeeming: (view, leg) =>
    junoStep(
      view,
      leg,
      'juno_redemption',
      leg.facts.redemption,
      leg.kind === 'custody' ? 'returned' : 'reserved',
      () => {
        const { redemption } = leg.facts;
        if (!redemption) return wait(view, leg, 'Juno to complete the redemption');
        return {
          do: 'move',
          leg,
          to: 'completed',
          cause: 'REDEMPTION complete',
          claims: [junoClaim(redemption)],
          booking: { post: 'juno_redemption', write: 'payout' },
        };
      },
    ),

  paying_out: (_view, leg) =>
    ask(
      leg,
      'rail_not_available',
      `The rail ${leg.rail} is not switched on in this release; the pesos wait in the Bitso balance.`,
    ),
  payout_failed: (_view, leg) =>
    ask(leg, 'payout_failed', 'The payout failed for good. A person gives a new account; the leg is then replaced.'),
  payout_returned: (_view, leg) =>
    ask(
      leg,
      'payout_returned',
      'The recipient’s bank sent the pesos back. A person gives a new account; the leg is then replaced.',
    ),
  accrued: (view, leg) => wait(view, leg, 'what is owed to this account to reach Juno’s minimum'),
  completed: (_view, leg) =>
    leg.facts.returnedBy
      ? {
          do: 'move',
          leg,
          to: 'payout_returned',
          cause: 'the payout came back',
          // Intake claimed the deposit when it matched it to this leg.
          claims: [],
          booking: { write: 'payout_return' },
        }
      : { do: 'done' },
  replaced: done,
  expired: done,
  closed: done,
};

function payOut(view: PaymentView, leg: LegView): Decision {
  if (view.destination.problem) return ask(leg, 'payout_account_unusable', view.destination.problem);
  if (!view.destination.isReady)
    return wait(view, leg, 'the payout account to be registered at Juno and read back', 2_000);
  if (leg.rail !== 'bank_redemption')
    return ask(leg, 'rail_not_available', `The rail ${leg.rail} is not switched on in this release.`);
  return begin(leg, 'juno_redemption', 'redeeming');
}

function confirms(leg: LegView, kind: EffectKind): { confirms?: EffectView } {
  const effect = leg.effects[kind];
  return effect && effect.state !== 'confirmed' ? { confirms: effect } : {};
}
