import { KUSTODIA_ESCROW_ABI } from '../chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../chain/abi/mxnb.ts';
import type { IndexerEnvironment } from './environment.ts';

/** The name by which Ponder knows the one chain. */
export const CHAIN_NAME = 'main';

/**
 * What Ponder indexes, under the names that the handlers in `src/indexing` go by. An escrow contract of another version becomes
 * an entry beside `EscrowV3`, another one of the same version an address more in it; its address is then also one of `ours`.
 *
 * MXNB has an entry for each filter: Ponder keeps one filter an event and entry, and silently drops the others. A transfer
 * between two of ours passes both.
 */
export function indexedContracts(env: IndexerEnvironment) {
  const ours = [env.ESCROW_CONTRACT_ADDRESS, env.ESCROW_BRIDGE_WALLET, env.JUNO_DEPOSIT_ADDRESS];
  const since = { chain: CHAIN_NAME, startBlock: env.ESCROW_START_BLOCK } as const;
  const mxnb = { ...since, abi: MXNB_ABI, address: env.MXNB_CONTRACT_ADDRESS } as const;
  return {
    EscrowV3: { ...since, abi: KUSTODIA_ESCROW_ABI, address: env.ESCROW_CONTRACT_ADDRESS },
    Mxnb: mxnb,
    MxnbIn: { ...mxnb, filter: { event: 'Transfer', args: { to: ours } } },
    MxnbOut: { ...mxnb, filter: { event: 'Transfer', args: { from: ours } } },
  } as const;
}
