/** From MXNB in Juno's pool to pesos at the recipient's CLABE, on each rail; the same for every kind of leg. Pure. */
import { compare } from '../../money/money.ts';
import { accountTrouble } from './account.ts';
import { ask, done, junoClaim, type LegDecision, refunded, wait } from './decisions.ts';
import type { JourneyState } from './journey.ts';
import { JUNO_MINIMUM } from './minimum.ts';
import { CUSTODY_LOOK_MS } from './release.ts';
import { isFinal, type LegState } from './states.ts';
import { begin, junoStep, standing } from './step.ts';
import { isReturned, releasedAgain, returnUndone } from './undone.ts';
import type { Claim, Decision, LegView, PaymentView } from './view.ts';

export const PAYOUT_STEPS: Readonly<Record<Exclude<LegState, JourneyState>, LegDecision>> = {
  returned: (view, leg) => returnInDoubt(view, leg) ?? refunded(leg) ?? payOut(view, leg),
  reserved: (view, leg) =>
    returnUndone(view, leg) ??
    refunded(leg) ??
    (leg.kind === 'commission' ? earned(view, leg) : null) ??
    payOut(view, leg),

  redeeming: (view, leg) => {
    const upset = returnUndone(view, leg);
    if (upset) return upset;
    // What took the place of another leg never was on the chain.
    const back = leg.effects.chain_return ? 'returned' : 'reserved';
    const step = junoStep(view, leg, 'juno_redemption', leg.facts.redemption, back, () => {
      const { redemption } = leg.facts;
      if (!redemption) return wait(view, leg, 'Juno to complete the redemption');
      const isPaidOut = leg.rail === 'bank_redemption';
      return {
        do: 'move',
        leg,
        to: isPaidOut ? 'completed' : 'paying_out',
        cause: 'REDEMPTION complete',
        claims: [junoClaim(redemption)],
        booking: { post: 'juno_redemption', write: isPaidOut ? 'payout' : 'bitso_credit' },
      };
    });
    return step.do === 'send' && !isReturned(view, leg) ? { ...step, mayWrite: false } : step;
  },

  paying_out: (view, leg) => {
    const { bitsoPayout: fact } = leg.facts;
    const effect = leg.effects.bitso_payout;
    // One that gave way to a dispute was never sent.
    if (!effect || (effect.state === 'dead' && effect.error?.code === 'no_longer_wanted'))
      return returnUndone(view, leg) ?? refunded(leg) ?? payFromBitso(view, leg);
    if (effect.state === 'rejected' || effect.state === 'dead') {
      const why = `Bitso’s withdrawal came to nothing: ${effect.error?.text ?? 'no reason given'}`;
      return { do: 'move', leg, to: 'payout_failed', cause: why, claims: [], booking: { void: 'bitso_payout' } };
    }
    if (fact?.status === 'failed') {
      // Bitso's own record: what a failed withdrawal had reserved stays in the balance (P/retrieve-a-pix-withdrawal).
      return {
        do: 'move',
        leg,
        to: 'payout_failed',
        cause: `the bank did not take it: ${fact.failReason ?? 'no reason given'}`,
        claims: [bitsoClaim(fact)],
        booking: { void: 'bitso_payout' },
        kills: effect,
      };
    }
    return junoStep(view, leg, 'bitso_payout', fact, 'paying_out', () => {
      if (!fact) return wait(view, leg, 'Bitso to complete the withdrawal');
      return {
        do: 'move',
        leg,
        to: 'completed',
        cause: 'Bitso withdrawal complete',
        claims: [bitsoClaim(fact)],
        booking: { post: 'bitso_payout' },
      };
    });
  },

  payout_failed: (view, leg) =>
    ask(
      leg,
      'payout_failed',
      `The payout failed for good, and its pesos are in the Bitso balance. ${repayment(view, leg)}`,
    ),
  payout_returned: (view, leg) =>
    ask(leg, 'payout_returned', `The bank that was paid sent the pesos back. ${repayment(view, leg)}`),
  accrued: (view, leg) => {
    const { settlement } = leg.facts;
    if (!settlement) return returnUndone(view, leg) ?? enough(view, leg);
    // Its own leg has ended, so that it asks nobody any more, and no other settlement may take this one.
    const isPaid = settlement.state === 'completed' || settlement.isSettledOutside === true;
    if (!isPaid && isFinal(settlement.state))
      return ask(
        leg,
        'settlement_ended',
        `Settlement ${settlement.paymentId}, which was to pay it, ended as ${settlement.state}, and no leg of it pays in its place. No automation pays this leg. Find where the settlement’s money is; a new leg of the settlement then pays this one too.`,
      );
    if (!isPaid)
      return wait(
        view,
        leg,
        `settlement ${settlement.paymentId}, which pays it, to complete${hitch(settlement.state)}`,
        CUSTODY_LOOK_MS,
        hitch(settlement.state) === '' ? undefined : `kustodia payment why ${settlement.paymentId}`,
      );
    return {
      do: 'move',
      leg,
      to: 'completed',
      cause: `paid by settlement ${settlement.paymentId}`,
      // It names the settlement's leg: each pays this one once, and the one that replaces a returned one pays it too; and so does who
      // pays by hand what had been paid and came back.
      claims: [
        {
          source: 'settlement',
          externalId: `${settlement.legId}:${leg.id}${settlement.isSettledOutside ? ':by_hand' : ''}`,
          detail: { paymentId: settlement.paymentId },
        },
      ],
      booking: {},
    };
  },
  completed: (_view, leg) => {
    const { returnedBy, settlement } = leg.facts;
    if (returnedBy)
      return {
        do: 'move',
        leg,
        to: 'payout_returned',
        cause: 'the payout came back',
        // Intake claimed the deposit when it matched it to this leg.
        claims: [],
        booking: { write: 'payout_return' },
      };
    // The pesos and the debt are the settlement's; this leg is only paid no longer.
    if (settlement && settlement.state !== 'completed' && settlement.isSettledOutside !== true)
      return {
        do: 'move',
        leg,
        to: 'accrued',
        cause: `the payout of settlement ${settlement.paymentId}, which had paid it, came back`,
        claims: [],
        booking: {},
      };
    return { do: 'done' };
  },
  replaced: done,
  expired: done,
  closed: done,
};

/** Null when chain and Juno agree, now, that the MXNB came back: before that nothing is built on a return, whoever asks. */
export const returnInDoubt = (view: PaymentView, leg: LegView): Decision | null =>
  returnUndone(view, leg) ?? releasedAgain(view, leg) ?? standing(view, leg) ?? credited(view, leg);

/** Null when Juno's own record still says that it has the MXNB: whatever the chain says, nothing is redeemed before that. */
function credited(view: PaymentView, leg: LegView): Decision | null {
  if (leg.facts.credit?.status === 'complete') return null;
  return wait(view, leg, 'Juno’s own credit of the return to be complete');
}

/** From here on a custody leg's own payout has begun: what is left to decide about its money is how it reaches its people. */
const IS_LEAVING: ReadonlySet<LegState> = new Set([
  'redeeming',
  'paying_out',
  'completed',
  'payout_failed',
  'payout_returned',
  'accrued',
]);

/**
 * Null when a commission is earned and the books say so: with the payout of what was in custody, when nothing that led to it can be
 * undone any more and no dispute can be opened; at once where nothing was in custody.
 */
function earned(view: PaymentView, leg: LegView): Decision | null {
  if (leg.facts.isEarned) return null;
  const custody = view.legs.filter(({ kind }) => kind === 'custody');
  if (custody.length > 0 && !custody.some(({ state }) => IS_LEAVING.has(state))) {
    if (custody.some(({ state }) => !isFinal(state)))
      return wait(
        view,
        leg,
        'the custody leg to be released and paid: this commission is earned with it',
        CUSTODY_LOOK_MS,
      );
    return ask(
      leg,
      'commission_open',
      `What was in custody ended as ${custody[0]?.state} and was not paid, so nothing says that this commission is earned. It stays reserved. Replace it together with the leg that it was for.`,
    );
  }
  const cause = custody.length > 0 ? 'earned: the custody leg is paid' : 'earned: nothing is in custody';
  return { do: 'move', leg, to: 'reserved', cause, claims: [], booking: { write: 'earned' } };
}
/** Whoever is paid again and again is paid again within a month; for whom nothing more came by then, a person may look. */
const ACCRUED_LONG_DAYS = 30;

/** What an accrued leg waits for; once that was long, also what people can do about it: else it would be owed for ever. */
function enough(view: PaymentView, leg: LegView): Decision {
  const what = 'what is owed to this account to reach Juno’s minimum';
  const days = Math.floor((view.now.getTime() - leg.enteredAt.getTime()) / 86_400_000);
  if (days < ACCRUED_LONG_DAYS) return wait(view, leg, what, REST_MS);
  const byHand = `kustodia payment settle-outside ${view.payment.id} --leg ${leg.id}`;
  return wait(
    view,
    leg,
    `${what}. For ${days} days it has not, and nothing pays it before. If no more is to come, pay it by hand and record that: ${byHand}`,
    REST_MS,
    `if no more is to come, pay it by hand, then ${byHand} --tracking-key KEY --cep LINK --reason …`,
  );
}
/** Where what ends the wait wakes the payment, or is looked for by itself: a settlement. */
const REST_MS = 60 * 60 * 1000;

function payOut(view: PaymentView, leg: LegView): Decision {
  if (compare(leg.amount, JUNO_MINIMUM) < 0)
    return { do: 'move', leg, to: 'accrued', cause: 'under Juno’s minimum', claims: [], booking: { write: 'accrual' } };
  if (leg.rail !== 'bank_redemption') {
    return view.hasBitso ? begin(leg, 'juno_redemption', 'redeeming') : noBitso(leg, 'MXNB waits in Juno’s pool');
  }
  return accountTrouble(view, leg) ?? begin(leg, 'juno_redemption', 'redeeming');
}

/** What is at Bitso already is paid from there. */
const payFromBitso = (view: PaymentView, leg: LegView): Decision =>
  view.hasBitso ? begin(leg, 'bitso_payout', 'paying_out') : noBitso(leg, 'pesos wait in the Bitso balance');

const noBitso = (leg: LegView, where: string): Decision =>
  ask(
    leg,
    'rail_not_available',
    `Its rail is ${leg.rail}, and BITSO_BASE_URL is not set. The ${where}. Set it and restart the reactor.`,
  );

const repayment = ({ payment }: PaymentView, { id }: LegView): string =>
  `Ask for an account that takes them, then: kustodia payment repay ${payment.id} --leg ${id} --clabe CLABE --name NAME; a second person approves, and another leg pays in its place.`;

/** What keeps a settlement from completing, and who mends it; its own leg asks for that. */
const hitch = (state: LegState): string =>
  state === 'payout_returned'
    ? ': its payout came back, and a person gives a new account'
    : state === 'payout_failed'
      ? ': its payout failed, and a person gives a new account'
      : '';

const bitsoClaim = (fact: { id: string; trackingKey: string | null; cepLink: string | null }): Claim => ({
  source: 'bitso_withdrawal',
  externalId: fact.id,
  detail: { trackingKey: fact.trackingKey, cepLink: fact.cepLink },
});
