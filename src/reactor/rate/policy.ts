/**
 * Who gets how much of what Juno allows. Pure; `reactor.juno_take` keeps it, in one statement for all processes.
 *
 * Why Juno never counts too many, whether its window slides or is fixed, and however long a call is on its way: the calls that
 * reach it in any one window were let go within that window (at most `most`) or were under way when it began (at most
 * `mostInFlight`, 12 % of `most`). Together that is 112 % of `most`, and `most` is 80 % of what Juno allows (300 a minute:
 * A/general-concepts): 268. The auditor asks the same account and may write nothing, so that it cannot take part in this: it asks
 * one call at a time, at most 32 in any minute (AUDIT_RATE_PER_MINUTE is 30; one may have been long on its way, and one begins the
 * minute), and all of them are 300. A call counts as under way
 * until its answer is here; one that was given up, for half a window more. So does leave that is held for looks to come (held.ts).
 */

/** Kinds of calls that must not starve each other, in the order of `reactor.juno_take`. */
export const CALL_KINDS = ['look', 'payout', 'withdrawal', 'registration'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** Each kind's guaranteed part of the flow; what one leaves, any may borrow. A payment takes more looks than sends. */
const PARTS = { look: 0.4, payout: 0.25, withdrawal: 0.25, registration: 0.1 } as const;
/** What may go at once after a quiet time; the rest of the window then flows evenly. */
const BURST = 0.5;
/** The part of the budget that stands ready for the kinds, each by its part; the rest of the burst is lent to whoever comes. */
const OWN_BURST = 0.05;
/** A little under the limit, so that a burst evens out from window to window instead of coming back for ever. */
const FLOW = 0.97;
/** A send must never be the call after which nobody can look any more. */
const MOST_SENDS = 0.85;
const MOST_IN_FLIGHT = 0.12;

export type Policy = Readonly<{
  window_s: number;
  /** Calls in any window. */
  most: number;
  mostSends: number;
  mostInFlight: number;
  /** Of each kind, then of what is lent. */
  capacity: readonly number[];
  refill_per_s: readonly number[];
}>;

/** The policy for `most` calls in any `window_s` seconds. */
export function policyFor(most: number, window_s: number): Policy {
  const parts = CALL_KINDS.map((kind) => PARTS[kind]);
  const own = parts.map((part) => Math.max(1, most * OWN_BURST * part));
  return {
    window_s,
    most,
    mostSends: Math.max(1, Math.floor(most * MOST_SENDS)),
    mostInFlight: Math.max(1, Math.floor(most * MOST_IN_FLIGHT)),
    capacity: [...own, Math.max(1, most * (BURST - OWN_BURST))],
    refill_per_s: parts.map((part) => (most * FLOW * part) / window_s),
  };
}

const PAYOUTS = new Set(['POST /mint_platform/v1/redemptions', 'POST /v3/withdrawals']);
const WITHDRAWALS = new Set(['POST /mint_platform/v1/withdrawals']);

/** Whose part a call is of. */
export function kindOf(call: { endpoint: string; kind: 'send' | 'look' }): CallKind {
  if (call.kind === 'look') return 'look';
  if (PAYOUTS.has(call.endpoint)) return 'payout';
  return WITHDRAWALS.has(call.endpoint) ? 'withdrawal' : 'registration';
}
