import type { Hex } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { ADMIN, JUNO, STRANGER } from '../indexer/escrows.ts';
import type { AnyWorld } from './world.ts';

const UNITS = 1_000_000n;
export const FUNDED = 1;

/** Somebody else who may make escrows on the contract, and has MXNB to do it. */
export async function admitStranger({ anvil: { client }, contracts }: Pick<AnyWorld, 'anvil' | 'contracts'>) {
  const escrow = { abi: KUSTODIA_ESCROW_ABI, address: contracts.escrow } as const;
  const role = await client.readContract({ ...escrow, functionName: 'BRIDGE_ROLE' });
  const grant = { ...escrow, account: ADMIN, functionName: 'grantRole', args: [role, STRANGER.address] } as const;
  await client.waitForTransactionReceipt({ hash: await client.writeContract(grant) });
  await contracts.mint(JUNO, STRANGER.address, 10n * UNITS);
  await contracts.approve(STRANGER, 10n * UNITS);
  return {
    /** Makes an escrow, and so takes the next id. */
    takeNextId: async (reference: Hex): Promise<bigint> => {
      const args = [reference, contracts.token, UNITS, 1n] as const;
      const hash = await client.writeContract({ ...escrow, account: STRANGER, functionName: 'createAndFund', args });
      await client.waitForTransactionReceipt({ hash });
      return client.readContract({ ...escrow, functionName: 'escrowIdOf', args: [reference] });
    },
    statusOf: async (escrowId: bigint): Promise<number> =>
      (await client.readContract({ ...escrow, functionName: 'getEscrow', args: [escrowId] })).status,
  };
}

export type Stranger = Awaited<ReturnType<typeof admitStranger>>;
