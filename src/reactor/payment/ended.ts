/**
 * Escrows that ended otherwise than the reactor ends them: by somebody else, before their time, or with their money gone to an address
 * that is not the bridge wallet. Pure.
 */
import { ask, wait } from './decisions.ts';
import { releaseFacts, releaseOf } from './release.ts';
import { begin, patience, settled } from './step.ts';
import type { Decision, LegView, PaymentView } from './view.ts';

/** What is written down of an escrow in custody and that an ended one has no use for. */
const MOOT = ['chain_dispute', 'chain_resolve', 'approver_signature'] as const;

/**
 * In custody, and ended in its contract by somebody else. Once its terms let it go, or where people decided already whose it is, the leg
 * goes on as after a release of ours; before that nobody is paid, and a person is told. Null while the contract has it.
 */
export function endedByOthers(view: PaymentView, leg: LegView): Decision | null {
  const { isEnded, released } = leg.facts;
  if (!isEnded) return null;
  const moot = MOOT.map((kind) => leg.effects[kind]).find((effect) => effect?.state === 'recorded');
  const cause = 'its escrow was ended in the contract by somebody else';
  if (moot) return { ...{ do: 'move', leg, to: leg.state, claims: [], booking: {}, kills: moot }, cause };
  const lost = paidElsewhere(view, leg);
  if (lost) return lost;
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
    `The escrow was ended by somebody else before its custody is over, ${how}. Nobody is paid before the payment’s own terms are met; then it goes on by itself. Find out who ended it and what for: an approver must have signed for it. If the money is to go back to the payer, refund the payment: that needs no date.`,
  );
}

/** What people decided had to wait only for what the contract would let out. */
function isWanted(view: PaymentView, leg: LegView): boolean {
  const facts = releaseFacts(view, leg);
  return facts !== null && (facts.isDecided || releaseOf(facts).may !== null);
}

/**
 * Ended, by whomever, and its transaction brought the bridge wallet nothing: there is nothing to wait for. Null where it did, or where no
 * end is shown.
 */
export function paidElsewhere(view: PaymentView, leg: LegView): Decision | null {
  const { released, paidElsewhere: paid } = leg.facts;
  if (!released || !paid) return null;
  const trouble = settled(view, leg, [released]);
  if (trouble) return trouble;
  if (view.chain.trouble !== null) return wait(view, leg, view.chain.trouble, patience(view, leg));
  return ask(
    leg,
    'escrow_paid_another',
    `The escrow ended in transaction ${released.txHash}, and its money went to ${paid.to ?? 'no address that the indexer shows'}, not to the bridge wallet. Nothing more is done for this leg, and nobody is paid. Stop new money (kustodia guard stop all), compare the contract with the settings (kustodia contract verify), and find out who changed whom it pays: docs/contract-operations.md, “At 3 a.m.”.`,
    'engineering',
  );
}
