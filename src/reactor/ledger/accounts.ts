/** The accounts of the books. Debits are positive, credits negative; every entry sums to zero in each currency. */

export const ENTRY_STATES = ['pending', 'posted', 'voided'] as const;
export type EntryState = (typeof ENTRY_STATES)[number];

/**
 * - `asset`: what is somewhere; a payment's share of it can never fall below zero.
 * - `liability`: what is owed; a payment's can never be overdrawn.
 * - `exchange`: joins currencies and may stand on either side.
 */
export const ACCOUNTS = {
  /** Pesos that arrived by SPEI and are not MXNB yet. */
  spei_in: 'asset',
  /** MXNB in Juno's pooled balance. */
  juno_pool: 'asset',
  /** MXNB that Juno is sending to the bridge wallet. */
  in_transit: 'asset',
  /** MXNB in the bridge wallet. */
  bridge: 'asset',
  /** MXNB in the escrow contract. */
  escrow: 'asset',
  /** MXNB on its way back to Juno. */
  returning: 'asset',
  /** MXNB that Juno is burning. */
  redeeming: 'asset',
  /** Pesos in the Bitso balance, redeemed and not yet paid out. */
  bitso: 'asset',
  /** Pesos that came back after they were paid out, where Juno or Bitso shows them. */
  returned: 'asset',
  /** Pesos that a redemption is paying out: still in our books until Juno says complete. */
  paying_out: 'liability',
  /** Pesos owed to the people of a payment. */
  liability: 'liability',
  /** Commissions of a payment that are earned and not paid yet. */
  commission: 'liability',
  /** Pesos owed to one payout account that are too few to be paid out alone. */
  payable: 'liability',
  /** Kustodia's own money: what it lent for probes. */
  own: 'liability',
  /** Pesos of deposits that no payment has claimed. */
  suspense: 'liability',
  conversion: 'exchange',
} as const satisfies Record<string, 'asset' | 'liability' | 'exchange'>;

export type Account = keyof typeof ACCOUNTS;
