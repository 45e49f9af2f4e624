import { createConfig } from 'ponder';
import { KUSTODIA_ESCROW_ABI } from './src/chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from './src/chain/abi/mxnb.ts';

type Address = `0x${string}`;

/** The launcher (`src/indexer/main.ts`) has checked each of these. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

const LOCAL_CHAIN = 31337;
const id = Number(setting('CHAIN_ID'));
const isLocal = id === LOCAL_CHAIN;
const ws = process.env['ETH_WS_URL'];
const startBlock = Number(process.env['ESCROW_START_BLOCK'] ?? 0);

const escrow = setting('ESCROW_CONTRACT_ADDRESS') as Address;
const token = setting('MXNB_CONTRACT_ADDRESS') as Address;
/** Whose MXNB transfers are ours to see. */
const ours = [escrow, setting('ESCROW_BRIDGE_WALLET') as Address, setting('JUNO_DEPOSIT_ADDRESS') as Address];

export default createConfig({
  chains: {
    main: {
      id,
      rpc: setting('ETH_RPC_URL'),
      ...(ws ? { ws } : {}),
      pollingInterval: isLocal ? 100 : 1_000,
      // The cache is keyed by chain id alone: a local chain that was restarted empty would be served the old one's events.
      disableCache: isLocal,
    },
  },
  contracts: {
    KustodiaEscrow: { chain: 'main', abi: KUSTODIA_ESCROW_ABI, address: escrow, startBlock },
    Mxnb: {
      chain: 'main',
      abi: MXNB_ABI,
      address: token,
      startBlock,
      filter: [
        { event: 'Transfer', args: { from: ours } },
        { event: 'Transfer', args: { to: ours } },
      ],
    },
  },
});
