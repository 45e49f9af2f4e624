/** From the deposit to the return of the MXNB: the steps before a payout. Pure. */

import { isLiveEffect } from '../effects/states.ts';
import { ask, chainClaim, confirms, junoClaim, type LegDecision, LOOK_AGAIN_MS, wait } from './decisions.ts';
import type { LegState } from './states.ts';
import { accountTrouble, begin, chainStep, custodyLeft, junoStep, overdue, settled, standing } from './step.ts';
import { released, releasedAgain, undone, unfunded } from './undone.ts';
import type { Claim, LegView } from './view.ts';

/** A deposit made in the last moment is in Juno's list this soon. */
const LATE_READ_MS = 2 * 60 * 1000;
/** A payer may take days, and whatever gives the payment money makes it due at once. */
const REST_MS = 60 * 60 * 1000;

/** The deposit is named beside it: equal deposits of one CLABE share out their ISSUANCEs by this. */
const issuanceClaim = (issuance: { id: string }, deposit: { id: string }): Claim => ({
  ...junoClaim(issuance),
  detail: { depositId: deposit.id },
});

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

/** Where a leg is whose funding came to nothing. */
const beforeFunding = (leg: LegView): LegState => (leg.fundsInTwo ? 'created' : 'withdrawn');

export const JOURNEY_STEPS: Readonly<Record<JourneyState, LegDecision>> = {
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
          claims: [issuanceClaim(issuance, deposit)],
          booking: { write: 'issuance' },
        };
      }
      if (issuance?.status === 'failed') {
        const sentence = `Juno could not issue MXNB for deposit ${deposit.id}; it sends the pesos back to the payer by itself. Confirm that, then close the payment.`;
        return { ...ask(leg, 'issuance_failed', sentence), claims: [issuanceClaim(issuance, deposit)] };
      }
      const what = `Juno to issue MXNB for deposit ${deposit.id}`;
      return overdue(view, leg, 'issuance', what, deposit.claimedAt) ?? wait(view, leg, what);
    }
    // Only what Juno was asked about is known not to have come: after an outage a deposit made in time may still be unread.
    const isReadSince = (view.payment.depositsReadAt?.getTime() ?? 0) > view.payment.expiresAt.getTime() + LATE_READ_MS;
    if (view.payment.expiresAt <= view.now && !isReadSince)
      return wait(view, leg, 'Juno’s deposits to be read past the moment at which it expired');
    if (view.payment.expiresAt <= view.now) {
      return { do: 'move', leg, to: 'expired', cause: 'no deposit in time', claims: [], booking: {} };
    }
    const { problem } = view.destination;
    // Before any money comes, while nothing is lost yet (incident 14).
    if (problem && leg.rail === 'bank_redemption')
      return ask(
        leg,
        'payout_account_unusable',
        `${problem} No deposit has come yet: let the payer wait until the account is mended.`,
      );
    const left_ms = view.payment.expiresAt.getTime() - view.now.getTime();
    const isRegistering = leg.rail === 'bank_redemption' && !view.destination.isReady;
    return wait(view, leg, 'the payer’s SPEI deposit', Math.min(left_ms, isRegistering ? LOOK_AGAIN_MS : REST_MS));
  },

  deposited: (view, leg) => {
    return accountTrouble(view, leg) ?? begin(leg, 'juno_withdrawal', 'withdrawing');
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

  withdrawn: (view, leg) =>
    standing(view, leg) ??
    (leg.fundsInTwo ? begin(leg, 'chain_create', 'creating') : begin(leg, 'chain_fund', 'funding')),

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
    const upset = undone(view, leg, 'chain_create', 'withdrawn') ?? standing(view, leg);
    if (upset) return upset;
    if (leg.facts.moved) return { do: 'rebind', leg, escrow: leg.facts.moved };
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
    const upset = undone(view, leg, 'chain_fund', beforeFunding(leg)) ?? standing(view, leg);
    if (upset) return upset;
    if (leg.facts.moved) return { do: 'rebind', leg, escrow: leg.facts.moved };
    return custodyLeft(view, leg) ?? begin(leg, 'chain_release', 'releasing');
  },

  releasing: (view, leg) =>
    unfunded(view, leg) ??
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
    const upset = releasedAgain(view, leg) ?? undone(view, leg, 'chain_release', 'in_custody');
    if (upset) return upset;
    const { isProved, sentence } = view.depositAddress;
    if (!isProved) return overdue(view, leg, 'deposit_address', sentence) ?? wait(view, leg, sentence, 2_000);
    return standing(view, leg) ?? begin(leg, 'chain_return', 'returning');
  },

  returning: (view, leg) =>
    // A return that failed comes first: its leg is no longer beyond the release.
    (leg.effects.chain_return?.state === 'dead' ? null : released(view, leg)) ??
    chainStep(view, leg, 'chain_return', 'released', [leg.facts.sentBack], (facts) => {
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
