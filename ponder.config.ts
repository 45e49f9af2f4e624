import { createConfig } from 'ponder';
import { CHAIN_NAME, indexedContracts } from './src/indexer/contracts.ts';
import { LOCAL_CHAIN_ID, readEnvironment } from './src/indexer/environment.ts';

const env = readEnvironment(process.env);
const isLocal = env.CHAIN_ID === LOCAL_CHAIN_ID;

export default createConfig({
  chains: {
    [CHAIN_NAME]: {
      id: env.CHAIN_ID,
      rpc: env.ETH_RPC_URL,
      ...(env.ETH_WS_URL ? { ws: env.ETH_WS_URL } : {}),
      // A local chain may mine at any moment; 100 ms is the least that Ponder takes.
      pollingInterval: isLocal ? 100 : 1_000,
      // The cache is keyed by chain id alone: a local chain that was restarted empty would be served the old one's events.
      disableCache: isLocal,
    },
  },
  contracts: indexedContracts(env),
});
