/** What the reactor asks of an escrow contract, whatever its version. */
import type { Address, Hash, Hex } from 'viem';
import type { SignedApproval } from './early-approval.ts';
import type { EscrowVersion } from './escrow-versions.ts';

/** One call that a wallet is asked to make. */
export type Call = Readonly<{ to: Address; data: Hex }>;

/** What the chain has is not what the settings say: nothing may be signed against it. */
export class EscrowMismatchError extends Error {
  override readonly name = 'EscrowMismatchError';
}

/**
 * An escrow as the contract holds it now. `deadline` is the contract's own, in Unix seconds; `isHeld`: its tokens are in it;
 * `isPending`: it was made and not funded yet; `isDisputed`: it is held, and a dispute keeps it from being released; `payee`: whom it was
 * told to pay, in lower case, null where the contract pays one wallet for all.
 */
export type EscrowRecord = Readonly<{
  escrowId: bigint;
  reference: string;
  units: bigint;
  deadline: number;
  isHeld: boolean;
  isPending: boolean;
  isDisputed: boolean;
  payee: string | null;
}>;

/** What a contract was found to be. `identity` changes with its code, its owner and its wallets, and with nothing else. */
export type EscrowFound = Readonly<{ isPaused: boolean; identity: string }>;

type Common = Readonly<{
  version: EscrowVersion;
  address: Address;
  /**
   * Throws an EscrowMismatchError unless code, token, decimals and the bridge wallet's role are what the settings say. That it is
   * paused is told and is no mismatch.
   */
  check: (bridge: Address) => Promise<EscrowFound>;
  /** The escrow of an id; null where the contract has none. */
  byId: (escrowId: bigint) => Promise<EscrowRecord | null>;
  /**
   * Whom the contract would pay if this escrow ended now, in lower case. That may have changed since it was funded, so it is read before
   * anything ends an escrow.
   */
  paysTo: (escrowId: bigint) => Promise<string>;
  releaseCall: (escrowId: bigint) => Call;
  /** `reason` is public for ever: a word, and no personal data. */
  disputeCall: (escrowId: bigint, reason: string) => Call;
  /** How a dispute ends. */
  endsDispute: DisputeEnd;
  /** Null: no escrow of it ends before its date by anybody's signature. */
  early: EarlyEnd | null;
}>;

/** How an escrow ends before its deadline: by the call of the bridge wallet with an approver's signature in it. */
export type EarlyEnd = Readonly<{
  /** An escrow as what is signed for it names it; null where its tokens are not in it, or a dispute is open on it. */
  read: (escrowId: bigint) => Promise<Readonly<{ reference: string; disputes: number }> | null>;
  /** Whether this account may sign. */
  isApprover: (account: Address) => Promise<boolean>;
  /** The call by which it ends, as it was signed for. */
  call: (escrowId: bigint, signed: SignedApproval) => Call;
}>;

/**
 * - `resolve`: the escrow is funded again, and is released like any other. Always for the seller: what it then pays goes to the bridge
 *   wallet, and legs decide who is paid; on version 2 the other way sends it to the platform wallet;
 * - `cancel`: nobody can decide there; the money goes back to the payer, which is the bridge wallet.
 */
export type DisputeEnd =
  | Readonly<{ by: 'resolve'; call: (escrowId: bigint) => Call }>
  | Readonly<{ by: 'cancel'; call: (escrowId: bigint) => Call }>;

/** One transaction makes an escrow and funds it; the contract itself takes a reference once. */
export type FundsAtOnce = Common &
  Readonly<{
    funds: 'at_once';
    /** The escrow that a reference made. */
    byReference: (reference: Hex) => Promise<EscrowRecord | null>;
    idOf: (reference: Hex) => Promise<bigint | null>;
    fundCall: (reference: Hex, units: bigint, custodySeconds: bigint) => Call;
  }>;

/** One transaction makes an escrow, another funds the id that it got. The contract asks no reference to be used once. */
export type FundsInTwo = Common &
  Readonly<{
    funds: 'in_two';
    /** Payer and payee are the bridge wallet; the reference stands where the predecessor wrote a CLABE. */
    createCall: (parameters: { reference: Hex; units: bigint; deadline: bigint; bridge: Address }) => Call;
    fundCall: (escrowId: bigint) => Call;
    /** The id that a transaction gave the escrow of a reference; null where it made none, or is not in a block. */
    createdIn: (hash: Hash, want: { reference: string; units: bigint }) => Promise<bigint | null>;
  }>;

/** Drives one escrow contract. Amounts are MXNB base units. */
export type EscrowAdapter = FundsAtOnce | FundsInTwo;
