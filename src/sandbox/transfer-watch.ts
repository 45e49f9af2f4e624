import { type Address, BlockNotFoundError, type Hash, type PublicClient, parseAbiItem } from 'viem';

const TRANSFER = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)');
const BLOCKS_A_QUERY = 1_000n;
const REMEMBERED_BLOCKS = 256;

/** A transfer to the watched address; `ordinal` counts those of one transaction from 0. */
export type IncomingTransfer = Readonly<{
  hash: Hash;
  ordinal: number;
  logIndex: number;
  from: Address;
  units: bigint;
}>;

export type TransferWatchParameters = Readonly<{
  client: PublicClient;
  token: Address;
  to: Address;
  /** The first block that is looked at. */
  startBlock: bigint;
  /** How many blocks must lie on top of a transfer. */
  confirmations: bigint;
  onTransfer: (transfer: IncomingTransfer) => void;
}>;

/**
 * Finds the transfers to an address. After a reorganisation the blocks that changed are read again, so that a transfer may be
 * reported more than once: its hash and ordinal stay the same, while block and log index may not.
 */
export function watchTransfers({ client, token, to, startBlock, confirmations, onTransfer }: TransferWatchParameters) {
  const scanned: { number: bigint; hash: Hash }[] = [];
  let next = startBlock;

  /** Looks up to this block, or as far as the confirmations allow. */
  return async (head: bigint): Promise<void> => {
    await forgetReplacedBlocks();
    const last = head - confirmations;
    while (next <= last) {
      const end = next + BLOCKS_A_QUERY - 1n < last ? next + BLOCKS_A_QUERY - 1n : last;
      const { hash } = await client.getBlock({ blockNumber: end });
      const logs = await client.getLogs({
        address: token,
        event: TRANSFER,
        args: { to },
        strict: true,
        fromBlock: next,
        toBlock: end,
      });
      const ordinals = new Map<Hash, number>();
      for (const { args, transactionHash, logIndex } of logs) {
        const ordinal = ordinals.get(transactionHash) ?? 0;
        ordinals.set(transactionHash, ordinal + 1);
        onTransfer({ hash: transactionHash, ordinal, logIndex, from: args.from, units: args.value });
      }
      scanned.push({ number: end, hash });
      if (scanned.length > REMEMBERED_BLOCKS) scanned.shift();
      next = end + 1n;
    }
  };

  async function forgetReplacedBlocks(): Promise<void> {
    for (let last = scanned.at(-1); last; last = scanned.at(-1)) {
      if ((await hashOf(last.number)) === last.hash) return;
      scanned.pop();
      next = (scanned.at(-1)?.number ?? startBlock - 1n) + 1n;
    }
  }

  async function hashOf(blockNumber: bigint): Promise<Hash | undefined> {
    try {
      return (await client.getBlock({ blockNumber })).hash;
    } catch (error) {
      if (error instanceof BlockNotFoundError) return undefined;
      throw error;
    }
  }
}
