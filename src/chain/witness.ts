import {
  type Address,
  BaseError,
  type Hash,
  type Hex,
  HttpRequestError,
  InternalRpcError,
  LimitExceededRpcError,
  type PublicClient,
  TimeoutError,
  TransactionReceiptNotFoundError,
} from 'viem';

/** What of a log says what happened. */
export type LogContent = Readonly<{ address: Address; topics: readonly Hex[]; data: Hex }>;

/**
 * A log that must be on the chain. Without `at` it may have moved: a transaction that a reorganisation took out is put into
 * another block, where its logs have other numbers.
 */
export type LogPlace = Readonly<{
  txHash: Hash;
  at: Readonly<{ blockNumber: bigint; blockHash: Hash; logIndex: number }> | null;
  /** Whether the log says what is believed to have happened; the others are all of its transaction, itself among them. */
  says: (log: LogContent, others: readonly LogContent[]) => boolean;
}>;

/**
 * What one RPC says about a log:
 * - `here`: it is there, with so many blocks on top (0 at the head); `finalized`: whether its block is at or below the one that
 *   the node calls so, null where the node does not know that tag or was not asked
 * - `not_here`: the chain has grown past that block and has no such log, or the transaction failed
 * - `behind`: the chain of this RPC has not come to that block
 */
export type LogSeen =
  | Readonly<{ seen: 'here'; depth: bigint; finalized: boolean | null; blockNumber: bigint; blockHash: Hash }>
  | Readonly<{ seen: 'not_here' | 'behind' }>;

/** One RPC, asked by itself. Everything throws when there is no answer, which is never taken for a no. */
export function witness(client: PublicClient) {
  return {
    /** Whether this RPC has the log; `finalized` only where it is asked for. */
    testify: async ({ txHash, at, says }: LogPlace, ask: { finalized: boolean }): Promise<LogSeen> => {
      const receipt = await receiptOf(client, txHash);
      const head = await client.getBlockNumber({ cacheTime: 0 });
      if (!receipt) return { seen: at && head < at.blockNumber ? 'behind' : 'not_here' };
      const { blockNumber, blockHash } = receipt;
      if (receipt.status !== 'success' || (at && blockHash !== at.blockHash)) return { seen: 'not_here' };
      if (!receipt.logs.some((log) => (!at || log.logIndex === at.logIndex) && says(log, receipt.logs)))
        return { seen: 'not_here' };
      const depth = head > blockNumber ? head - blockNumber : 0n;
      const finalizedNumber = ask.finalized ? await finalized(client) : null;
      return {
        seen: 'here',
        depth,
        finalized: finalizedNumber === null ? null : finalizedNumber >= blockNumber,
        blockNumber,
        blockHash,
      };
    },

    /** Its receipt of a transaction, or null where it has none. */
    receipt: (hash: Hash) => receiptOf(client, hash),

    /** The number of the block that the node calls `finalized`; null where it does not know that tag. */
    finalized: () => finalized(client),

    /** The block that the node calls so, with its time in Unix seconds; null where it does not know that tag. */
    tagged: (tag: 'safe' | 'finalized') => tagged(client, tag),

    /** A block's hash, or null where the chain has no such block. */
    blockHash: (number: bigint) => blockHashOf(client, number),

    chainId: () => client.getChainId(),
  };
}

export type Witness = ReturnType<typeof witness>;

export async function receiptOf(client: Pick<PublicClient, 'getTransactionReceipt'>, hash: Hash) {
  try {
    return await client.getTransactionReceipt({ hash });
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return null;
    throw error;
  }
}

export async function blockHashOf(client: PublicClient, number: bigint): Promise<Hash | null> {
  const block = await client.request({
    method: 'eth_getBlockByNumber',
    params: [`0x${number.toString(16)}`, false],
  });
  return block?.hash ?? null;
}

/** The node itself answered, and not that it is busy: it does not know the tag, or has no such block. */
const NO_ANSWER = [HttpRequestError, TimeoutError, LimitExceededRpcError, InternalRpcError];

const finalized = async (client: PublicClient): Promise<bigint | null> =>
  (await tagged(client, 'finalized'))?.number ?? null;

async function tagged(client: PublicClient, tag: 'safe' | 'finalized') {
  try {
    const block = await client.request({ method: 'eth_getBlockByNumber', params: [tag, false] });
    return block?.number ? { number: BigInt(block.number), timestamp: Number(block.timestamp) } : null;
  } catch (error) {
    const isRefusal =
      error instanceof BaseError && !error.walk((cause) => NO_ANSWER.some((kind) => cause instanceof kind));
    if (isRefusal) return null;
    throw error;
  }
}
