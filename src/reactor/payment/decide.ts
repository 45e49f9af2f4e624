/**
 * What to do next with a payment. Pure: no input or output, clock or randomness; total over every state. The simulation and
 * the property tests drive it, `kustodia payment why` prints it.
 */
import type { EffectKind } from '../effects/states.ts';
import { type LegDecision, later, wait } from './decisions.ts';
import { JOURNEY_STEPS } from './journey.ts';
import { PAYOUT_STEPS } from './payout.ts';
import { isFinal, type LegState } from './states.ts';
import { patience, whilePeopleAct } from './step.ts';
import type { Decision, LegView, PaymentView } from './view.ts';

const STEPS: Readonly<Record<LegState, LegDecision>> = { ...JOURNEY_STEPS, ...PAYOUT_STEPS };

/** The decision for a whole payment: the first leg with something to do; else the earliest time to look again. */
export function decide(view: PaymentView): Decision {
  // What came back is worked on again, though its leg had reached its end.
  const open = view.legs.filter((leg) => !isFinal(leg.state) || leg.facts.returnedBy || leg.facts.settlement);
  const decisions = open.map((leg) => decideLeg(view, leg));
  const act = decisions.find((d) => d.do === 'move' || d.do === 'rebind' || d.do === 'record' || d.do === 'send');
  const ask = decisions.find((d) => d.do === 'ask' && d.leg.attention?.code !== d.code);
  const waits = decisions
    .map(
      (d): Decision =>
        d.do === 'ask'
          ? { do: 'wait', leg: d.leg, for: d.sentence, until: later(view, whilePeopleAct(view, d.leg)) }
          : d,
    )
    .filter((d) => d.do === 'wait')
    .sort((a, b) => a.until.getTime() - b.until.getTime());
  return act ?? ask ?? waits[0] ?? { do: 'done' };
}

/** What would come next of a leg if nothing forbade it: what recovery compares with what was done already. Never act on it. */
export const nextStep = (view: PaymentView, leg: LegView): Decision => STEPS[leg.state](view, leg);

/** The decision for one leg, whatever the others do. */
export function decideLeg(view: PaymentView, leg: LegView): Decision {
  const decision = nextStep(view, leg);
  if (decision.do !== 'record' && decision.do !== 'send') return decision;
  const barred = barrier(view, leg) ?? contractBarrier(view, leg, decision);
  if (!barred) return decision;
  // What may have left is looked for whatever forbids to send: a hold must not hide what became of it.
  const mayHaveLeft = decision.do === 'send' && decision.effect.state !== 'recorded';
  return mayHaveLeft ? { ...decision, mayWrite: false } : barred;
}

/** What brings new money towards the escrow contract. What is in it already goes on. */
const NEW_MONEY: ReadonlySet<EffectKind> = new Set(['juno_withdrawal', 'chain_create', 'chain_fund']);

function contractBarrier(
  view: PaymentView,
  leg: LegView,
  { effect }: Extract<Decision, { do: 'record' | 'send' }>,
): Decision | null {
  const kind = typeof effect === 'string' ? effect : effect.kind;
  if (!leg.contractStopped || !NEW_MONEY.has(kind)) return null;
  return wait(view, leg, `new money to be let into the escrow contract: ${leg.contractStopped}`, patience(view, leg));
}

/** What stands between any decision to act and the act. The recording transaction checks the same again, under locks. */
function barrier(view: PaymentView, leg: LegView): Decision | null {
  const [hold] = view.holds;
  if (hold) return wait(view, leg, `the ${hold.kind} to be closed: ${hold.sentence}`);
  const [stopped] = view.stopped;
  if (stopped)
    return wait(view, leg, `the switch “${stopped.name}” to be opened again: ${stopped.reason ?? 'no reason given'}`);
  if (view.chain.trouble && leg.state !== 'requested') return wait(view, leg, view.chain.trouble, patience(view, leg));
  return null;
}
