/** The words of a dispute: who may open one, how it may be decided, and which states it goes through. Pure. */

/** `chain`: somebody disputed the escrow in the contract itself, and the record followed. */
export const DISPUTE_OPENERS = ['payer', 'recipient', 'operations', 'chain'] as const;
export type DisputeOpener = (typeof DISPUTE_OPENERS)[number];

/** Who says something in a dispute. */
export const DISPUTE_VOICES = ['payer', 'recipient', 'operations'] as const;
export type DisputeVoice = (typeof DISPUTE_VOICES)[number];

/** The two that a decision is for or against: each may appeal once. */
export const DISPUTE_SIDES = ['payer', 'recipient'] as const;
export type DisputeSide = (typeof DISPUTE_SIDES)[number];

export const DISPUTE_OUTCOMES = ['recipient', 'payer', 'split'] as const;
export type DisputeOutcome = (typeof DISPUTE_OUTCOMES)[number];

/**
 * - `open`: the money stays where it is, until two people decide;
 * - `resolved`: they have, and either side may appeal until a moment: the money still stays;
 * - `final`: what was decided is carried out, and the payment goes on.
 */
export const DISPUTE_STATES = ['open', 'resolved', 'final'] as const;
export type DisputeState = (typeof DISPUTE_STATES)[number];

/** Every legal move; an appeal opens a dispute again. The database refuses every other. */
export const DISPUTE_MOVES: Readonly<Record<DisputeState, readonly DisputeState[]>> = {
  open: ['resolved'],
  resolved: ['open', 'final'],
  final: [],
};

/** A word for machines, written on chain as the reason: no personal data. */
export const DISPUTE_REASON = /^[a-z][a-z0-9_]{2,39}$/;

/** The most that anybody may say or name, and how often. */
export const DISPUTE_LIMITS = { text: 4_000, files: 10, fileName: 120, evidence: 100 } as const;
