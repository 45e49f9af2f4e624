/**
 * Entries that something outside has to prove, by the kind that their key begins with: where that is claimed from, and as what (the place of
 * a log in the journey, the type of Juno’s transaction). The others move what is there already from one owner to another, or are two people’s word.
 */
export const PROVED_BY = {
  deposit: ['juno_deposit', null],
  suspense: ['juno_deposit', null],
  suspense_return: ['juno_deposit', null],
  payout_return: ['juno_deposit', null],
  issuance: ['juno_transaction', 'ISSUANCE'],
  credit: ['juno_transaction', 'CRYPTO_DEPOSIT'],
  juno_redemption: ['juno_transaction', 'REDEMPTION'],
  payout: ['juno_transaction', 'REDEMPTION'],
  bitso_credit: ['juno_transaction', 'REDEMPTION'],
  bitso_payout: ['bitso_withdrawal', null],
  juno_withdrawal: ['chain', 'arrival'],
  arrival: ['chain', 'arrival'],
  chain_fund: ['chain', 'funded'],
  chain_release: ['chain', 'released'],
  chain_return: ['chain', 'sentBack'],
  chain_probe: ['chain', null],
} as const satisfies Record<
  string,
  readonly ['juno_deposit' | 'juno_transaction' | 'bitso_withdrawal' | 'chain', string | null]
>;
