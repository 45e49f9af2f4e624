/**
 * The words that the earlier system's queries know payments and escrows by: which of them each state of a leg is.
 * The database says the same (`reactor.earlier_payment`, `reactor.earlier_escrow`), for the views in its schema `legacy`; a test keeps the two
 * equal over every state. Pure.
 */
import { type LegState, paymentStatus } from './states.ts';

export const EARLIER_PAYMENT_STATUSES = [
  'pending',
  'processing',
  'withdrawn',
  'funded',
  'active',
  'completed',
] as const;
export type EarlierPaymentStatus = (typeof EARLIER_PAYMENT_STATUSES)[number];

export const EARLIER_ESCROW_STATUSES = ['pending', 'funded', 'released', 'completed'] as const;
export type EarlierEscrowStatus = (typeof EARLIER_ESCROW_STATUSES)[number];

type Words = Readonly<{ payment: EarlierPaymentStatus; escrow: EarlierEscrowStatus }>;

/** Of each state of a leg; null for what had no row there, which began with a deposit. */
export const EARLIER_WORDS: Readonly<Record<LegState, Words | null>> = {
  requested: null,
  deposited: { payment: 'pending', escrow: 'pending' },
  withdrawing: { payment: 'processing', escrow: 'pending' },
  withdrawn: { payment: 'withdrawn', escrow: 'pending' },
  creating: { payment: 'withdrawn', escrow: 'pending' },
  created: { payment: 'withdrawn', escrow: 'pending' },
  funding: { payment: 'withdrawn', escrow: 'pending' },
  in_custody: { payment: 'funded', escrow: 'funded' },
  // Until the chain has said so, it is not released.
  releasing: { payment: 'funded', escrow: 'funded' },
  released: { payment: 'active', escrow: 'released' },
  returning: { payment: 'active', escrow: 'released' },
  returned: { payment: 'active', escrow: 'released' },
  reserved: { payment: 'active', escrow: 'released' },
  redeeming: { payment: 'active', escrow: 'released' },
  paying_out: { payment: 'active', escrow: 'released' },
  completed: { payment: 'completed', escrow: 'completed' },
  // Who should have the money does not have it: whoever asks for payments that take too long must find these.
  payout_failed: { payment: 'active', escrow: 'released' },
  payout_returned: { payment: 'active', escrow: 'released' },
  accrued: { payment: 'active', escrow: 'released' },
  // Nothing more is done for it: others took its place, or a person paid it by hand.
  replaced: { payment: 'completed', escrow: 'completed' },
  expired: null,
  closed: { payment: 'completed', escrow: 'completed' },
};

/**
 * A payment's status in the earlier words: that of the leg that `paymentStatus` goes by. What holds it, or asks a person for it, had no
 * word there and changes none. Null where it had no row: before its deposit, and where none ever came (`hasBegun`: a leg of it has had money).
 */
export function earlierPaymentStatus(
  legs: readonly Readonly<{ state: LegState }>[],
  hasBegun: boolean,
): EarlierPaymentStatus | null {
  const status = paymentStatus(
    legs.map(({ state }) => ({ state, attention: null })),
    false,
  );
  if (status === 'needs_attention' || status === 'on_hold') throw new Error(`${status} without a cause`);
  return hasBegun ? (EARLIER_WORDS[status]?.payment ?? null) : null;
}

/** An escrow's status in the earlier words. Null where it had no row: before the deposit, and for money that never was to be in an escrow. */
export function earlierEscrowStatus(state: LegState, hasEscrow: boolean): EarlierEscrowStatus | null {
  const words = EARLIER_WORDS[state];
  return words && (hasEscrow || words.escrow === 'pending') ? words.escrow : null;
}
