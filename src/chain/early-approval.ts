/** What an approver signs (EIP-712) to let an escrow of KustodiaEscrow end before its deadline (`contracts/src/EarlyApproval.sol`). Pure. */
import type { Address, Hex } from 'viem';

/** How it ends: for the seller, or for the buyer. The contract pays the same address either way; a signature for the one is none for the other. */
export type EarlyAct = 'release' | 'cancel';

/**
 * One escrow as it stands. `disputes`: how many were opened on it, so that a dispute makes worthless what was signed before it;
 * `expiry`: Unix seconds, the last block time at which the signature is good.
 */
export type EarlyApproval = Readonly<{
  act: EarlyAct;
  chainId: number;
  contract: Address;
  escrowId: bigint;
  reference: Hex;
  disputes: number;
  expiry: number;
}>;

/** The same with who signed it. */
export type SignedApproval = Readonly<{ act: EarlyAct; approver: Address; expiry: number; signature: Hex }>;

/** How long an approver's signature is good, in seconds of the chain's clock: longer than gas or a node are ever away unnoticed. */
export const SIGNED_FOR_S = 24 * 3600;

const FIELDS = [
  { name: 'escrowId', type: 'uint256' },
  { name: 'ref', type: 'bytes32' },
  { name: 'disputes', type: 'uint24' },
  { name: 'expiry', type: 'uint64' },
] as const;
const TYPES = { ReleaseEarly: FIELDS, CancelEarly: FIELDS } as const;
const TYPE_OF = { release: 'ReleaseEarly', cancel: 'CancelEarly' } as const satisfies Record<
  EarlyAct,
  keyof typeof TYPES
>;

/** The typed data, as viem signs and verifies it. */
export const earlyApprovalData = ({ act, chainId, contract, escrowId, reference, disputes, expiry }: EarlyApproval) =>
  ({
    domain: { name: 'KustodiaEscrow', version: '3', chainId, verifyingContract: contract },
    types: { [TYPE_OF[act]]: FIELDS } as Partial<typeof TYPES> as typeof TYPES,
    primaryType: TYPE_OF[act],
    message: { escrowId, ref: reference, disputes, expiry: BigInt(expiry) },
  }) as const;

const DOMAIN = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
] as const;

/** The same as other programs read typed data: with the type of its domain, and whole numbers as text. */
export const earlyApprovalText = (data: EarlyApprovalData): string =>
  JSON.stringify({ ...data, types: { EIP712Domain: DOMAIN, ...data.types } }, (_, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  );

export type EarlyApprovalData = ReturnType<typeof earlyApprovalData>;
