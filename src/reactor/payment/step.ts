/** The ways in which any step begins, goes on and falls back. Pure. */
import { type EffectKind, type EffectState, isLiveEffect, MAX_ATTEMPTS } from '../effects/states.ts';
import type { Overdue } from './attention.ts';
import { ask, LOOK_AGAIN_MS, later, outOfPlace, wait } from './decisions.ts';
import type { LegState } from './states.ts';
import type { ChainFact, Decision, EffectView, JunoFact, LegView, PaymentView } from './view.ts';

/** Failures in a row of something that was never sent, before a person is told. It goes on trying all the same. */
export const FAILURES_BEFORE_ASKING = 8;

/** Begins a step: records its effect, or a new attempt when the last one is dead. A rejected one is for two people to allow. */
export function begin(leg: LegView, kind: EffectKind, to: LegState): Decision {
  const last = leg.effects[kind];
  if (last && isLiveEffect(last.state)) return outOfPlace(leg, last);
  if (last?.state === 'rejected' && !last.isNextAllowed) {
    return ask(
      leg,
      `rejected:${last.error?.code ?? 'no_code'}`,
      `${kind} was refused before it was processed: ${last.error?.text ?? 'no reason given'}. The money has not moved. Mend the cause, then allow a new attempt.`,
    );
  }
  if (last && last.attempt >= MAX_ATTEMPTS && !last.isNextAllowed) {
    return ask(
      leg,
      'attempts_used_up',
      `${kind} came to nothing ${last.attempt} times; the money is back where the step began. A person decides whether to try again.`,
    );
  }
  return { do: 'record', leg, effect: kind, attempt: (last?.attempt ?? 0) + 1, to, cause: kind };
}

/** A step whose effect Juno performs: send it, resolve it, or read Juno's own record of it. */
export function junoStep(
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
    return { do: 'send', leg, effect, mayWrite: true };
  }
  if (effect.state === 'rejected')
    return back === leg.state
      ? begin(leg, kind, leg.state)
      : fallBack(leg, back, kind, `${kind} was refused before it was processed`);
  if (effect.state === 'dead') return fallBack(leg, back, kind, `${kind} came to nothing and the money was seen back`);
  if (fact?.status === 'failed') {
    // The pool is one for all: that it is full again says nothing of whose money it is, so a person tells.
    const { returnedBy } = leg.facts;
    const seen = returnedBy
      ? `deposit ${returnedBy.id} brought the pesos back`
      : 'its money was not seen back where the step began';
    return ask(
      leg,
      'failed_not_returned',
      `Juno says that ${kind} ${effect.externalId} failed, and ${seen}. Nothing is sent again by itself. Find the money at Juno before anything else.`,
    );
  }
  if (fact?.status === 'complete') return next();
  const what = `Juno to complete ${kind} ${effect.externalId}`;
  return overdue(view, leg, kind, what) ?? wait(view, leg, what);
}

/** The outside takes seconds or minutes; after this long a person is told, while the leg goes on looking. */
const OUTSIDE_BOUND_MS = 60 * 60 * 1000;

/** Null while there is still time. */
export function overdue(
  view: PaymentView,
  leg: LegView,
  code: Overdue,
  what: string,
  since: Date = leg.enteredAt,
): Decision | null {
  const waited_ms = view.now.getTime() - since.getTime();
  if (waited_ms <= OUTSIDE_BOUND_MS) return null;
  const minutes = Math.floor(waited_ms / 60_000);
  return ask(
    leg,
    `${code}_overdue`,
    `For ${minutes} minutes it has waited for ${what}. It goes on looking; nothing is sent again. Look there by hand.`,
  );
}

/** Null while it is early. Whoever is due and needs Juno's list of payout accounts is told that it cannot be read. */
export function accountsUnread(
  leg: LegView,
  { failures, for_ms, why }: Readonly<{ failures: number; for_ms: number; why: string }>,
): Extract<Decision, { do: 'ask' }> | null {
  if (failures < FAILURES_BEFORE_ASKING) return null;
  return ask(
    leg,
    'payout_account_unread',
    `Juno’s list of payout accounts could not be read ${failures} times in a row, for ${Math.floor(for_ms / 60_000)} minutes; the last time: ${why}. No account is paid that was not compared with it just before, so the money waits. It goes on trying, ever more rarely, and goes on by itself when the list can be read. If Juno is well, tell engineering.`,
  );
}

/** An effect that has its reasons to wait: after many failures a person is told as well. */
export function waitForEffect(view: PaymentView, leg: LegView, effect: EffectView): Decision {
  const text = effect.error ? `${effect.kind} to be tried again: ${effect.error.text}` : `${effect.kind} to be sent`;
  if (effect.state === 'unknown' && (effect.error?.code ?? '').startsWith('look_found_')) {
    return ask(
      leg,
      `${effect.kind}_unknown`,
      `${effect.kind} was sent and ${effect.error?.text}. Under a new key it is never sent again by itself; it goes on being looked for. Find out at Juno or Bitso what became of it, then: kustodia effect propose ${effect.id} --as happened --external-id ID, or --as not-happened.`,
    );
  }
  if (effect.state === 'sending' && effect.error?.code === 'nonce_taken')
    return ask(leg, 'nonce_taken', `${effect.kind} was signed, and ${effect.error.text}.`, 'engineering');
  if (effect.failures >= FAILURES_BEFORE_ASKING)
    return ask(
      leg,
      `${effect.kind}_not_getting_through`,
      `${text} (${effect.failures} times in a row). It goes on trying; nothing is sent twice.`,
    );
  return { do: 'wait', leg, for: text, until: effect.nextLookAt > view.now ? effect.nextLookAt : later(view, 1_000) };
}

const fallBack = (leg: LegView, to: LegState, kind: EffectKind, cause: string): Extract<Decision, { do: 'move' }> => ({
  do: 'move',
  leg,
  to,
  cause,
  claims: [],
  // That an escrow is made moves nothing, so it has no entry.
  booking: kind === 'chain_create' ? {} : { void: kind },
});

/** A step that the bridge wallet performs: the wallet lane signs and broadcasts, the indexed event ends it. */
export function chainStep(
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
  const isFound = found.length === facts.length;
  // Somebody else’s release is claimed under an attempt of its own: a return goes only after one that is confirmed.
  if (effect.state === 'dead' && (!isFound || kind === 'chain_release'))
    return fallBack(leg, back, kind, `${kind} failed on chain; nothing moved`);
  if (isFound) return settled(view, leg, found) ?? next(found);
  return underWay(view, leg, effect);
}

/** What the wallet does about a call that no indexed event has ended yet; after many failures, or long, a person is told as well. */
export function underWay(view: PaymentView, leg: LegView, effect: EffectView, since?: Date): Decision {
  const { kind, state, failures } = effect;
  if (failures >= FAILURES_BEFORE_ASKING) return waitForEffect(view, leg, effect);
  const what =
    effect.error?.code === 'not_final'
      ? `${kind} to be taken back: ${effect.error.text}`
      : state === 'recorded'
        ? `the wallet’s turn to sign ${kind}`
        : `${kind} to be mined and indexed`;
  return overdue(view, leg, kind, what, since) ?? wait(view, leg, what);
}

/** Null when the RPC itself vouches for every fact. */
export function settled(view: PaymentView, leg: LegView, facts: readonly ChainFact[]): Decision | null {
  const gone = facts.find((fact) => fact.verdict === 'mismatch');
  if (gone) {
    return ask(
      leg,
      'indexer_mismatch',
      'The indexer shows an event that the RPC does not have in that block. Money waits until both agree; check that the indexer follows the right chain.',
      'engineering',
    );
  }
  return notYetFinal(view, leg, facts);
}

/**
 * Null when all that the leg's money stands on is still on the chain, as deep as the next step asks. What was claimed once and is
 * gone is told; when it comes back, in whatever block, the leg goes on by itself, and where a call of ours failed instead `undone.ts`
 * takes the step back.
 */
export function standing(view: PaymentView, leg: LegView): Decision | null {
  const facts = leg.facts.standing ?? [];
  const gone = facts.find((fact) => fact.verdict === 'mismatch');
  if (gone) return evidenceGone(leg, gone);
  if (facts.length === 0) {
    const what = 'its evidence to be read from the chain again';
    return overdue(view, leg, 'evidence', what) ?? wait(view, leg, what, patience(view, leg));
  }
  return notYetFinal(view, leg, facts);
}

export const evidenceGone = (leg: LegView, { txHash, blockNumber }: ChainFact): Extract<Decision, { do: 'ask' }> =>
  ask(
    leg,
    'evidence_gone',
    `The chain no longer has what this leg stands on: transaction ${txHash}, once in block ${blockNumber}. Nothing more is done for the leg until it is back, or until it is finalised that a call of ours failed in its place, or the contract shows that somebody else’s release is undone or another took its place; then it goes on by itself. What our wallet signed is handed to the node again with the same bytes; what Juno sent is Juno’s to send again. If it stays away, or somebody else’s transaction has taken its place, compare the chain with an explorer and ask Juno.`,
    'engineering',
  );

function notYetFinal(view: PaymentView, leg: LegView, facts: readonly ChainFact[]): Decision | null {
  const disputed = facts.find((fact) => fact.verdict === 'rpcs_disagree');
  if (disputed) {
    return ask(
      leg,
      'rpcs_disagree',
      `ETH_RPC_URL and ETH_RPC_URL_2 disagree: one has transaction ${disputed.txHash} in block ${disputed.blockNumber}, the other does not. Nothing goes on until both agree; then it goes on by itself. Compare both with an explorer and replace the one that is wrong.`,
      'engineering',
    );
  }
  if (facts.some((fact) => fact.verdict === 'finalized_unknown')) {
    return ask(
      leg,
      'finalized_unknown',
      'FINALITY_POLICY asks for finalised blocks at this amount, and the RPC does not know the tag “finalized”. The money waits. Set ETH_RPC_URL (and ETH_RPC_URL_2) to a node that knows it; then it goes on by itself.',
      'engineering',
    );
  }
  if (facts.some((fact) => fact.verdict === 'unreachable'))
    return wait(view, leg, 'the RPC to answer', patience(view, leg));
  if (facts.some((fact) => fact.verdict === 'shallow'))
    return wait(view, leg, 'more blocks on top of the evidence, as FINALITY_POLICY asks', patience(view, leg));
  return null;
}

const PATIENCE_MS = { least: 1_000, most: 15_000 };
const PEOPLE_MS = { least: LOOK_AGAIN_MS, most: 300_000 };
type Bounds = Readonly<{ least: number; most: number }>;

/** A part of the time that it has taken: the longer, the rarer the looks. */
const ofAge = (view: PaymentView, leg: LegView, part: number, { least, most }: Bounds): number =>
  Math.min(Math.max((view.now.getTime() - leg.enteredAt.getTime()) * part, least), most);
const TENTH = 1 / 10;

/**
 * How long to wait, in milliseconds, for what nothing wakes: blocks take a second, finality on Arbitrum twenty minutes, and an
 * indexer that stands may stand for an hour with thousands of payments behind it.
 */
export const patience = (view: PaymentView, leg: LegView): number => ofAge(view, leg, TENTH, PATIENCE_MS);

/** How long to wait, in milliseconds, where a person was told: what people do wakes it, and some of it mends itself. */
export const whilePeopleAct = (view: PaymentView, leg: LegView, code?: string): number =>
  code !== undefined && MAKES_DUE.has(code)
    ? ofAge(view, leg, 1, { ...PEOPLE_MS, most: Math.min(DAY_MS, untilExpiry(view, leg)) })
    : ofAge(view, leg, TENTH, PEOPLE_MS);

/** A payment that nobody has paid in for ends at its time, whatever people were told of its account. */
const untilExpiry = ({ now, payment }: PaymentView, { state }: LegView): number =>
  state === 'requested' && payment.expiresAt > now ? payment.expiresAt.getTime() - now.getTime() : DAY_MS;

/** What people are told of, and what makes the payment due in the very commit that mends it: an account that was read back. */
const MAKES_DUE: ReadonlySet<string> = new Set(['payout_account_unusable', 'payout_account_overdue']);
const DAY_MS = 24 * 60 * 60 * 1000;
