/** What a row of the scenario suite is: a story, what its people do, and where it leaves them. Pure data. */
import type { EscrowVersion } from '../../src/chain/escrow-versions.ts';
import type { SuspenseReason } from '../../src/reactor/intake/match.ts';
import type { LegKind, LegState, Party, PaymentStatus, Rail, ReleasePolicy } from '../../src/reactor/payment/states.ts';

/** Whose an account is. Each row has its own people, and each of its accounts is in no other row. */
export const ACCOUNTS = {
  recipient: 'the recipient',
  payer: 'the payer',
  'payer’s other account': 'the payer’s other account',
  broker: 'a broker',
  'second broker': 'another broker',
  platform: 'the platform',
  'new account': 'the recipient’s new account',
  'third account': 'the recipient’s third account',
  mistyped: 'an account with a wrong digit',
} as const;
export type Account = keyof typeof ACCOUNTS;

/** A fee of so many pesos, or of so many basis points. */
export type FeeTerms = readonly ['platform' | 'broker' | 'second broker', Party, string | number];

export type Terms = Readonly<{
  /** Pesos. */
  amount: string;
  /** Basis points of the recipient’s part; all of it unless told. */
  custody?: number;
  seconds?: number;
  release?: ReleasePolicy;
  fees?: readonly FeeTerms[];
  rail?: Rail;
  /** Where the recipient is paid; at an account of hers unless told. */
  to?: Account;
  /** The payer’s own account stands in the terms. */
  refund?: true;
  /** Seconds that it waits for its deposit; three days unless told. */
  expires?: number;
}>;

export type Standing = Omit<Terms, 'amount' | 'expires'> & Readonly<{ minimum: string; maximum: string }>;

type Decision = 'payer' | 'recipient' | Readonly<{ payer: number }> | Readonly<{ payerPesos: string }>;
/** Whom or what a hold or a switch is on; a rail or the house by its own name. */
export type Guarded = 'payment' | Party | 'all' | 'rail:juno' | 'rail:chain' | `rail:${Rail}` | 'the wallet';
export type Cap = 'day' | 'payment' | 'user_day';
type Kyc = 'verified' | 'pending' | 'refused';
type Blacklist = 'clear' | 'listed';

/** One thing that somebody does, or that is waited for. */
export type Act =
  | readonly ['ask', Terms]
  | readonly ['cancel']
  | readonly ['deposit', pesos?: string]
  | readonly ['deposit at once', ...pesos: string[]]
  | readonly ['wait for', LegState, count?: number]
  | readonly ['wait for attention', code: string]
  | readonly ['wait for suspense', SuspenseReason, count?: number]
  | readonly ['wait for escrow', EscrowStatus]
  | readonly ['wait until why says', string]
  | readonly ['let the custody end']
  | readonly ['approve', Party]
  | readonly ['approve as', Party, other: Party]
  | readonly ['send a link', Party]
  | readonly ['use the link', Party]
  | readonly ['revoke the link', Party]
  | readonly ['withdraw the approval', Party]
  | readonly ['release by two people']
  | readonly ['dispute', Party | 'operations']
  | readonly ['dispute in the contract']
  | readonly ['evidence', Party]
  | readonly ['decide', Decision]
  | readonly ['appeal', Party]
  | readonly ['wait for dispute', 'open' | 'resolved' | 'final']
  | readonly ['refund', 'full' | 'custody']
  | readonly ['refund to a stranger', 'full' | 'custody']
  | readonly ['fail the payout']
  | readonly ['lose the answer']
  | readonly ['return the payout', Account]
  | readonly ['repay', Account]
  | readonly ['approve own repay', Account]
  | readonly ['settle outside', trackingKey: string]
  | readonly ['hold', Guarded]
  | readonly ['close the hold', by?: 'the second person']
  | readonly ['stop', Guarded]
  | readonly ['open', Guarded]
  | readonly ['open alone', Guarded]
  | readonly ['cap', Cap, string]
  | readonly ['cap of today', more: string]
  | readonly ['screen', Party | 'broker', Kyc, Blacklist]
  | readonly ['standing terms', Standing]
  | readonly ['end the standing terms']
  | readonly ['assign the deposit']
  | readonly ['give the deposit back', SuspenseReason]
  | readonly ['split the deposit', back: string]
  | readonly ['erase', Party]
  | readonly ['days pass', number]
  | readonly ['days pass on the chain', number]
  | readonly ['refused', code: string, Act];

export type EscrowStatus = 'pending' | 'funded' | 'released' | 'disputed' | 'cancelled';

/** Kind, pesos, state, and the code of what a person is asked, if anybody is. */
export type ExpectedLeg = readonly [LegKind, string, LegState, code?: string];

/** What stands somewhere when all is over. `suspense` is what of the row’s deposits waits there. */
export type Balance = readonly [account: string, pesos: string];

export type Expected = Readonly<{
  /** Of all payments of the row’s people, in any order. */
  legs: readonly ExpectedLeg[];
  /** Of each payment, in the order in which they were made. */
  status: readonly PaymentStatus[];
  /** What left the rail and stayed out. */
  payouts: readonly (readonly [Account, string])[];
  /** Of each escrow on the chain; none unless told. */
  escrow?: readonly EscrowStatus[];
  /** The same on version 2 pausable, where a disputed escrow can only be cancelled. */
  escrowOnPausable?: readonly EscrowStatus[];
  /** All zero unless told. */
  books?: readonly Balance[];
}>;

export type Row = Readonly<{
  id: string;
  /** As a person tells it. */
  story: string;
  /** What the payment is asked for with; null where the story begins without one. */
  terms: Terms | null;
  acts: readonly Act[];
  expect: Expected;
  /** On which contracts it is told; on our own alone unless told. */
  on?: readonly EscrowVersion[];
  /** Whether its people are cleared when it begins; true unless told. */
  unscreened?: readonly (Party | 'broker')[];
  /** It stops or moves more than its own payment: told when all before it have come to rest, beside those of the same number alone. */
  apart?: number;
  /** Told in every run of the tests. */
  quick?: true;
}>;

export type Theme = Readonly<{ title: string; about: string; rows: readonly Row[] }>;
