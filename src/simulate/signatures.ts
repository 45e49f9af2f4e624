/** What an approver has signed, as the escrow contract of the simulated chain tells it. */
import { decodeFunctionData, type Hex, isAddressEqual, recoverTypedDataAddress } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../chain/abi/kustodiaEscrow.ts';
import { CHAIN_ID } from './moments.ts';

/** The calls with a signature in them, and the type of what is signed for each (contracts/src/EarlyApproval.sol). */
const TYPES = { releaseEarly: 'ReleaseEarly', cancelEarly: 'CancelEarly' } as const;
const FIELDS = [
  { name: 'escrowId', type: 'uint256' },
  { name: 'ref', type: 'bytes32' },
  { name: 'disputes', type: 'uint24' },
  { name: 'expiry', type: 'uint64' },
] as const;

type Signable = Readonly<{ reference: string; disputes: number }>;

/**
 * Who signed is told as a call is handed over, because recovering it takes its time and executing a call does not: for the escrow that
 * has its id then, and for each number of disputes that it has had.
 */
export function createSignatures(contract: string) {
  const known = new Set<string>();
  const nameOf = (call: string, escrowId: bigint, escrow: Signable, expiry: bigint, signature: Hex) =>
    [call, escrowId, escrow.reference, escrow.disputes, expiry, signature].join(' ');

  return {
    read: async (data: Hex, find: (escrowId: bigint) => Signable | undefined): Promise<void> => {
      const { functionName, args } = decodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, data });
      if (!(functionName in TYPES)) return;
      const primaryType = TYPES[functionName as keyof typeof TYPES];
      const [escrowId, approver, expiry, signature] = args as readonly [bigint, Hex, bigint, Hex];
      const escrow = find(escrowId);
      for (let disputes = 0; escrow && disputes <= escrow.disputes; disputes++) {
        const signer = await recoverTypedDataAddress({
          domain: { name: 'KustodiaEscrow', version: '3', chainId: CHAIN_ID, verifyingContract: contract as Hex },
          types: { [primaryType]: FIELDS },
          ...{ primaryType, message: { escrowId, ref: escrow.reference as Hex, disputes, expiry } },
          signature,
        }).catch(() => null);
        if (signer && isAddressEqual(signer, approver))
          known.add(nameOf(functionName, escrowId, { ...escrow, disputes }, expiry, signature));
      }
    },
    isOf: (call: string, escrowId: bigint, escrow: Signable, expiry: bigint, signature: Hex): boolean =>
      known.has(nameOf(call, escrowId, escrow, expiry, signature)),
  };
}

export type Signatures = ReturnType<typeof createSignatures>;
