/** How a decision is put together. Pure. */
import { type EffectKind, isLiveEffect } from '../effects/states.ts';
import type { AttentionCode } from './attention.ts';
import { paysBeside } from './beside.ts';
import type { ChainFact, Claim, Decision, EffectView, EvidenceName, LegView, PaymentView } from './view.ts';

/** How long a leg sleeps when only an event from outside can wake it; the sweep looks then even if no event came. */
export const LOOK_AGAIN_MS = 30_000;

export type LegDecision = (view: PaymentView, leg: LegView) => Decision;

export const later = (view: PaymentView, ms = LOOK_AGAIN_MS) => new Date(view.now.getTime() + ms);
/** `toDo`: what people can do about it, where anything is theirs to do. */
export const wait = (
  view: PaymentView,
  leg: LegView,
  what: string,
  ms?: number,
  toDo?: string,
): Extract<Decision, { do: 'wait' }> => ({
  do: 'wait',
  leg,
  for: what,
  until: later(view, ms),
  ...(toDo === undefined ? {} : { toDo }),
});
export const ask = (
  leg: LegView,
  code: AttentionCode,
  sentence: string,
  owner = 'operations',
): Extract<Decision, { do: 'ask' }> => ({
  do: 'ask',
  leg,
  code,
  sentence,
  owner,
});

/** `as`: what it proves, so that it can be looked for again. */
export const chainClaim = (as: EvidenceName, fact: ChainFact): Claim => ({
  source: 'chain',
  externalId: fact.id,
  detail: {
    ...{ as, txHash: fact.txHash, blockNumber: fact.blockNumber.toString(), blockHash: fact.blockHash },
    ...(fact.bridge === undefined ? {} : { bridge: fact.bridge }),
  },
});
export const junoClaim = (fact: { id: string }): Claim => ({
  source: 'juno_transaction',
  externalId: fact.id,
  detail: {},
});
/** Null where nothing goes back to the payer. */
export function refunded(leg: LegView): Decision | null {
  if (!leg.refund) return null;
  const beside = paysBeside(leg);
  return beside ? outOfPlace(leg, beside) : { do: 'replace', leg, cause: 'its money goes back to the payer' };
}
export const outOfPlace = (leg: LegView, { kind, attempt }: EffectView): Decision =>
  ask(
    leg,
    'effect_out_of_place',
    `A live ${kind} (attempt ${attempt}) exists, but the leg is ${leg.state}. Nothing is sent. Look at both before anything else.`,
    'engineering',
  );
export const done: LegDecision = () => ({ do: 'done' });

export function confirms(leg: LegView, kind: EffectKind): { confirms?: EffectView } {
  const effect = leg.effects[kind];
  // A dead one stays dead: somebody else did what it was to do, and the evidence is theirs.
  return effect && isLiveEffect(effect.state) && effect.state !== 'confirmed' ? { confirms: effect } : {};
}
