/** What an approver signs (EIP-712) to let an escrow of KustodiaEscrow end before its deadline (`contracts/src/EarlyApproval.sol`). Pure. */
import type { Address, Hex } from 'viem';

/**
 * One escrow as it stands. `disputes`: how many were opened on it, so that a dispute makes worthless what was signed before it;
 * `expiry`: Unix seconds, the last block time at which the signature is good.
 */
export type EarlyRelease = Readonly<{
  chainId: number;
  contract: Address;
  escrowId: bigint;
  reference: Hex;
  disputes: number;
  expiry: number;
}>;

/** The same with who signed it. */
export type SignedRelease = Readonly<{ approver: Address; expiry: number; signature: Hex }>;

const TYPES = {
  ReleaseEarly: [
    { name: 'escrowId', type: 'uint256' },
    { name: 'ref', type: 'bytes32' },
    { name: 'disputes', type: 'uint24' },
    { name: 'expiry', type: 'uint64' },
  ],
} as const;

/** The typed data, as viem signs and verifies it. */
export const earlyReleaseData = ({ chainId, contract, escrowId, reference, disputes, expiry }: EarlyRelease) =>
  ({
    domain: { name: 'KustodiaEscrow', version: '3', chainId, verifyingContract: contract },
    types: TYPES,
    primaryType: 'ReleaseEarly',
    message: { escrowId, ref: reference, disputes, expiry: BigInt(expiry) },
  }) as const;

export type EarlyReleaseData = ReturnType<typeof earlyReleaseData>;
