import { BlockNotFoundError, createPublicClient, http } from 'viem';
import { type IndexerEnvironment, IndexerStartError } from './environment.ts';

const RPC_TIMEOUT_MS = 10_000;
const RPC_RETRIES = 4;

/**
 * Asks the RPC who it is. Returns the hash of the chain's first block. Throws an IndexerStartError when it does not answer or
 * serves another chain than `CHAIN_ID`.
 */
export async function readGenesisHash({ ETH_RPC_URL, CHAIN_ID }: IndexerEnvironment): Promise<string> {
  const client = openClient(ETH_RPC_URL);
  const answers = Promise.all([client.getChainId(), client.getBlock({ blockNumber: 0n })]);
  const [chainId, genesis] = await answers.catch(failed);
  if (chainId !== CHAIN_ID) {
    throw new IndexerStartError(
      `ETH_RPC_URL serves chain ${chainId}, CHAIN_ID says ${CHAIN_ID}. Correct one of the two; nothing was started.`,
    );
  }
  return genesis.hash;
}

export type BlockSeen = Readonly<{ hash: string; timestamp: number }>;

/** The block of this number on the RPC's chain, null if it has none. Throws an IndexerStartError when it does not answer. */
export async function readBlock({ ETH_RPC_URL }: IndexerEnvironment, blockNumber: bigint): Promise<BlockSeen | null> {
  try {
    const { hash, timestamp } = await openClient(ETH_RPC_URL).getBlock({ blockNumber });
    return { hash, timestamp: Number(timestamp) };
  } catch (cause) {
    if (cause instanceof BlockNotFoundError) return null;
    return failed(cause);
  }
}

const openClient = (url: string) =>
  createPublicClient({ transport: http(url, { timeout: RPC_TIMEOUT_MS, retryCount: RPC_RETRIES }) });

function failed(cause: unknown): never {
  // The error of viem carries the URL, which often holds a key.
  const why = cause instanceof Error ? cause.name : 'an unknown error';
  throw new IndexerStartError(
    `The RPC of ETH_RPC_URL does not answer (${why}). Check that it runs, then start the indexer again.`,
  );
}
