/**
 * The one place that says which states a leg can be in and which moves are legal. The database holds the same table
 * (`reactor.leg_move`) and refuses every other move; a test keeps the two equal and proves that every state reaches an end.
 */

/**
 * - `custody` waits in the escrow; `immediate`, `commission` and `refund` are paid straight from Juno's balance;
 * - `settlement` pays what several accrued legs owe to one account, once that is enough for Juno's minimum.
 */
export const LEG_KINDS = ['custody', 'immediate', 'commission', 'refund', 'settlement'] as const;
export type LegKind = (typeof LEG_KINDS)[number];

/**
 * - `escrow`: what people agreed on, paid for by a deposit;
 * - `refund`: a deposit, or a part of one, that no payment could take goes back to who sent it;
 * - `settlement`: see the leg of that kind.
 */
export const PAYMENT_KINDS = ['escrow', 'refund', 'settlement'] as const;
export type PaymentKind = (typeof PAYMENT_KINDS)[number];

/** How a leg's pesos leave: see `docs/architecture.md`. */
export const RAILS = ['bank_redemption', 'bitso_spei', 'bitso_transfer'] as const;
export type Rail = (typeof RAILS)[number];

/**
 * What must be before a leg leaves its custody: the end of the custody period by the chain's clock; the approvals of payer and
 * recipient; whichever comes first; or both.
 */
export const RELEASE_POLICIES = ['date', 'approvals', 'date_or_approvals', 'date_and_approvals'] as const;
export type ReleasePolicy = (typeof RELEASE_POLICIES)[number];

/** How an escrow ends before its date, as the approver signs it: for the recipient, or all of it back to the payer. */
export const EARLY_ACTS = ['release', 'cancel'] as const;
export type EarlyAct = (typeof EARLY_ACTS)[number];

/** Who approves the release of a payment. */
export const PARTIES = ['payer', 'recipient'] as const;
export type Party = (typeof PARTIES)[number];

/** Of a custody leg: its money has not begun to leave the escrow, and its release can be approved. */
export const BEFORE_RELEASE: ReadonlySet<LegState> = new Set([
  'requested',
  'deposited',
  'withdrawing',
  'withdrawn',
  'creating',
  'created',
  'funding',
  'in_custody',
]);

export const LEG_STATES = [
  'requested',
  'deposited',
  'withdrawing',
  'withdrawn',
  'creating',
  'created',
  'funding',
  'in_custody',
  'releasing',
  'released',
  'returning',
  'returned',
  'reserved',
  'redeeming',
  'paying_out',
  'completed',
  'payout_failed',
  'payout_returned',
  'accrued',
  'replaced',
  'expired',
  'closed',
] as const;
export type LegState = (typeof LEG_STATES)[number];

type Moves = Partial<Record<LegState, readonly LegState[]>>;

/**
 * From Juno's pool on, every kind of leg ends in the same way: a failed redemption falls back to where its money is. A leg that
 * takes the place of another begins where that one's money is: `reserved` in Juno's pool, or `paying_out` at Bitso. What people
 * paid by hand is `closed`.
 */
const TAIL: Moves = {
  reserved: ['redeeming', 'accrued', 'replaced', 'closed'],
  redeeming: ['completed', 'paying_out', 'payout_failed', 'reserved'],
  paying_out: ['completed', 'payout_failed', 'replaced', 'closed'],
  // What a settlement had paid is owed again when the settlement came back.
  completed: ['payout_returned', 'accrued'],
  payout_failed: ['replaced', 'closed'],
  payout_returned: ['replaced', 'closed'],
  accrued: ['completed', 'replaced', 'closed'],
};

/** Legs that are paid straight from Juno's balance. */
const DIRECT: Moves = {
  ...TAIL,
  requested: ['reserved', 'paying_out', 'expired', 'closed'],
};

/**
 * Every legal move of every kind of leg. A move backwards (`withdrawing` → `deposited`) is made only when the effect is dead
 * and its money was seen back where the step began, or when a reorganisation undid it.
 */
export const LEG_MOVES: Readonly<Record<LegKind, Moves>> = {
  custody: {
    ...TAIL,
    requested: ['deposited', 'reserved', 'paying_out', 'expired', 'closed'],
    deposited: ['withdrawing', 'replaced'],
    withdrawing: ['withdrawn', 'deposited'],
    withdrawn: ['creating', 'funding', 'returning'],
    // Only where the contract makes an escrow in one transaction and funds it in another.
    creating: ['created', 'withdrawn'],
    created: ['funding', 'withdrawn'],
    funding: ['in_custody', 'created', 'withdrawn'],
    // What its escrow paid to a stranger a person pays by hand.
    in_custody: ['releasing', 'created', 'withdrawn', 'closed'],
    releasing: ['released', 'in_custody', 'closed'],
    released: ['returning', 'in_custody'],
    // What never was in an escrow comes from the wallet, and falls back to it.
    returning: ['returned', 'released', 'withdrawn'],
    returned: ['redeeming', 'accrued', 'replaced', 'closed'],
    redeeming: [...(TAIL.redeeming ?? []), 'returned'],
  },
  immediate: DIRECT,
  commission: DIRECT,
  refund: DIRECT,
  // A settlement is paid by none.
  settlement: { ...DIRECT, completed: ['payout_returned'] },
};

export const FINAL: ReadonlySet<LegState> = new Set(['completed', 'replaced', 'expired', 'closed']);

/** No automation works on a leg in a final state. A completed one can still come back (`payout_returned`, or `accrued` with its settlement). */
export const isFinal = (state: LegState): boolean => FINAL.has(state);

/** A custody leg's states once its MXNB were sent on from Juno's pool: nothing of them is in the wallet or the escrow any more. */
export const BEYOND_RETURN: ReadonlySet<LegState> = new Set([
  'redeeming',
  'paying_out',
  'completed',
  'payout_failed',
  'payout_returned',
  'accrued',
  'replaced',
  'closed',
]);

/** The same with the return itself: what is released from its escrow now only gives the wallet back what it lent. */
export const FROM_RETURN: ReadonlySet<LegState> = new Set(['returned', ...BEYOND_RETURN]);

/** A leg that no longer counts towards its deposit. */
export const isLive = (state: LegState): boolean => state !== 'replaced' && state !== 'closed' && state !== 'expired';

export const canMove = (kind: LegKind, from: LegState, to: LegState): boolean =>
  LEG_MOVES[kind][from]?.includes(to) ?? false;

export type PaymentStatus = LegState | 'needs_attention' | 'on_hold';

/**
 * A payment's status, from its legs alone: what needs a person first, then a hold, then the live leg that is least far on its
 * journey. A payment with no live leg shows how it ended.
 */
export function paymentStatus(
  legs: readonly { state: LegState; attention: unknown }[],
  isHeld: boolean,
): PaymentStatus {
  const live = legs.filter((leg) => isLive(leg.state));
  if (live.some((leg) => leg.attention !== null && !isFinal(leg.state))) return 'needs_attention';
  const open = live.filter((leg) => leg.state !== 'completed');
  if (isHeld && open.length > 0) return 'on_hold';
  const order = (leg: { state: LegState }) => LEG_STATES.indexOf(leg.state);
  const [first] = [...(open.length > 0 ? open : live.length > 0 ? live : legs)].sort((a, b) => order(a) - order(b));
  return first?.state ?? 'closed';
}
