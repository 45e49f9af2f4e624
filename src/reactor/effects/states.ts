/**
 * What may leave the house, and the states of one attempt to make it leave. `reactor.effect_move` holds the same moves and
 * refuses every other.
 */

export const EFFECT_KINDS = [
  'juno_clabe',
  'juno_bank_account',
  'juno_withdrawal',
  'juno_redemption',
  'bitso_payout',
  'chain_approve',
  'chain_create',
  'chain_fund',
  'chain_dispute',
  'chain_resolve',
  'chain_release',
  'chain_return',
  'chain_probe',
  'approver_signature',
] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

/** What brings MXNB from an escrow to the bridge wallet, or lets that be before its date. */
export const RELEASES: ReadonlySet<EffectKind> = new Set(['chain_release', 'approver_signature']);

/** Whose an effect or a piece of evidence is. A deposit is its payment's: it is evidence for all of its legs. */
export const SUBJECT_KINDS = [
  'leg',
  'payment',
  'user',
  'destination',
  'wallet',
  'suspense',
  'deposit_address',
] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/**
 * - `recorded`: the intent is committed and provably unsent; the next holder of the lane may send it.
 * - `sending`: it may have left; nobody knows yet.
 * - `unknown`: it may have left and the answer is lost; resolved by looking.
 * - `confirmed`: the outside has it (Juno's id; the mined transaction).
 * - `rejected`: refused before it was processed, by a row of the allow-list.
 * - `dead`: the outside's own record says that it came to nothing (FAILED by id; a final receipt with status 0), or it was
 *   never sent and no longer wanted.
 */
export const EFFECT_STATES = ['recorded', 'sending', 'unknown', 'confirmed', 'rejected', 'dead'] as const;
export type EffectState = (typeof EFFECT_STATES)[number];

/**
 * `sending` goes back to `recorded` only when provably not a byte was written. `recorded` is confirmed only by the chain's own
 * evidence that somebody else did the same: an escrow released or cancelled by hand. What is `unknown`, and what Juno confirmed, is
 * dead only when two people say so (`decided_by`).
 */
export const EFFECT_MOVES: Readonly<Record<EffectState, readonly EffectState[]>> = {
  recorded: ['sending', 'confirmed', 'dead'],
  sending: ['recorded', 'unknown', 'confirmed', 'rejected', 'dead'],
  unknown: ['sending', 'confirmed', 'dead'],
  confirmed: ['dead'],
  rejected: [],
  dead: [],
};

/** An effect that still counts: at most one a subject and kind. */
export const isLiveEffect = (state: EffectState): boolean => state !== 'rejected' && state !== 'dead';

/** New attempts that the reactor may make by itself; the next one is a person's. */
export const MAX_ATTEMPTS = 3;
