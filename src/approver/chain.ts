/** The escrow as the approver's own RPC has it now. */
import { type Address, BaseError, ContractFunctionRevertedError, createPublicClient, http } from 'viem';
import { KUSTODIA_ESCROW_ABI as abi } from '../chain/abi/kustodiaEscrow.ts';
import { ROLE_IDS } from '../chain/contract/roles.ts';

const TIMEOUT_MS = 2_000;
const FUNDED = 1;

export type OnChain = Readonly<{
  chainId: number;
  /** The newest block's time, in Unix seconds. */
  head_s: number;
  isApprover: boolean;
  /** Null where the contract has none of this id, or its tokens are not in it undisputed. */
  escrow: Readonly<{ reference: string; disputes: number; units: bigint; deadline: number; payee: Address }> | null;
}>;

/** Reads alone. Throws for “no answer”, which is never taken for a no. */
export function openChainReader(rpcUrl: string) {
  const client = createPublicClient({ transport: http(rpcUrl, { timeout: TIMEOUT_MS, retryCount: 0 }), cacheTime: 0 });
  const escrowOf = async (address: Address, escrowId: bigint): Promise<OnChain['escrow']> => {
    try {
      const found = await client.readContract({ address, abi, functionName: 'getEscrow', args: [escrowId] });
      if (found.status !== FUNDED) return null;
      const { ref: reference, disputes, amount: units, deadline, payee } = found;
      return { reference, disputes, units, deadline: Number(deadline), payee: payee.toLowerCase() as Address };
    } catch (error) {
      if (error instanceof BaseError && error.walk((e) => e instanceof ContractFunctionRevertedError)) return null;
      throw error;
    }
  };
  return {
    read: async (address: Address, escrowId: bigint, approver: Address): Promise<OnChain> => {
      const [chainId, { timestamp }, isApprover, escrow] = await Promise.all([
        client.getChainId(),
        client.getBlock({ blockTag: 'latest' }),
        client.readContract({ address, abi, functionName: 'hasRole', args: [ROLE_IDS.approver, approver] }),
        escrowOf(address, escrowId),
      ]);
      return { chainId, head_s: Number(timestamp), isApprover, escrow };
    },
  };
}
export type ChainReader = ReturnType<typeof openChainReader>;
