import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  type Address,
  createPublicClient,
  encodeFunctionData,
  type Hash,
  type Hex,
  http,
  keccak256,
  parseAbi,
  parseAbiItem,
  zeroAddress,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { fromBaseUnits, toBaseUnits } from './money.ts';

const TRANSFER = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)');
const TOKEN = parseAbi([
  'function balanceOf(address account) view returns (uint256)',
  'function isMinter(address account) view returns (bool)',
  'function mint(address to, uint256 amount) returns (bool)',
  'function burn(uint256 amount)',
  'function transfer(address to, uint256 value) returns (bool)',
]);

const POLL_MS = 250;
const BLOCKS_PER_QUERY = 1_000n;
const BROADCAST_TRIES = 60;
const BROADCAST_PAUSE_MS = 500;
/** Ample for a mint, a burn and a transfer. It is fixed so that a call that reverts is mined, as it is for a custodian. */
const GAS = 300_000n;

export class ChainError extends Error {
  override readonly name = 'ChainError';
}

/** A mined transaction, and whether it did what it was sent for. */
export type Mined = Readonly<{ hash: Hash; succeeded: boolean }>;

export type Credit = Readonly<{ hash: Hash; logIndex: number; from: Address; centavos: bigint }>;

export type Chain = Readonly<{
  /** The hot wallet, which is the deposit address as well. */
  address: Address;
  /** What the hot wallet held at the start, in centavos. */
  opening: bigint;
  mint: (centavos: bigint) => Promise<Mined>;
  burn: (centavos: bigint) => Promise<Mined>;
  transfer: (to: Address, centavos: bigint) => Promise<Mined>;
  /** Follows the chain until the signal: hands over each transfer to the hot wallet, once, and settles what was sent. */
  follow: (credited: (credit: Credit) => void) => Promise<void>;
}>;

type Waiting = { resolve: (succeeded: boolean) => void; checkedBlock: bigint };

/**
 * The hot wallet of the sandbox. It sends one transaction after the other, each with its own nonce, and waits for any
 * number at once. Throws a ChainError if the token does not let it mint.
 */
export async function openChain(options: {
  rpcUrl: string;
  token: Address;
  privateKey: Hex;
  signal: AbortSignal;
  log: Logger;
}): Promise<Chain> {
  const { token, signal, log } = options;
  const client = createPublicClient({ transport: http(options.rpcUrl, { batch: true }), cacheTime: 0 });
  const account = privateKeyToAccount(options.privateKey);
  const chainId = await client.getChainId();
  const startBlock = await client.getBlockNumber();
  const read = { address: token, abi: TOKEN, args: [account.address] as const, blockNumber: startBlock };
  const [isMinter, held] = await Promise.all([
    client.readContract({ ...read, functionName: 'isMinter' }),
    client.readContract({ ...read, functionName: 'balanceOf' }),
  ]).catch((cause: unknown) => {
    throw new ChainError('MXNB_CONTRACT_ADDRESS is not a MockMXNB on this chain. Deploy one and start again.', {
      cause,
    });
  });
  if (!isMinter)
    throw new ChainError('SANDBOX_PRIVATE_KEY is no minter of MockMXNB. Call configureMinter and start again.');

  const waiting = new Map<Hash, Waiting>();
  let nextNonce: number | undefined;
  let lane: Promise<unknown> = Promise.resolve();

  /** The same signed bytes until the node has them, so that no try can be a second payment. */
  const broadcast = async (data: Hex): Promise<Hash> => {
    const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas({ chain: null });
    const request = {
      type: 'eip1559',
      chainId,
      to: token,
      data,
      gas: GAS,
      maxFeePerGas,
      maxPriorityFeePerGas,
    } as const;
    for (let tried = 0; tried < BROADCAST_TRIES; tried++) {
      if (tried > 0) await delay(BROADCAST_PAUSE_MS, undefined, { signal });
      try {
        const nonce =
          nextNonce ?? (await client.getTransactionCount({ address: account.address, blockTag: 'pending' }));
        nextNonce = nonce;
        const raw = await account.signTransaction({ ...request, nonce });
        const hash = keccak256(raw);
        const refused = await client.sendRawTransaction({ serializedTransaction: raw }).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refused === undefined || (await isKnown(hash))) {
          nextNonce = nonce + 1;
          return hash;
        }
        log.warn({ err: refused, nonce }, 'the node refused a transaction of the hot wallet; it is sent again');
        // Another holder of the key mined this nonce, so that ours can never be: only then is it safe to take the next.
        const mined = await client.getTransactionCount({ address: account.address });
        if (mined > nonce) nextNonce = undefined;
      } catch (error) {
        log.warn({ err: error }, 'the chain does not answer; the transaction is sent again');
      }
    }
    throw new ChainError('A transaction of the hot wallet was not accepted. Its Juno transaction stays in progress.');
  };

  const isKnown = (hash: Hash): Promise<boolean> =>
    client.getTransaction({ hash }).then(
      () => true,
      () => false,
    );

  const send = async (data: Hex): Promise<Mined> => {
    const sent = lane.then(() => broadcast(data));
    lane = sent.catch(() => undefined);
    const hash = await sent;
    const succeeded = await new Promise<boolean>((resolve) => waiting.set(hash, { resolve, checkedBlock: -1n }));
    return { hash, succeeded };
  };

  const settleMined = async (latest: bigint): Promise<void> => {
    const due = [...waiting].filter(([, { checkedBlock }]) => checkedBlock < latest);
    await Promise.all(
      due.map(async ([hash, entry]) => {
        const receipt = await client.getTransactionReceipt({ hash }).catch(() => undefined);
        entry.checkedBlock = latest;
        if (!receipt) return;
        waiting.delete(hash);
        entry.resolve(receipt.status === 'success');
      }),
    );
  };

  return {
    address: account.address,
    opening: fromBaseUnits(held),
    mint: (centavos) =>
      send(encodeFunctionData({ abi: TOKEN, functionName: 'mint', args: [account.address, toBaseUnits(centavos)] })),
    burn: (centavos) => send(encodeFunctionData({ abi: TOKEN, functionName: 'burn', args: [toBaseUnits(centavos)] })),
    transfer: (to, centavos) =>
      send(encodeFunctionData({ abi: TOKEN, functionName: 'transfer', args: [to, toBaseUnits(centavos)] })),
    follow: async (credited) => {
      const seen = new Set<string>();
      let fromBlock = startBlock + 1n;
      while (!signal.aborted) {
        try {
          const latest = await client.getBlockNumber();
          await settleMined(latest);
          const last = fromBlock + BLOCKS_PER_QUERY - 1n;
          const toBlock = last < latest ? last : latest;
          if (fromBlock <= toBlock) {
            const query = { address: token, event: TRANSFER, args: { to: account.address }, strict: true } as const;
            for (const { args, transactionHash, logIndex } of await client.getLogs({ ...query, fromBlock, toBlock })) {
              const key = `${transactionHash}:${logIndex}`;
              const centavos = fromBaseUnits(args.value);
              const isOwn = args.from === zeroAddress || args.from === account.address;
              if (isOwn || centavos === 0n || seen.has(key)) continue;
              seen.add(key);
              credited({ hash: transactionHash, logIndex, from: args.from, centavos });
            }
            fromBlock = toBlock + 1n;
          }
        } catch (error) {
          log.warn({ err: error }, 'the chain does not answer; it is asked again');
        }
        await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
