/**
 * What to do next with a payment. Pure: no input or output, clock or randomness; total over every state. The simulation and
 * the property tests drive it, `kustodia payment why` prints it.
 */
import { type EffectKind, RELEASES } from '../effects/states.ts';
import { decideDispute, heldBy, stoppedBy } from './barrier.ts';
import { type LegDecision, later, wait } from './decisions.ts';
import { appealTime, conclusion, givesWay } from './dispute.ts';
import { fromTodaysWallet } from './former-wallet.ts';
import { JOURNEY_STEPS } from './journey.ts';
import { PAYOUT_STEPS } from './payout.ts';
import { sentenceOf, toClear } from './screening.ts';
import { BEYOND_RETURN, FROM_RETURN, isFinal, type LegState, RAILS } from './states.ts';
import { overdue, patience, whilePeopleAct } from './step.ts';
import { releasedAgain } from './undone.ts';
import type { Decision, LegView, PaymentView } from './view.ts';

const STEPS: Readonly<Record<LegState, LegDecision>> = { ...JOURNEY_STEPS, ...PAYOUT_STEPS };

/**
 * The decision for a whole payment: the first leg with something to do; else the earliest time to look again. `refused`: legs whose
 * step was tried in this look and was refused, so that the others have their turn.
 */
export function decide(view: PaymentView, refused: ReadonlySet<string> = new Set()): Decision {
  const concluded = conclusion(view);
  if (concluded) return concluded;
  // What came back is worked on again, though its leg had reached its end.
  const open = view.legs.filter(
    (leg) =>
      !refused.has(leg.id) &&
      (!isFinal(leg.state) || leg.facts.returnedBy || leg.facts.settlement || leg.facts.standing),
  );
  const decisions = open.map((leg) => decideLeg(view, leg));
  const act = decisions.find((d) => URGENCY[d.do] === 0);
  const ask = decisions.find((d) => d.do === 'ask' && d.leg.attention?.code !== d.code);
  const appeal = appealTime(view);
  const waits = [...decisions, ...(appeal ? [appeal] : [])]
    .map(
      (d): Decision =>
        d.do === 'ask'
          ? { do: 'wait', leg: d.leg, for: d.sentence, until: later(view, whilePeopleAct(view, d.leg, d.code)) }
          : d,
    )
    .filter((d) => d.do === 'wait')
    .sort((a, b) => a.until.getTime() - b.until.getTime());
  return act ?? ask ?? waits[0] ?? { do: 'done' };
}

/** What would come next of a leg if nothing forbade it: what recovery compares with what was done already. Never act on it. */
export function nextStep(view: PaymentView, leg: LegView): Decision {
  const step = STEPS[leg.state](view, leg);
  const again = undoneBehind(view, leg);
  return again && goesBefore(again, step) ? again : step;
}

/** The wallet lacks what the escrow has again, wherever the leg has come to. */
const undoneBehind = (view: PaymentView, leg: LegView): Decision | null =>
  BEYOND_RETURN.has(leg.state) ? releasedAgain(view, leg) : null;

/** What the leg itself needs goes first, but where others take its place. */
const goesBefore = (again: Decision, step: Decision): boolean =>
  URGENCY[again.do] < URGENCY[step.do] || (step.do === 'replace' && URGENCY[again.do] === 0);

const URGENCY: Readonly<Record<Decision['do'], number>> = {
  move: 0,
  replace: 0,
  rebind: 0,
  record: 0,
  send: 0,
  conclude: 0,
  contest: 0,
  ask: 1,
  wait: 2,
  done: 3,
};

/** The decision for one leg, whatever the others do. */
export function decideLeg(view: PaymentView, leg: LegView): Decision {
  const next = allowed(view, leg, givesWay(view, leg) ?? nextStep(view, leg));
  if (URGENCY[next.do] === 0) return next;
  // What keeps its payout where it is keeps no release that is made again under it.
  const undone = undoneBehind(view, leg);
  const again = undone && allowed(view, leg, undone);
  return again && URGENCY[again.do] < URGENCY[next.do] ? again : next;
}

/** The step, or what stands in its way. */
function allowed(view: PaymentView, leg: LegView, step: Decision): Decision {
  const decision = fromTodaysWallet(view, leg, step);
  if (decision.do !== 'record' && decision.do !== 'send' && decision.do !== 'replace') return decision;
  const kind = kindOf(decision);
  const barred = barrier(view, leg, kind) ?? contractBarrier(view, leg, kind);
  if (!barred) return decision;
  // What may have left is looked for whatever forbids to send: a hold must not hide what became of it.
  const mayHaveLeft = decision.do === 'send' && decision.effect.state !== 'recorded';
  return mayHaveLeft ? { ...decision, mayWrite: false } : barred;
}

const kindOf = (decision: Extract<Decision, { do: 'record' | 'send' | 'replace' }>): EffectKind | null => {
  if (decision.do === 'replace') return null;
  return decision.do === 'record' ? decision.effect : decision.effect.kind;
};

/** What brings new money towards the escrow contract. What is in it already goes on. */
const NEW_MONEY: ReadonlySet<EffectKind> = new Set(['juno_withdrawal', 'chain_create', 'chain_fund']);

function contractBarrier(view: PaymentView, leg: LegView, kind: EffectKind | null): Decision | null {
  if (kind === null || !leg.contractStopped || !NEW_MONEY.has(kind)) return null;
  const what = `new money to be let into the escrow contract: ${leg.contractStopped}`;
  return wait(
    view,
    leg,
    what,
    patience(view, leg),
    'kustodia contract verify says what stopped it, and kustodia guard list names the switch to open',
  );
}

/**
 * The rail of a payout stands over the legs that are bound to it, a wallet over what it signs, and everything else over them all. What is
 * released again once a leg is back at Juno leads to no payout, so that no rail of one stands over it.
 */
function standsOver(name: string | null, leg: LegView, kind: EffectKind | null): boolean {
  if (name?.startsWith('wallet:')) return kind?.startsWith('chain_') === true;
  const rail = RAILS.find((one) => name === `rail:${one}`);
  if (kind !== null && RELEASES.has(kind) && FROM_RETURN.has(leg.state)) return rail === undefined;
  return rail === undefined || rail === leg.rail;
}

const IF_IT_LASTS = 'nothing yet; if it lasts, docs/runbook.md#indexer-behind';

/** Of what is not cleared: what nobody has decided, so that somebody has to be told that it keeps money. */
const NOBODYS_ACT: ReadonlySet<string> = new Set(['missing', 'pending', 'stale']);

/** What stands between any decision to act and the act. The recording transaction checks the same again, under locks. */
function barrier(view: PaymentView, leg: LegView, kind: EffectKind | null): Decision | null {
  // A freeze only keeps money where it is: what holds a payment, or leaves its people uncleared, is no reason against it.
  const isFreeze = kind === 'chain_dispute';
  const hold = isFreeze ? undefined : (view.holds.find(({ over }) => standsOver(over ?? null, leg, kind)) ?? leg.held);
  if (hold) return heldBy(view, leg, hold);
  // Its hold says so, and this does not rely on it.
  if (view.dispute && !isFreeze) return wait(view, leg, 'its dispute to be final', undefined, decideDispute(view));
  const stopped = view.stopped.find(({ name }) => standsOver(name, leg, kind)) ?? leg.stopped;
  if (stopped) return stoppedBy(view, leg, stopped);
  const unscreened = view.uncleared.find(({ why }) => NOBODYS_ACT.has(why));
  const uncleared = isFreeze ? undefined : (unscreened ?? view.uncleared[0]);
  if (uncleared) {
    const what = `those whose money it is to be cleared; ${sentenceOf(uncleared)}`;
    return (
      (unscreened && overdue(view, leg, 'screening', what)) ?? wait(view, leg, what, undefined, toClear(uncleared))
    );
  }
  if (view.chain.trouble && leg.state !== 'requested')
    return wait(view, leg, view.chain.trouble, patience(view, leg), IF_IT_LASTS);
  return null;
}
