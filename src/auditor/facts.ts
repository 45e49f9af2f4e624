/** What the auditor reads, as plain data: from the chain, from Juno and Bitso, and, last, from our books. */

/** Whether the outside says that it happened, that it came to nothing, or neither yet. An unknown word is no end. */
export type Fate = 'complete' | 'failed' | 'open';

/** One of Juno's transactions. `centavos` is null for dust and for another currency. */
export type JunoTransaction = Readonly<{
  id: string;
  /** ISSUANCE, REDEMPTION, CRYPTO_DEPOSIT, CRYPTO_WITHDRAWAL, CONVERSION or a word not known yet. */
  type: string;
  fate: Fate;
  centavos: bigint | null;
  /** Of a redemption: the account that was paid, where Juno shows it. */
  clabe: string | null;
  /** Of a redemption: whether its pesos went to the Bitso balance. Null where Juno does not say. */
  isToBitso: boolean | null;
  trackingKey: string | null;
}>;

export type JunoDeposit = Readonly<{
  id: string;
  clabe: string;
  centavos: bigint;
  fate: Fate;
  /** It is money of a payout that came back. */
  isReturn: boolean;
  /** All by which the payout is named that came back. */
  returnOf: readonly string[];
  senderClabe: string | null;
}>;

export type BitsoWithdrawal = Readonly<{
  id: string;
  originId: string | null;
  fate: Fate;
  centavos: bigint | null;
  clabe: string | null;
  trackingKey: string | null;
}>;

export type JunoFacts = Readonly<{
  transactions: readonly JunoTransaction[];
  deposits: readonly JunoDeposit[];
  withdrawals: readonly BitsoWithdrawal[];
  /** MXNB base units in the account, what is on hold included. */
  poolUnits: bigint;
}>;

export type Transfer = Readonly<{
  txHash: string;
  blockHash: string;
  logIndex: number;
  from: string;
  to: string;
  units: bigint;
}>;

/** An escrow as its own events tell it. */
export type ChainEscrow = Readonly<{
  /** The contract that it is in, in lower case. */
  contract: string;
  escrowId: bigint;
  reference: string | null;
  units: bigint;
  /** `created`: it was made and never funded, so it holds nothing. */
  status: 'created' | 'funded' | 'disputed' | 'released' | 'cancelled';
  /** The transaction that made it. */
  txHash: string;
}>;

/** An escrow that was made and never funded: no finding, for it holds nothing, but known. */
export type Orphan = Readonly<{ escrow: string; amount: string; reference: string | null; evidence: string }>;

export type ChainFacts = Readonly<{
  chainId: number;
  /** All lower case. */
  bridge: string;
  /** The bridge wallets before this one: payments may stand on what they did. */
  bridgesBefore: readonly string[];
  /** Every escrow contract that may hold an escrow of ours. */
  contracts: readonly string[];
  junoAddress: string;
  head: Readonly<{ number: bigint; hash: string }>;
  escrows: readonly ChainEscrow[];
  /** Every transfer of MXNB that a bridge wallet or an escrow contract took part in. */
  transfers: readonly Transfer[];
  /** Every log that was read, as `txHash:logIndex`, with the hash of its block. */
  logs: ReadonlyMap<string, string>;
  /** Of all these wallets together. */
  bridgeUnits: bigint;
  /** Of all these contracts together. */
  escrowUnits: bigint;
}>;

export type BookedLeg = Readonly<{
  id: string;
  paymentId: string;
  kind: string;
  state: string;
  centavos: bigint;
  /** Null where whose account it was is erased. */
  clabe: string | null;
  reference: string;
  escrowContract: string | null;
  escrowId: bigint | null;
  /** The leg of the settlement that pays it. */
  settledBy: string | null;
  /** A person paid it by hand, from Kustodia's own account: its pesos stay, and are owed to nobody. */
  isSettledOutside: boolean;
}>;

export type BookedEffect = Readonly<{
  legId: string | null;
  kind: string;
  state: string;
  key: string;
  externalId: string | null;
  /** Of a redemption: whether it names no bank account, so that its pesos go to the Bitso balance. */
  isToBitso: boolean;
  /** Of its entry in the ledger; null where it has none. */
  entry: string | null;
  /** It had been seen on the chain, and a reorganisation undid it: nothing rests on its logs any more. */
  isUndone: boolean;
}>;

export type BookedEvidence = Readonly<{
  source: string;
  externalId: string;
  subjectKind: string;
  subjectId: string;
  blockHash: string | null;
  isReturn: boolean;
}>;

export type Balance = Readonly<{
  account: string;
  owner: string;
  currency: string;
  posted: bigint;
  pending: bigint;
}>;

export type Books = Readonly<{
  payments: readonly Readonly<{ id: string; number: number; kind: string }>[];
  legs: readonly BookedLeg[];
  effects: readonly BookedEffect[];
  evidence: readonly BookedEvidence[];
  /** Hashes of what the bridge wallet has signed for effects that are not dead: those of a dead one can have moved nothing. */
  signed: readonly string[];
  /** Of each transaction that was signed in several versions, the others of its nonce: one of them is in a block. */
  versions: readonly Readonly<{ hash: string; other: string }>[];
  suspense: readonly Readonly<{ depositId: string; centavos: bigint; isOpen: boolean }>[];
  parts: readonly Readonly<{ paymentId: string; centavos: bigint }>[];
  /** Kept by the books' own trigger. */
  balances: readonly Balance[];
  /** The same, added up by the auditor from the postings. */
  postings: readonly Balance[];
  /** Entries whose postings are not zero in a currency. */
  unbalanced: readonly Readonly<{ entry: string; currency: string; units: bigint }>[];
}>;
