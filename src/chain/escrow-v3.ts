import { type Address, encodeFunctionData, getAddress, type Hex, keccak256, type PublicClient } from 'viem';
import { KUSTODIA_ESCROW_ABI, KUSTODIA_ESCROW_CODE_HASH } from './abi/kustodiaEscrow.ts';
import { MXNB_ABI } from './abi/mxnb.ts';

const VERSION = 'KustodiaEscrow/3';
const MXNB_DECIMALS = 6;
/** Statuses of an escrow whose tokens the contract has: funded, disputed. */
const HELD: readonly number[] = [1, 3];

/** What the chain has is not what the settings say: nothing may be signed against it. */
export class EscrowMismatchError extends Error {
  override readonly name = 'EscrowMismatchError';
}

/** Drives KustodiaEscrow version 3. Amounts are MXNB base units, custody is seconds of the chain's clock. */
export function kustodiaEscrowV3(client: PublicClient, { escrow, token }: { escrow: Address; token: Address }) {
  const abi = KUSTODIA_ESCROW_ABI;
  /** The id of the escrow that a reference made; null if it made none. */
  const idOf = async (reference: Hex): Promise<bigint | null> =>
    (await client.readContract({ address: escrow, abi, functionName: 'escrowIdOf', args: [reference] })) || null;
  return {
    address: escrow,

    /** Throws an EscrowMismatchError unless version, token, decimals, the bridge's role and the settlement address are what the settings say. */
    check: async (bridge: Address): Promise<void> => {
      const code = await client.getCode({ address: escrow });
      if (!code) throw new EscrowMismatchError(`There is no contract at ESCROW_CONTRACT_ADDRESS ${escrow}.`);
      if (keccak256(code) !== KUSTODIA_ESCROW_CODE_HASH)
        throw new EscrowMismatchError(
          `The code at ESCROW_CONTRACT_ADDRESS ${escrow} is not that of this release’s KustodiaEscrow. It could take what the bridge wallet allows it, so nothing was signed.`,
        );
      const contract = { address: escrow, abi } as const;
      const version = await client.readContract({ ...contract, functionName: 'VERSION' });
      if (version !== VERSION)
        throw new EscrowMismatchError(
          `The escrow at ${escrow} is “${version}”; ESCROW_CONTRACT_VERSION says ${VERSION}.`,
        );
      const decimals = await client.readContract({ address: token, abi: MXNB_ABI, functionName: 'decimals' });
      if (decimals !== MXNB_DECIMALS)
        throw new EscrowMismatchError(`The token at ${token} has ${decimals} decimals; MXNB has ${MXNB_DECIMALS}.`);
      if (!(await client.readContract({ ...contract, functionName: 'isTokenAllowed', args: [token] }))) {
        throw new EscrowMismatchError(`The escrow at ${escrow} does not allow the token ${token}.`);
      }
      const role = await client.readContract({ ...contract, functionName: 'BRIDGE_ROLE' });
      if (!(await client.readContract({ ...contract, functionName: 'hasRole', args: [role, bridge] }))) {
        throw new EscrowMismatchError(`The wallet ${bridge} does not have the bridge role of the escrow at ${escrow}.`);
      }
      const settlement = await client.readContract({ ...contract, functionName: 'settlement' });
      if (settlement !== getAddress(bridge))
        throw new EscrowMismatchError(
          `The escrow at ${escrow} pays ${settlement} and not the wallet ${bridge}, from which the money would have to go on to Juno.`,
        );
    },

    /**
     * The escrow that a reference made, as the contract holds it now: its id, when its custody ends in Unix seconds, and whether its
     * tokens are in it.
     */
    byReference: async (reference: Hex): Promise<{ escrowId: bigint; deadline: number; isHeld: boolean } | null> => {
      const escrowId = await idOf(reference);
      if (escrowId === null) return null;
      const { ref, deadline, status } = await client.readContract({
        address: escrow,
        abi,
        functionName: 'getEscrow',
        args: [escrowId],
      });
      return ref === reference ? { escrowId, deadline: Number(deadline), isHeld: HELD.includes(status) } : null;
    },

    idOf,

    fundCall: (reference: Hex, amount: bigint, custodySeconds: bigint) => ({
      to: escrow,
      data: encodeFunctionData({
        abi,
        functionName: 'createAndFund',
        args: [reference, token, amount, custodySeconds],
      }),
    }),

    releaseCall: (escrowId: bigint) => ({
      to: escrow,
      data: encodeFunctionData({ abi, functionName: 'release', args: [escrowId] }),
    }),
  };
}
