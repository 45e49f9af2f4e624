import { type Address, type Hash, type Hex, keccak256, type PublicClient, serializeTransaction } from 'viem';

/** A transaction that an account sent and that is in a block, with the bytes that were signed. */
export type SentTransaction = Readonly<{
  nonce: number;
  hash: Hash;
  to: Address | null;
  data: Hex;
  value: bigint;
  raw: Hex;
  blockNumber: bigint;
  minedAt: Date;
}>;

export type FindSentParameters = Readonly<{
  address: Address;
  /** The first nonce that is asked for. */
  from: number;
  /** A block no later than that nonce's. */
  sinceBlock: bigint;
  /** So many at most. */
  limit: number;
}>;

/**
 * The transactions in blocks that an account sent from a nonce on, in their order. Nothing lists them: the block of each is found
 * by halving, for the account's count at a block only grows. Needs a node that still has the counts of old blocks; throws where it
 * has not, or gives no answer.
 */
export async function findSent(
  client: PublicClient,
  { address, from, sinceBlock, limit }: FindSentParameters,
): Promise<SentTransaction[]> {
  const head = await client.getBlockNumber({ cacheTime: 0 });
  const countAt = (blockNumber: bigint) => client.getTransactionCount({ address, blockNumber });
  const end = await countAt(head);
  const found: SentTransaction[] = [];
  let low = sinceBlock;
  for (let nonce = from; nonce < end && found.length < limit; ) {
    let high = head;
    while (low < high) {
      const middle = (low + high) / 2n;
      if ((await countAt(middle)) > nonce) high = middle;
      else low = middle + 1n;
    }
    const block = await client.getBlock({ blockNumber: low, includeTransactions: true });
    const sent = block.transactions
      .filter((t) => t.from.toLowerCase() === address && t.nonce >= nonce)
      .sort((a, b) => a.nonce - b.nonce);
    const last = sent.at(-1);
    if (!last || sent[0]?.nonce !== nonce)
      throw new Error(`block ${low} should have nonce ${nonce} of ${address} and has not`);
    const minedAt = new Date(Number(block.timestamp) * 1000);
    found.push(...sent.map((t) => ({ ...pick(t), blockNumber: block.number, minedAt })));
    nonce = last.nonce + 1;
  }
  return found.slice(0, limit);
}

type BlockTransaction = Awaited<ReturnType<PublicClient['getTransaction']>>;

function pick(t: BlockTransaction): Omit<SentTransaction, 'blockNumber' | 'minedAt'> {
  return { nonce: t.nonce, hash: t.hash, to: t.to, data: t.input, value: t.value, raw: signedBytes(t) };
}

/** The bytes as they were signed. Their hash is compared: bytes that are not the same must never be handed over again. */
function signedBytes(t: BlockTransaction): Hex {
  const { r, s, yParity, v } = t;
  const raw = serializeTransaction(
    { ...t, data: t.input } as Parameters<typeof serializeTransaction>[0],
    yParity === undefined ? { r, s, v } : { r, s, yParity },
  );
  if (keccak256(raw) !== t.hash) throw new Error(`the bytes of ${t.hash} could not be rebuilt`);
  return raw;
}
