import { ESCROW_V2_ABI, ESCROW_V2_PAUSABLE_ABI } from '../chain/abi/escrowV2.ts';
import { KUSTODIA_ESCROW_ABI } from '../chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../chain/abi/mxnb.ts';
import type { EscrowContract, EscrowVersion } from '../chain/escrow-versions.ts';
import type { IndexerEnvironment } from './environment.ts';

/** The name by which Ponder knows the one chain. */
export const CHAIN_NAME = 'main';

/**
 * What Ponder indexes, under the names that the handlers in `src/indexing` go by: an entry for each version of the escrow contract,
 * with all the addresses that are of it, be it none. Each of them is one of `ours`.
 *
 * MXNB has an entry for each filter: Ponder keeps one filter an event and entry, and silently drops the others. A transfer
 * between two of ours passes both.
 */
export function indexedContracts(env: IndexerEnvironment) {
  const inUse: EscrowContract = {
    address: env.ESCROW_CONTRACT_ADDRESS,
    version: env.ESCROW_CONTRACT_VERSION,
    startBlock: env.ESCROW_START_BLOCK,
  };
  const all = [inUse, ...env.ESCROW_CONTRACTS_ALSO.filter(({ address }) => address !== inUse.address)];
  const wallets = [env.ESCROW_BRIDGE_WALLET, ...env.ESCROW_BRIDGE_WALLETS_BEFORE, env.JUNO_DEPOSIT_ADDRESS];
  const ours = [...all.map(({ address }) => address), ...wallets];
  // Ponder has one first block an entry: that of the oldest contract in it.
  const since = (contracts: readonly EscrowContract[]) =>
    ({
      chain: CHAIN_NAME,
      startBlock: Math.min(...(contracts.length > 0 ? contracts : all).map(({ startBlock }) => startBlock)),
    }) as const;
  const of = (version: EscrowVersion) => {
    const contracts = all.filter((one) => one.version === version);
    return { ...since(contracts), address: contracts.map(({ address }) => address) };
  };
  const mxnb = { ...since(all), abi: MXNB_ABI, address: env.MXNB_CONTRACT_ADDRESS } as const;
  return {
    EscrowV3: { ...of('v3'), abi: KUSTODIA_ESCROW_ABI },
    EscrowV2: { ...of('v2'), abi: ESCROW_V2_ABI },
    EscrowV2Pausable: { ...of('v2-pausable'), abi: ESCROW_V2_PAUSABLE_ABI },
    Mxnb: mxnb,
    MxnbIn: { ...mxnb, filter: { event: 'Transfer', args: { to: ours } } },
    MxnbOut: { ...mxnb, filter: { event: 'Transfer', args: { from: ours } } },
  } as const;
}
