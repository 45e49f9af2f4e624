/** The kinds of breaks: what each means for money, how long it may last before it is one, and what its reader does. */

export const BREAK_KINDS = [
  'account_short',
  'transfer_without_effect',
  'juno_act_without_effect',
  'posting_without_evidence',
  'withdrawal_not_arrived',
  'return_not_credited',
  'deposit_not_issued',
  'credit_not_booked',
  'unclaimed_transfer',
  'books_differ',
  'side_not_read',
  'past_changed',
] as const;
export type BreakKind = (typeof BREAK_KINDS)[number];

/** What is compared: what lies outside, the books, and the days that were closed. */
export const SIDES = ['chain', 'juno', 'bitso', 'books', 'days'] as const;
export type Side = (typeof SIDES)[number];

export type KindOfBreak = Readonly<{
  /** Money is gone, or the books have money that nobody has seen: what it concerns is stopped when it stays. */
  isShortfall: boolean;
  /** How long what is under way may look like it. */
  patience: 'grace' | 'overdue' | 'none';
  /** Why one of it is closed when it is seen no more. */
  over: string;
  nextStep: string;
}>;

export const KINDS: Readonly<Record<BreakKind, KindOfBreak>> = {
  account_short: {
    isShortfall: true,
    patience: 'grace',
    over: 'the account holds again what the books say',
    nextStep:
      'Find what left the account: compare its own history (Juno’s transactions, the wallet or the contract in an explorer) with kustodia effect list. Put back what is missing from Kustodia’s own money, or book the loss as the runbook says; then two people open the switch.',
  },
  transfer_without_effect: {
    isShortfall: true,
    patience: 'grace',
    over: 'the transfer is known now, or is not on the chain any more',
    nextStep:
      'Treat the key of the wallet as stolen until you know who signed: look at the transaction in an explorer and at kustodia wallet nonces. Rotate the key if nobody of ours did; put the MXNB back; then two people open the switch.',
  },
  juno_act_without_effect: {
    isShortfall: true,
    patience: 'grace',
    over: 'the transaction belongs to an effect now, or came to nothing',
    nextStep:
      'Treat the API key of Juno as stolen until you know who asked for it: look at the transaction at Juno and ask its support. Revoke the key if nobody of ours did; then two people open the switch.',
  },
  posting_without_evidence: {
    isShortfall: true,
    patience: 'grace',
    over: 'its evidence is claimed now',
    nextStep:
      'Tell engineering: an entry was posted that nothing outside proves. Nobody posts by hand; look who wrote to the database.',
  },
  withdrawal_not_arrived: {
    isShortfall: false,
    patience: 'overdue',
    over: 'the MXNB arrived, or the withdrawal came to nothing',
    nextStep:
      'Ask Juno’s support where the withdrawal is, with its id and the hash that Juno names: Juno says complete, and the chain shows no transfer to the wallet.',
  },
  return_not_credited: {
    isShortfall: false,
    patience: 'overdue',
    over: 'Juno credited it, or the return came to nothing',
    nextStep:
      'Ask Juno’s support to credit the transfer: send the hash, the amount and the deposit address. The payment goes on by itself once it is credited.',
  },
  deposit_not_issued: {
    isShortfall: false,
    patience: 'overdue',
    over: 'Juno issued it, or sent it back',
    nextStep: 'Ask Juno’s support for the ISSUANCE of the deposit, with its id: the pesos are there and no MXNB is.',
  },
  credit_not_booked: {
    isShortfall: false,
    patience: 'overdue',
    over: 'it is booked now',
    nextStep:
      'Look at the transaction at Juno and at kustodia suspense list: MXNB came into the pool that no payment and no deposit in suspense has. If it stays, tell engineering.',
  },
  unclaimed_transfer: {
    isShortfall: false,
    patience: 'grace',
    over: 'it is claimed now, or is not on the chain any more',
    nextStep:
      'Look who sent it. Nothing has to be done: it stays in the wallet, belongs to no payment and closes by itself after a day. If it is a payment of Juno’s that was not recognised, kustodia payment why of its payment says what it waits for.',
  },
  books_differ: {
    isShortfall: false,
    patience: 'grace',
    over: 'books and legs agree again',
    nextStep:
      'Tell engineering: what the books owe for the payment is not what its legs are. Hold the payment meanwhile.',
  },
  side_not_read: {
    isShortfall: false,
    patience: 'none',
    over: 'it is read again',
    nextStep:
      'Nothing is compared with this side until it answers: look at kustodia doctor and at the log, and start or mend what does not answer.',
  },
  past_changed: {
    isShortfall: false,
    patience: 'none',
    over: 'the day’s figures are what they were closed with again',
    nextStep:
      'Tell engineering: the ledger says something else of a closed day than when it was closed. Compare both (kustodia report closing) and find who wrote to the database.',
  },
};

/** How long things may take, in milliseconds. */
export type Bounds = Readonly<{
  /** What is under way may look like a break. */
  grace_ms: number;
  /** What is on its way somewhere may take. */
  overdue_ms: number;
  /** A shortfall may stay unexplained before what it concerns is stopped. */
  stop_ms: number;
  /** A side may be silent. */
  unread_ms: number;
  /** MXNB that nobody claims wait to be claimed. */
  unsolicited_ms: number;
}>;

export const patienceOf = (kind: BreakKind, { grace_ms, overdue_ms }: Bounds): number =>
  ({ grace: grace_ms, overdue: overdue_ms, none: 0 })[KINDS[kind].patience];
