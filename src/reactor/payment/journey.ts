/** From the deposit to the return of the MXNB: the steps before a payout. Pure. */
import { isLiveEffect } from '../effects/states.ts';
import { accountTrouble } from './account.ts';
import { ask, chainClaim, confirms, junoClaim, type LegDecision, LOOK_AGAIN_MS, refunded, wait } from './decisions.ts';
import { disputeStep, releaseBarred } from './dispute.ts';
import { endedByOthers, paidElsewhere, paysAnotherMeanwhile, untold } from './ended.ts';
import { leaveCustody, releaseTakenBack } from './release.ts';
import type { LegState } from './states.ts';
import { begin, chainStep, junoStep, overdue, settled, standing } from './step.ts';
import { createUndone, fundUndone, releaseUndone, releaseVoid, returnVoid } from './undone.ts';
import type { Claim, Decision, LegView, Move, PaymentView } from './view.ts';

/** A deposit made in the last moment is in Juno's list this soon. */
const LATE_READ_MS = 2 * 60 * 1000;
/** A payer may take days, and whatever gives the payment money makes it due at once. */
const REST_MS = 60 * 60 * 1000;

/**
 * The deposit is named beside it: equal deposits of one CLABE share out their ISSUANCEs by this. Both are the payment's, for all of its
 * legs.
 */
const issuanceClaim = (view: PaymentView, issuance: { id: string }, deposit: { id: string }): Claim => ({
  ...junoClaim(issuance),
  detail: { depositId: deposit.id },
  subject: { kind: 'payment', id: view.payment.id },
});

/** Where a leg goes with the deposit: into custody, or to be paid out of Juno's pool. */
const funded = ({ kind }: LegView): LegState => (kind === 'custody' ? 'deposited' : 'reserved');

/** All legs of a payment wait for its one deposit, and it moves all of them or none. */
const together = (
  view: PaymentView,
  leg: LegView,
  to: (one: LegView) => LegState,
): Pick<Move, 'do' | 'leg' | 'to' | 'beside'> => ({
  do: 'move',
  leg,
  to: to(leg),
  beside: waitingOf(view)
    .filter(({ id }) => id !== leg.id)
    .map((other) => ({ leg: other, to: to(other) })),
});
const waitingOf = (view: PaymentView) => view.legs.filter(({ state }) => state === 'requested');

/** Null when Juno's deposit address is proved: nothing is sent there before. */
function unproved(view: PaymentView, leg: LegView): Decision | null {
  const { isProved, sentence } = view.depositAddress;
  if (isProved) return null;
  return (
    overdue(view, leg, 'deposit_address', sentence) ??
    wait(view, leg, sentence, 2_000, 'kustodia doctor says what is missing')
  );
}

export type JourneyState = Extract<
  LegState,
  | 'requested'
  | 'deposited'
  | 'withdrawing'
  | 'withdrawn'
  | 'creating'
  | 'created'
  | 'funding'
  | 'in_custody'
  | 'releasing'
  | 'released'
  | 'returning'
>;

const sendBack = (view: PaymentView, leg: LegView): Decision =>
  unproved(view, leg) ?? begin(leg, 'chain_return', 'returning');
const intoEscrow = (leg: LegView): Decision =>
  leg.fundsInTwo ? begin(leg, 'chain_create', 'creating') : begin(leg, 'chain_fund', 'funding');
/** Where a leg is whose return came to nothing: one that goes back to the payer may never have been in an escrow. */
const beforeReturn = (leg: LegView): LegState => (leg.effects.chain_release ? 'released' : 'withdrawn');

/** Where a leg is whose funding came to nothing. */
const beforeFunding = (leg: LegView): LegState => (leg.fundsInTwo ? 'created' : 'withdrawn');

export const JOURNEY_STEPS: Readonly<Record<JourneyState, LegDecision>> = {
  requested: (view, leg) => {
    const { deposit, issuance, assigned } = leg.facts;
    if (assigned) return { ...together(view, leg, funded), cause: 'assigned from suspense', claims: [], booking: {} };
    if (deposit) {
      if (issuance?.status === 'complete') {
        return {
          ...together(view, leg, funded),
          cause: 'ISSUANCE complete',
          claims: [issuanceClaim(view, issuance, deposit)],
          booking: { write: 'issuance' },
        };
      }
      const what = `Juno to issue MXNB for deposit ${deposit.id}`;
      // One of them tells for all.
      if (waitingOf(view)[0]?.id !== leg.id) return wait(view, leg, what);
      if (issuance?.status === 'failed') {
        const sentence = `Juno could not issue MXNB for deposit ${deposit.id}; it sends the pesos back to the payer by itself. Confirm that, then: kustodia payment cancel ${view.payment.id}.`;
        return { ...ask(leg, 'issuance_failed', sentence), claims: [issuanceClaim(view, issuance, deposit)] };
      }
      return overdue(view, leg, 'issuance', what, deposit.claimedAt) ?? wait(view, leg, what);
    }
    // Only what Juno was asked about is known not to have come: after an outage a deposit made in time may still be unread.
    const isReadSince = (view.payment.depositsReadAt?.getTime() ?? 0) > view.payment.expiresAt.getTime() + LATE_READ_MS;
    if (view.payment.expiresAt <= view.now && !isReadSince)
      return wait(view, leg, 'Juno’s deposits to be read past the moment at which it expired');
    if (view.payment.expiresAt <= view.now) {
      return { ...together(view, leg, () => 'expired'), cause: 'no deposit in time', claims: [], booking: {} };
    }
    const { problem } = leg.account;
    // Before any money comes, while nothing is lost yet (incident 14).
    if (problem && leg.rail === 'bank_redemption')
      return ask(
        leg,
        'payout_account_unusable',
        `${problem} No deposit has come yet: let the payer wait until the account is mended.`,
      );
    const left_ms = view.payment.expiresAt.getTime() - view.now.getTime();
    const isRegistering = leg.rail === 'bank_redemption' && !leg.account.isReady;
    const what = `the payer’s SPEI deposit, until ${view.payment.expiresAt.toISOString()}`;
    return wait(view, leg, what, Math.min(left_ms, isRegistering ? LOOK_AGAIN_MS : REST_MS));
  },

  deposited: (view, leg) => {
    return refunded(leg) ?? accountTrouble(view, leg) ?? begin(leg, 'juno_withdrawal', 'withdrawing');
  },

  withdrawing: (view, leg) =>
    junoStep(view, leg, 'juno_withdrawal', leg.facts.withdrawal, 'deposited', () => {
      const { arrival, withdrawal } = leg.facts;
      const what = 'the indexer to show the transfer to the bridge wallet';
      if (!arrival || !withdrawal) return overdue(view, leg, 'arrival', what) ?? wait(view, leg, what);
      return (
        settled(view, leg, [arrival]) ?? {
          do: 'move',
          leg,
          to: 'withdrawn',
          cause: 'MXNB arrived at the bridge wallet',
          claims: [junoClaim(withdrawal), chainClaim('arrival', arrival)],
          booking: { post: 'juno_withdrawal', write: 'arrival' },
        }
      );
    }),

  // What goes back to the payer needs no escrow.
  withdrawn: (view, leg) => standing(view, leg) ?? (leg.refund ? sendBack(view, leg) : intoEscrow(leg)),

  creating: (view, leg) =>
    chainStep(view, leg, 'chain_create', 'withdrawn', [leg.facts.created], () => {
      const { created } = leg.facts;
      if (!created) return wait(view, leg, 'the indexer to show the escrow that was made');
      return {
        do: 'move',
        leg,
        to: 'created',
        cause: 'EscrowCreated',
        claims: [chainClaim('created', created)],
        booking: {},
        ...confirms(leg, 'chain_create'),
        escrow: { contract: created.contract, escrowId: created.escrowId, deadline: null },
      };
    }),

  created: (view, leg) => {
    const upset = createUndone(view, leg) ?? standing(view, leg);
    if (upset) return upset;
    if (leg.facts.moved) return { do: 'rebind', leg, escrow: leg.facts.moved };
    if (leg.refund)
      return {
        ...{ do: 'move', leg, to: 'withdrawn', claims: [], booking: {} },
        cause: 'it goes back to the payer: the escrow that was made stays empty',
        escrow: null,
      };
    const { unfundable } = leg.facts;
    const made = leg.effects.chain_create;
    // It holds nothing, and nothing can ever be put into it: another one takes its place.
    if (unfundable && made)
      return {
        ...{ do: 'move', leg, to: 'withdrawn', cause: unfundable, claims: [], booking: {}, escrow: null },
        ...(isLiveEffect(made.state) ? { kills: made } : {}),
      };
    return begin(leg, 'chain_fund', 'funding');
  },

  funding: (view, leg) =>
    chainStep(view, leg, 'chain_fund', beforeFunding(leg), [leg.facts.funded], () => {
      const { funded } = leg.facts;
      if (!funded) return wait(view, leg, 'the indexer to show the funded escrow');
      return {
        do: 'move',
        leg,
        to: 'in_custody',
        cause: 'EscrowFunded',
        claims: [chainClaim('funded', funded)],
        booking: { post: 'chain_fund' },
        ...confirms(leg, 'chain_fund'),
        escrow: { contract: funded.contract, escrowId: funded.escrowId, deadline: funded.deadline },
      };
    }),

  in_custody: (view, leg) => {
    const upset = fundUndone(view, leg) ?? standing(view, leg);
    if (upset) return upset;
    if (leg.facts.moved) return { do: 'rebind', leg, escrow: leg.facts.moved };
    const next =
      endedByOthers(view, leg) ??
      disputeStep(view, leg) ??
      leaveCustody(view, leg, (early) => {
        const release = begin(leg, 'chain_release', 'releasing');
        return release.do === 'record' && early ? { ...release, early } : release;
      });
    return paysAnotherMeanwhile(leg, next);
  },

  releasing: (view, leg) =>
    releaseVoid(view, leg) ??
    releaseBarred(view, leg) ??
    paidElsewhere(view, leg) ??
    untold(view, leg) ??
    releaseTakenBack(view, leg) ??
    chainStep(view, leg, 'chain_release', 'in_custody', [leg.facts.released, leg.facts.unlocked], () => {
      const { released, unlocked } = leg.facts;
      if (!released || !unlocked) return wait(view, leg, 'the indexer to show the released escrow');
      return {
        do: 'move',
        leg,
        to: 'released',
        cause: 'escrow unlocked to the bridge wallet',
        claims: [chainClaim('released', released), chainClaim('unlocked', unlocked)],
        booking: { post: 'chain_release' },
        ...confirms(leg, 'chain_release'),
      };
    }),

  released: (view, leg) => {
    const upset = releaseUndone(view, leg);
    if (upset) return upset;
    return unproved(view, leg) ?? standing(view, leg) ?? begin(leg, 'chain_return', 'returning');
  },

  returning: (view, leg) =>
    returnVoid(view, leg) ??
    chainStep(view, leg, 'chain_return', beforeReturn(leg), [leg.facts.sentBack], (facts) => {
      const { credit } = leg.facts;
      if (credit?.status === 'complete') {
        return {
          do: 'move',
          leg,
          to: 'returned',
          cause: 'CRYPTO_DEPOSIT complete',
          claims: [...facts.map((fact) => chainClaim('sentBack', fact)), junoClaim(credit)],
          booking: { post: 'chain_return', write: 'credit' },
          ...confirms(leg, 'chain_return'),
        };
      }
      const txHash = facts[0]?.txHash;
      const left_ms = leg.enteredAt.getTime() + view.creditBound_ms - view.now.getTime();
      if (left_ms < 0) {
        return ask(
          leg,
          'juno_holds_deposit',
          `MXNB were sent to Juno in ${txHash} and are not credited. Write to Juno’s support: “Our deposit of MXNB on Arbitrum, transaction ${txHash}, has not been credited.” Nothing is sent again.`,
        );
      }
      return wait(view, leg, `Juno to credit the return (${txHash})`, Math.min(left_ms + 1, LOOK_AGAIN_MS));
    }),
};
