import type { Money } from '../../money/money.ts';
import type { EffectKind, EffectState } from '../effects/states.ts';
import type { AttentionCode } from './attention.ts';
import type { GivenApproval } from './release.ts';
import type { EarlyAct, LegKind, LegState, Rail, ReleasePolicy } from './states.ts';

/** The newest attempt of one kind of effect, as a decision sees it. */
export type EffectView = Readonly<{
  id: string;
  kind: EffectKind;
  attempt: number;
  state: EffectState;
  externalId: string | null;
  failures: number;
  error: { code: string; text: string } | null;
  firstSentAt: Date | null;
  nextLookAt: Date;
  /** Two people allowed another attempt after this one. */
  isNextAllowed?: boolean;
  /** Of an approver's signature, and of a release with one in it: what was signed. */
  early?: Readonly<{ act: EarlyAct; escrowId: bigint; disputes: number | null; expiry: number; approver: string }>;
}>;

/**
 * An event of the chain that would end a step. `verdict` is the answer of the RPC itself, asked for the receipt just now:
 * - `final`: same block hash, the log is there, deep enough for what comes next
 * - `shallow`: true so far, not deep enough yet
 * - `mismatch`: the RPC does not know it, or knows it in another block: the indexer serves a chain that is gone
 * - `rpcs_disagree`: of the two RPCs that were asked, one has it and the other does not
 * - `finalized_unknown`: the RPC must say that it is finalised, and does not know that tag
 * - `unreachable`: an RPC gave no answer
 */
export type ChainFact = Readonly<{
  id: string;
  txHash: string;
  blockNumber: bigint;
  blockHash: string;
  /** The wallet of ours that it paid, where that need not be today's. */
  bridge?: string;
  verdict: 'final' | 'shallow' | 'mismatch' | 'rpcs_disagree' | 'finalized_unknown' | 'unreachable';
}>;

/** What an event of the chain proves for a leg: the name under which it is claimed. */
export type EvidenceName =
  | 'arrival'
  | 'created'
  | 'funded'
  | 'disputed'
  | 'resolved'
  | 'released'
  | 'unlocked'
  | 'sentBack';

/** Juno's own record of one of its transactions. */
export type JunoFact = Readonly<{ id: string; status: 'pending' | 'in_progress' | 'complete' | 'failed' | 'unknown' }>;

/** Bitso's own record of a withdrawal (P/mxn-withdrawal-status). */
export type BitsoFact = JunoFact &
  Readonly<{ trackingKey: string | null; cepLink: string | null; failReason: string | null }>;

/** Of a leg that waits for its deposit: the payment's one deposit is evidence for all of its legs. */
export type DepositFacts = Readonly<{
  /** `claimedAt`: when it became this payment's. */
  deposit?: { id: string; claimedAt: Date };
  issuance?: JunoFact;
  /** A person gave it money that waited in suspense, and that is MXNB already. */
  assigned?: { id: string };
}>;

export type LegFacts = DepositFacts &
  Readonly<{
    /** A commission is earned, and the books say so. */
    isEarned?: boolean;
    /** The deposit that brought a completed payout back. */
    returnedBy?: { id: string };
    withdrawal?: JunoFact & { txHash: string | null };
    arrival?: ChainFact;
    /** The escrow that our own transaction made under the leg's reference, where it is funded by another. */
    created?: ChainFact & { contract: string; escrowId: bigint };
    /** Why the escrow that was made can never be funded any more. */
    unfundable?: string;
    funded?: ChainFact & { contract: string; escrowId: bigint; deadline: number };
    released?: ChainFact;
    unlocked?: ChainFact;
    /** Who got the money of an escrow that ended without a transfer of it to the bridge wallet; null where the indexer shows no transfer. */
    paidElsewhere?: { to: string; by: ChainFact };
    /** Its end is shown, and no Transfer of its transaction is told to be what it paid. */
    isUntold?: true;
    /** The bridge wallet of before that the leg's MXNB are in; left out where they are in today's, or in none. */
    formerWallet?: string;
    /** The contract says now that it holds the escrow, and that its end would pay somebody else. `escrow`: which it is, for a person. */
    paysAnother?: Readonly<{ escrow: string; to: string; bridge: string }>;
    /** Somebody else’s release that the leg stands on is gone from the chain, and the contract holds the escrow or shows another end of it. */
    isReleaseLost?: true;
    /** The contract says now that the escrow has ended; left out where it was not asked, or has not. */
    isEnded?: true;
    sentBack?: ChainFact;
    credit?: JunoFact;
    /** What the leg's money stands on, read again from the chain just now; a `mismatch` is one that is gone. */
    standing?: readonly (ChainFact & { as: EvidenceName })[];
    /** The escrow as an approver would sign for it now; left out where it was not asked, is not funded, or is disputed. */
    escrowNow?: { escrowId: bigint; disputes: number };
    /** Whether the contract says now that it was given the leg's money; undefined where it was not asked. */
    wasFunded?: boolean;
    /** The escrow that the contract has under the leg's reference now, where that is not the one that was written down. */
    moved?: { contract: string; escrowId: bigint; deadline: number | null };
    /** Whether the contract says now that the escrow is disputed; undefined where it was not asked. */
    isDisputed?: boolean;
    /** The newest dispute of the escrow that the indexer shows, and the newest that it shows to be resolved. */
    disputed?: ChainFact & {
      /** It is the leg's evidence already. */
      isClaimed: boolean;
      /** We signed its transaction. */
      isOurs: boolean;
    };
    resolved?: ChainFact & { isClaimed: boolean };
    /** A dispute of the escrow, whoever opened it, was once the leg's evidence. */
    wasFrozen?: boolean;
    /** Why the contract takes no dispute of this escrow any more. */
    unfreezable?: string;
    redemption?: JunoFact;
    bitsoPayout?: BitsoFact;
    /**
     * The settlement that pays this accrued leg, or that had paid this completed one and no longer does; and the settlement's own leg
     * with its state: the one that replaced it, where one did.
     */
    settlement?: { paymentId: string; legId: string; state: LegState; isSettledOutside?: boolean };
  }>;

export type LegView = Readonly<{
  id: string;
  kind: LegKind;
  state: LegState;
  amount: Money<'MXN'>;
  rail: Rail;
  destinationId: string;
  /** Its payout account, registered at Juno and read back. */
  account: { isReady: boolean; problem: string | null };
  /** The switch of whoever the account is, where that is off. */
  stopped: { name: string; reason: string | null } | null;
  /** The open hold on whoever the account is; null or left out where there is none. */
  held?: PaymentView['holds'][number] | null;
  /** So much of it goes back to the payer as soon as its money is where a payout begins; the rest, if any, goes where it was to go. */
  refund?: { amount: Money<'MXN'> };
  /** The leg whose place it took; null or left out where it took none's. */
  replaces?: string | null;
  enteredAt: Date;
  deadline: number | null;
  /** Approvals of its release that nobody withdrew; left out where there are none. */
  approvals?: readonly GivenApproval[];
  /** Whether two people let it out, where its amount asks for that. */
  fourEyes?: 'missing' | 'given';
  /** Why its escrow cannot end before its date, whatever was approved; null or left out where it can. */
  earlyClosed?: string | null;
  /** Why no new money may go into its escrow contract; null or left out while it may. */
  contractStopped?: string | null;
  /** Its contract makes an escrow in one transaction and funds it in another. */
  fundsInTwo?: boolean;
  /** In its contract a disputed escrow can only be cancelled, which gives its money back to the bridge wallet. */
  endsByCancel?: boolean;
  attention: { code: string; text: string; owner?: string | null } | null;
  effects: Partial<Record<EffectKind, EffectView>>;
  facts: LegFacts;
}>;

export type PaymentView = Readonly<{
  now: Date;
  /** `depositsReadAt`: when Juno's deposits were last read to their end; null if they never were, or no leg waits for one. */
  payment: {
    id: string;
    expiresAt: Date;
    depositsReadAt: Date | null;
    release: ReleasePolicy;
    /** A dispute of it is final: two people decided where its money goes. */
    isDisputeOver?: boolean;
  };
  legs: readonly LegView[];
  /** Open holds and disputes: any of them keeps the money where it is. `over`: the user or rail that is held, where it is not the payment. */
  holds: readonly { kind: 'hold' | 'dispute'; sentence: string; over?: string | null }[];
  /** Its dispute that is not final, in which nothing is begun. `appealableUntil`: what two people decided is final then. */
  dispute?: { id: string; reasonCode: string; appealableUntil: Date | null } | null;
  /** Kill switches over this payment that are off. */
  stopped: readonly { name: string; reason: string | null }[];
  /** Those whose money it is and whom no screening clears now. */
  uncleared: readonly { userId: string; why: 'missing' | 'listed' | 'refused' | 'pending' | 'stale' }[];
  /** Whether payouts over the Bitso balance can be made at all. */
  hasBitso: boolean;
  /** How long Juno may take to credit a return before a person asks its support, in milliseconds. */
  creditBound_ms: number;
  /** Whether Juno's deposit address was proved by a probe; until then nothing is sent to it, and the sentence says why. */
  depositAddress: { isProved: boolean; sentence: string };
  /** The chain's own clock and whether indexer and RPC agree. */
  chain: { headTimestamp: number; trouble: string | null };
}>;

/** An approver's signature, as a call carries it. */
export type SignedEnd = Readonly<{ act: EarlyAct; approver: string; expiry: number; signature: string }>;

export type Claim = Readonly<{
  source: 'juno_deposit' | 'juno_transaction' | 'chain' | 'bitso_withdrawal' | 'settlement';
  externalId: string;
  detail: object;
  /** Whose evidence it is, where it is not the leg's alone. */
  subject?: { kind: 'payment'; id: string };
}>;

/** What the books do as a leg moves: settle the entry of an effect, and write what the evidence brought. */
export type Booking = Readonly<{
  post?: EffectKind;
  void?: EffectKind;
  /** Takes back what steps posted: a reorganisation undid them. */
  undo?: readonly ('chain_fund' | 'chain_release')[];
  write?: 'issuance' | 'earned' | 'arrival' | 'credit' | 'payout' | 'payout_return' | 'bitso_credit' | 'accrual';
}>;

export type Decision =
  | {
      do: 'move';
      leg: LegView;
      to: LegState;
      /** Legs that move with it, in the same transaction or not at all; what the books write is then over all of them. */
      beside?: readonly Readonly<{ leg: LegView; to: LegState }>[];
      cause: string;
      claims: Claim[];
      booking: Booking;
      confirms?: EffectView;
      /** An effect that the outside's own record says came to nothing. */
      kills?: EffectView;
      /** Null: the leg has none any more. */
      escrow?: { contract: string; escrowId: bigint; deadline: number | null } | null;
    }
  /** `isBooked`: it is done again, and what it moves is in the books since the first time. */
  | {
      do: 'record';
      leg: LegView;
      effect: EffectKind;
      attempt: number;
      to: LegState;
      cause: string;
      isBooked?: true;
      /** Of a freeze: the word that is written on chain. */
      reason?: string;
      /** Before its deadline, with this signature. */
      early?: SignedEnd;
    }
  /** Other legs take its place and its money, in one transaction. */
  | { do: 'replace'; leg: LegView; cause: string }
  /** The same transaction made another escrow after a reorganisation: its id and its end are written down anew. */
  | { do: 'rebind'; leg: LegView; escrow: { contract: string; escrowId: bigint; deadline: number | null } }
  /** Without `mayWrite` what may have left is only looked for. */
  | { do: 'send'; leg: LegView; effect: EffectView; mayWrite: boolean }
  /** Nobody appealed in time: what was decided of its dispute is carried out. */
  | { do: 'conclude'; disputeId: string }
  /** Somebody disputed its escrow in the contract itself: the payment is held here as well. */
  | { do: 'contest'; leg: LegView; fact: ChainFact }
  /** `barrier`: the hold, the switch or the screening that alone is waited for, as `guards/barrier.ts` knows it; the sweep sees it go. `toDo`: what people can do about it. */
  | { do: 'wait'; leg: LegView | null; for: string; until: Date; barrier?: string; toDo?: string }
  /** `claims`: evidence that is this leg's though it ends nothing, so that no other may take it. */
  | { do: 'ask'; leg: LegView; code: AttentionCode; sentence: string; owner: string; claims?: Claim[] }
  | { do: 'done' };

export type Move = Extract<Decision, { do: 'move' }>;
export type RecordIntent = Extract<Decision, { do: 'record' }>;
export type Replace = Extract<Decision, { do: 'replace' }>;
export type Rebind = Extract<Decision, { do: 'rebind' }>;
export type Contest = Extract<Decision, { do: 'contest' }>;
export type Ask = Extract<Decision, { do: 'ask' }>;
