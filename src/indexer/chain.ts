import { createPublicClient, http } from 'viem';
import { type IndexerEnvironment, IndexerStartError } from './environment.ts';

const RPC_TIMEOUT_MS = 10_000;
const RPC_RETRIES = 4;

/**
 * Asks the RPC who it is. Returns the hash of the chain's first block. Throws an IndexerStartError when it does not answer or
 * serves another chain than `CHAIN_ID`.
 */
export async function readGenesisHash({ ETH_RPC_URL, CHAIN_ID }: IndexerEnvironment): Promise<string> {
  const client = createPublicClient({
    transport: http(ETH_RPC_URL, { timeout: RPC_TIMEOUT_MS, retryCount: RPC_RETRIES }),
  });
  const answers = Promise.all([client.getChainId(), client.getBlock({ blockNumber: 0n })]);
  const [chainId, genesis] = await answers.catch((cause: unknown) => {
    // The error of viem carries the URL, which often holds a key.
    const why = cause instanceof Error ? cause.name : 'an unknown error';
    throw new IndexerStartError(
      `The RPC of ETH_RPC_URL does not answer (${why}). Check that it runs, then start the indexer again.`,
    );
  });
  if (chainId !== CHAIN_ID) {
    throw new IndexerStartError(
      `ETH_RPC_URL serves chain ${chainId}, CHAIN_ID says ${CHAIN_ID}. Correct one of the two; nothing was started.`,
    );
  }
  return genesis.hash;
}
