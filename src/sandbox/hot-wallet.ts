import {
  type Address,
  BaseError,
  ExecutionRevertedError,
  encodeFunctionData,
  type Hash,
  type Hex,
  keccak256,
  type PrivateKeyAccount,
  type PublicClient,
  parseAbi,
  TransactionReceiptNotFoundError,
} from 'viem';
import type { SandboxContext } from './context.ts';

const TOKEN = parseAbi([
  'function mint(address to, uint256 amount) returns (bool)',
  'function burn(uint256 amount)',
  'function transfer(address to, uint256 amount) returns (bool)',
]);
const RETRY_MS = 500;
/** After how long without a receipt the same bytes are handed to the node again: it may have lost them. */
const REBROADCAST_MS = 5_000;

/** A transaction that was mined and did its work, or one that reverted: mined (with its hash), or when tried (without). */
export type Outcome = Readonly<{ status: 'success'; hash: Hash } | { status: 'reverted'; hash?: Hash }>;

type Sent = { readonly raw: Hex; sentAt_ms: number; readonly resolve: (outcome: Outcome) => void };

export type HotWalletParameters = Readonly<{
  context: SandboxContext;
  client: PublicClient;
  account: PrivateKeyAccount;
  token: Address;
}>;

/**
 * The issuer's wallet. Nobody else may send from its key. Nonces are given out one after another; any number of transactions
 * may wait to be mined. What is signed is sent until it is mined, the same bytes each time, so that nothing happens twice.
 */
export function openHotWallet({ context, client, account, token }: HotWalletParameters) {
  const { clock, logger, signal, sleep } = context;
  const waiting = new Map<Hash, Sent>();
  const mints = new Set<Hash>();
  let lane: Promise<unknown> = Promise.resolve();
  let nextNonce = 0;

  /** Repeats a question to the node until it answers. A revert is an answer. */
  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        signal.throwIfAborted();
        if (isRevert(error)) throw error;
        logger.warn({ err: error }, 'the chain did not answer; it is asked again');
        await sleep(RETRY_MS);
      }
    }
  }

  async function send(data: Hex, isMint = false): Promise<Outcome> {
    const turn = lane.then(() => broadcast(data, isMint));
    lane = turn.catch(() => {});
    return (await turn).outcome;
  }

  /** Resolves when the transaction was handed over, so that the next may follow; its outcome comes later. */
  async function broadcast(data: Hex, isMint: boolean): Promise<{ outcome: Outcome | Promise<Outcome> }> {
    const { address } = account;
    let gas: bigint;
    try {
      gas = await patiently(() => client.estimateGas({ account: address, to: token, data }));
    } catch (error) {
      if (!isRevert(error)) throw error;
      return { outcome: { status: 'reverted' } };
    }
    const gasPrice = await patiently(() => client.getGasPrice());
    const chainId = await patiently(() => client.getChainId());
    if (waiting.size === 0)
      nextNonce = await patiently(() => client.getTransactionCount({ address, blockTag: 'pending' }));

    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId,
      to: token,
      data,
      nonce: nextNonce++,
      gas: (gas * 3n) / 2n,
      maxFeePerGas: gasPrice * 3n,
      maxPriorityFeePerGas: gasPrice / 10n,
    });
    const hash = keccak256(raw);
    if (isMint) mints.add(hash);
    const outcome = new Promise<Outcome>((resolve) => {
      waiting.set(hash, { raw, sentAt_ms: clock.now_ms(), resolve });
    });
    await handOver(hash, raw);
    return { outcome };
  }

  async function handOver(hash: Hash, raw: Hex): Promise<void> {
    await client.sendRawTransaction({ serializedTransaction: raw }).catch((error: unknown) => {
      logger.warn({ err: error, hash }, 'the node did not take a transaction; it is sent again');
    });
  }

  async function receiptOf(hash: Hash) {
    try {
      return await client.getTransactionReceipt({ hash });
    } catch (error) {
      if (error instanceof TransactionReceiptNotFoundError) return undefined;
      throw error;
    }
  }

  return {
    address: account.address,
    /** Makes MXNB out of nothing, to this wallet. */
    mint: (units: bigint) =>
      send(encodeFunctionData({ abi: TOKEN, functionName: 'mint', args: [account.address, units] }), true),
    burn: (units: bigint) => send(encodeFunctionData({ abi: TOKEN, functionName: 'burn', args: [units] })),
    transfer: (to: Address, units: bigint) =>
      send(encodeFunctionData({ abi: TOKEN, functionName: 'transfer', args: [to, units] })),
    /** Whether there is code at the address. */
    isContract: async (address: Address): Promise<boolean> =>
      (await patiently(() => client.getCode({ address }))) !== undefined,
    /** Whether the transaction is one of this wallet's own mints. */
    isMint: (hash: Hash): boolean => mints.has(hash),
    /** Whether the chain has the transaction, and it did not revert. */
    isMined: async (hash: Hash): Promise<boolean> => (await patiently(() => receiptOf(hash)))?.status === 'success',
    /** Looks for the receipts of what was sent, and sends again what has none for too long. */
    settle: async (): Promise<void> => {
      await Promise.all(
        [...waiting].map(async ([hash, sent]) => {
          const receipt = await receiptOf(hash);
          if (receipt) {
            waiting.delete(hash);
            sent.resolve({ status: receipt.status, hash });
          } else if (clock.now_ms() - sent.sentAt_ms > REBROADCAST_MS) {
            sent.sentAt_ms = clock.now_ms();
            await handOver(hash, sent.raw);
          }
        }),
      );
    },
  };
}

export type HotWallet = ReturnType<typeof openHotWallet>;

const isRevert = (error: unknown): boolean =>
  error instanceof BaseError && error.walk((cause) => cause instanceof ExecutionRevertedError) !== null;
