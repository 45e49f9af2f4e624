/**
 * Escrows that ended otherwise than the reactor ends them: by somebody else, before their time, or with their money gone to an address
 * that is not the bridge wallet. Pure.
 */
import { ask, wait } from './decisions.ts';
import { followFreeze, freezeRefused } from './dispute.ts';
import { releaseFacts, releaseOf, unsignedOf } from './release.ts';
import { begin, patience, settled } from './step.ts';
import type { Ask, Decision, EffectView, LegFacts, LegView, PaymentView } from './view.ts';

/**
 * What is written down of an escrow in custody and that one which is no more has no use for: a freeze or its end that nobody has signed,
 * and a signature that was asked for, whatever became of the answer. Undefined where there is nothing.
 */
export const mootOf = ({ effects }: LegView): EffectView | undefined =>
  [effects.chain_dispute, effects.chain_resolve].find((effect) => effect?.state === 'recorded') ??
  unsignedOf(effects.approver_signature);

/**
 * In custody, and ended in its contract by somebody else. Once its terms let it go, or where people decided already whose it is, the leg
 * goes on as after a release of ours; before that nobody is paid, and a person is told. Null while the contract has it.
 */
export function endedByOthers(view: PaymentView, leg: LegView): Decision | null {
  const { isEnded, released } = leg.facts;
  if (!isEnded) return null;
  const moot = mootOf(leg);
  const cause = 'its escrow was ended in the contract by somebody else';
  if (moot) return { ...{ do: 'move', leg, to: leg.state, claims: [], booking: {}, kills: moot }, cause };
  // A freeze that is signed comes to its end here, or nothing could ever take the place of the leg: by its event, or by the escrow’s end.
  const freeze = followFreeze(view, leg);
  if (freeze?.do === 'move') return freeze;
  // Where money is lost or untold a person is told at once, whatever becomes of it.
  const told = paidElsewhere(view, leg) ?? untold(view, leg);
  if (told) return told;
  if (freeze) return freezeRefused(view, leg) ?? freeze;
  if (isWanted(view, leg)) {
    const next = begin(leg, 'chain_release', 'releasing');
    return next.do === 'record' ? { ...next, cause } : next;
  }
  const how = released
    ? `in transaction ${released.txHash}; its money is in the bridge wallet`
    : 'and the indexer does not show yet how';
  return ask(
    leg,
    'escrow_ended_early',
    `The escrow was ended by somebody else before the payment’s own terms are met, ${how}. Nobody is paid before they are; then it goes on by itself. Find out who ended it and what for: before its deadline an approver has signed for it, after it the bridge wallet can end it, and thirty days later anybody. If the money is to go back to the payer, refund the payment: that needs no date.`,
  );
}

/** What people decided had to wait only for what the contract would let out. */
function isWanted(view: PaymentView, leg: LegView): boolean {
  const facts = releaseFacts(view, leg);
  return facts !== null && (facts.isDecided || releaseOf(facts).may !== null);
}

/**
 * Ended, by whomever, and what its escrow held is seen to have gone to another than the bridge wallet: there is nothing to wait for. Null
 * where it did not, or where no end is shown.
 */
export function paidElsewhere(view: PaymentView, leg: LegView): Decision | null {
  const { released, paidElsewhere: paid } = leg.facts;
  if (!released || !paid) return null;
  const trouble = settled(view, leg, [released]);
  if (trouble) return trouble;
  if (view.chain.trouble !== null) return wait(view, leg, view.chain.trouble, patience(view, leg));
  return paidAnother(leg, `in transaction ${released.txHash}`, paid.to);
}

/**
 * Ended, by whomever, and no Transfer of that transaction is told to be what it paid: nothing is left to release, and where its money is
 * two people say. Null where it is told, or where no end is shown.
 */
export function untold(view: PaymentView, leg: LegView): Decision | null {
  const { released, isUntold } = leg.facts;
  if (!released || !isUntold) return null;
  const trouble = settled(view, leg, [released]);
  if (trouble) return trouble;
  if (view.chain.trouble !== null) return wait(view, leg, view.chain.trouble, patience(view, leg));
  return ask(
    leg,
    'escrow_payment_untold',
    `The escrow has ended in transaction ${released.txHash}, and which Transfer paid it cannot be told from what else that transaction holds. No release is tried any more, and nobody is paid. Look at its logs on a block explorer for the one that moved this payment’s MXNB out of the escrow contract; then two people name it: kustodia payment name-transfer ${view.payment.id} --leg ${leg.id} --tx ${released.txHash} --log NUMBER. It goes on by itself from there.`,
    'engineering',
  );
}

/** Its money is gone. */
export const paidAnother = (leg: LegView, how: string, to: string): Ask =>
  ask(
    leg,
    'escrow_paid_another',
    `The escrow ended ${how}, and its money went to ${to}, not to the bridge wallet. Nothing more is done for this leg, and nobody is paid. Stop new money (kustodia guard stop all), compare the contract with the settings (kustodia contract verify), and find out who changed whom it pays: docs/contract-operations.md, “At 3 a.m.”. What is gone is paid by hand, of Kustodia’s own; then: kustodia payment settle-outside.`,
    'engineering',
  );

/** Its money is still in the escrow, and would go elsewhere. */
export const paysAnother = (leg: LegView, { escrow, to, bridge }: NonNullable<LegFacts['paysAnother']>): Ask =>
  ask(
    leg,
    'escrow_pays_another',
    `${escrow} would pay ${to} if it ended now, and not the bridge wallet ${bridge}. Nothing is released; the money stays in the escrow while nobody else ends it, and it goes on by itself once the escrow pays the bridge wallet again. If nobody of yours changed that, a key of the contract is stolen: docs/contract-operations.md, “At 3 a.m.”.`,
    'engineering',
  );

/** In custody with nothing to do yet: whom its escrow would pay is told now, and not when it is due. */
export const paysAnotherMeanwhile = (leg: LegView, next: Decision): Decision =>
  next.do === 'wait' && leg.facts.paysAnother ? paysAnother(leg, leg.facts.paysAnother) : next;
