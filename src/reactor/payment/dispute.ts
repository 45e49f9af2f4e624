/**
 * What a dispute does to a payment: what is recorded and not sent gives way, the escrow is frozen in its contract too, and once it is
 * final the contract lets go again. Nothing is paid meanwhile, whatever the date. Pure.
 */
import type { EffectKind } from '../effects/states.ts';
import { decideDispute } from './barrier.ts';
import { ask, chainClaim, confirms, wait } from './decisions.ts';
import type { LegState } from './states.ts';
import { begin, patience, settled, underWay, whilePeopleAct } from './step.ts';
import type { ChainFact, Decision, LegView, PaymentView } from './view.ts';

/** The end of the time for an appeal: what was decided becomes final. Null while there is no dispute, or time is left. */
export function conclusion(view: PaymentView): Decision | null {
  const { dispute } = view;
  if (!dispute?.appealableUntil || dispute.appealableUntil > view.now) return null;
  return { do: 'conclude', disputeId: dispute.id };
}

/** When a payment whose dispute is decided is looked at again. Null while there is nothing decided. */
export function appealTime(view: PaymentView): Decision | null {
  const { dispute } = view;
  if (!dispute?.appealableUntil) return null;
  const until = dispute.appealableUntil;
  return { do: 'wait', leg: null, for: 'the time to appeal against the decision of its dispute to end', until };
}

/** The step whose effect may be recorded in a state, and where the leg is without it. */
const STEP: Partial<Record<LegState, Readonly<{ kind: EffectKind; back: (leg: LegView) => LegState }>>> = {
  withdrawing: { kind: 'juno_withdrawal', back: () => 'deposited' },
  creating: { kind: 'chain_create', back: () => 'withdrawn' },
  funding: { kind: 'chain_fund', back: ({ fundsInTwo }) => (fundsInTwo ? 'created' : 'withdrawn') },
  releasing: { kind: 'chain_release', back: () => 'in_custody' },
  returning: { kind: 'chain_return', back: ({ effects }) => (effects.chain_release ? 'released' : 'withdrawn') },
  redeeming: { kind: 'juno_redemption', back: ({ effects }) => (effects.chain_return ? 'returned' : 'reserved') },
  paying_out: { kind: 'bitso_payout', back: () => 'paying_out' },
};

/**
 * What is recorded and provably unsent gives way to a dispute: the leg goes back to where its money is, and what is decided is carried
 * out from there. Null where nothing is recorded, or may have left.
 */
export function givesWay(view: PaymentView, leg: LegView): Decision | null {
  const step = view.dispute ? STEP[leg.state] : undefined;
  const effect = step && leg.effects[step.kind];
  if (!step || effect?.state !== 'recorded') return null;
  return {
    ...{ do: 'move', leg, to: step.back(leg), claims: [], kills: effect },
    cause: `it is disputed: ${step.kind} was recorded and not sent, and gives way`,
    booking: step.kind === 'chain_create' ? {} : { void: step.kind },
  };
}

/**
 * What an escrow in custody needs because of a dispute, ours or one that somebody opened in the contract itself. Null where the
 * escrow is as free as the payment.
 */
export function disputeStep(view: PaymentView, leg: LegView): Decision | null {
  return followFreeze(view, leg) ?? (view.dispute ? frozen(view, leg) : free(view, leg));
}

/** A freeze or its end that the wallet has signed is followed to its event, whatever became of the dispute meanwhile. */
export function followFreeze(view: PaymentView, leg: LegView): Decision | null {
  const signed = signedFreeze(leg);
  if (!signed) return null;
  const { kind, effect, fact } = signed;
  if (!fact || fact.isClaimed) return underWay(view, leg, effect, effect.firstSentAt ?? view.now);
  return (
    settled(view, leg, [fact]) ?? {
      ...{ do: 'move', leg, to: leg.state, booking: {} },
      cause: kind === 'chain_dispute' ? 'EscrowDisputed' : 'EscrowDisputeResolved',
      claims: [chainClaim(kind === 'chain_dispute' ? 'disputed' : 'resolved', fact)],
      ...confirms(leg, kind),
    }
  );
}

/**
 * A freeze or its end that is signed, of an escrow whose end the chain has, and no event of it before that: from then on the contract
 * refuses it, so it has not happened. A wallet of before is followed by nobody, so that nothing else would end it; of today's the nonce is
 * used up. Null while its event, or the end of the escrow, is still waited for.
 */
export function freezeRefused(view: PaymentView, leg: LegView): Decision | null {
  const { released } = leg.facts;
  const signed = signedFreeze(leg);
  if (!signed || !released || view.chain.trouble !== null || (signed.fact && !signed.fact.isClaimed)) return null;
  return (
    settled(view, leg, [released]) ?? {
      ...{ do: 'move', leg, to: leg.state, claims: [], booking: {}, kills: signed.effect },
      cause: `its escrow ended in ${released.txHash} before ${signed.kind} came to the contract, which refuses it since`,
    }
  );
}

function signedFreeze({ effects, facts }: LegView) {
  const both = [
    { kind: 'chain_dispute', effect: effects.chain_dispute, fact: facts.disputed },
    { kind: 'chain_resolve', effect: effects.chain_resolve, fact: facts.resolved },
  ] as const;
  for (const { kind, effect, fact } of both) if (effect?.state === 'sending') return { kind, effect, fact };
  return null;
}

/** While a dispute is not final the escrow is to be frozen, too. */
function frozen(view: PaymentView, leg: LegView): Decision {
  const { disputed, isDisputed, unfreezable } = leg.facts;
  const effect = leg.effects.chain_dispute;
  if (effect?.state === 'recorded' && (isDisputed || unfreezable))
    return {
      ...{ do: 'move', leg, to: leg.state, claims: [], booking: {}, kills: effect },
      cause: unfreezable ?? 'somebody has frozen the escrow in its contract already',
    };
  if (isDisputed) {
    if (disputed && !disputed.isClaimed) return claimed(view, leg, disputed);
    const what = disputed ? 'its dispute to be decided; the escrow is frozen in its contract' : UNSHOWN;
    return wait(view, leg, what, whilePeopleAct(view, leg), decideDispute(view));
  }
  if (unfreezable)
    return wait(view, leg, `its dispute to be decided; ${unfreezable}`, whilePeopleAct(view, leg), decideDispute(view));
  if (effect?.state === 'confirmed')
    return ask(
      leg,
      'not_frozen_on_chain',
      'The payment is disputed and was frozen in the escrow contract, which says now that it is not: a reorganisation undid that, and the same bytes are handed over again, or somebody has ended it in the contract by hand. Our own freeze stands: nothing is paid. If the contract does not have it back soon, find out who ended it.',
      'engineering',
    );
  if (effect?.state === 'recorded') return underWay(view, leg, effect, view.now);
  const next = begin(leg, 'chain_dispute', leg.state);
  return next.do === 'record'
    ? { ...next, cause: 'it is disputed', reason: view.dispute?.reasonCode ?? 'disputed' }
    : next;
}

const UNSHOWN = 'the indexer to show the dispute of the escrow';

/** Somebody else's dispute in the contract becomes the evidence of ours. */
const claimed = (view: PaymentView, leg: LegView, disputed: ChainFact): Decision =>
  settled(view, leg, [disputed]) ?? {
    ...{ do: 'move', leg, to: leg.state, cause: 'EscrowDisputed, by somebody else', booking: {} },
    claims: [chainClaim('disputed', disputed)],
  };

/** With no dispute of ours, or after it: the contract lets go of what we froze, and what somebody else froze is held here as well. */
function free(view: PaymentView, leg: LegView): Decision | null {
  const { chain_dispute: freeze, chain_resolve: end } = leg.effects;
  const { isDisputed, disputed, wasFrozen } = leg.facts;
  if (freeze?.state === 'recorded')
    return {
      ...{ do: 'move', leg, to: leg.state, claims: [], booking: {}, kills: freeze },
      cause: 'its dispute is final before the freeze was signed',
    };
  if (!isDisputed) {
    if (end?.state !== 'recorded') return null;
    // Somebody has ended it in the contract already.
    const cause = 'the contract says that the escrow is disputed no more';
    return { ...{ do: 'move', leg, to: leg.state, claims: [], booking: {}, kills: end }, cause };
  }
  const isNew = disputed && !disputed.isClaimed && !disputed.isOurs;
  if (isNew || !(freeze?.state === 'confirmed' || wasFrozen)) {
    if (!disputed) return wait(view, leg, UNSHOWN, patience(view, leg));
    return settled(view, leg, [disputed]) ?? { do: 'contest', leg, fact: disputed };
  }
  if (leg.endsByCancel) return null;
  if (end?.state === 'confirmed')
    return ask(
      leg,
      'disputed_again',
      'The escrow contract calls it disputed again, though its dispute was ended there. A reorganisation may have undone that, and then the same bytes are handed over again; if not, resolve it in the contract by hand: for the seller, never against. Nothing is paid until then.',
      'engineering',
    );
  if (end?.state === 'recorded') return underWay(view, leg, end, view.now);
  return begin(leg, 'chain_resolve', leg.state);
}

/**
 * A release that nobody has signed yet, of an escrow that somebody has disputed in the contract: it gives way, and the dispute is
 * taken up. Null while the contract lets it go.
 */
export function releaseBarred(view: PaymentView, leg: LegView): Decision | null {
  const release = leg.effects.chain_release;
  if (leg.state !== 'releasing' || release?.state !== 'recorded' || !leg.facts.isDisputed) return null;
  if (view.dispute || free(view, leg) === null) return null;
  return {
    ...{ do: 'move', leg, to: 'in_custody', claims: [], kills: release, booking: { void: 'chain_release' } },
    cause: 'its escrow is disputed in the contract',
  };
}
