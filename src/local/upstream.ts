import { type Address, BaseError, BlockNotFoundError, createPublicClient, HttpRequestError, http } from 'viem';
import { readToken } from '../chain/contract/state.ts';
import { KNOWN_MXNB } from '../chain/known-mxnb.ts';
import { LocalError } from './process.ts';
import { openReadOnly } from './read-only.ts';

const TIMEOUT_MS = 10_000;
const MXNB_DECIMALS = 6;
const NAMES: Readonly<Record<number, string>> = { 42161: 'Arbitrum One', 421614: 'Arbitrum Sepolia' };

/** Which chain is forked, and what of it is used. */
export type Fork = Readonly<{
  /** Only ever asked; kept to itself, because it often holds a key. */
  rpcUrl: string;
  /** The last block of that chain that the fork has; its newest unless told. */
  blockNumber?: bigint | undefined;
  /** MXNB; where it is known to be on that chain unless told. */
  token?: Address | undefined;
  /** An escrow contract of that chain, of any version; unless told, or where it cannot be driven, our own is deployed. */
  escrow?: Address | undefined;
}>;

/** A chain that is forked, behind a door that lets only questions through. */
export type Upstream = Readonly<{
  url: string;
  /** For people. */
  name: string;
  blockNumber: bigint;
  token: Address;
  escrow: Address | undefined;
  close: () => Promise<void>;
}>;

/**
 * Looks at the chain that is to be forked, and opens the door to it. Throws a LocalError where it does not answer, is none that is
 * known, or has no MXNB where it should be.
 */
export async function openUpstream(fork: Fork): Promise<Upstream> {
  const door = await openReadOnly(fork.rpcUrl);
  try {
    return { ...(await look(fork, door.url)), url: door.url, escrow: fork.escrow, close: door.close };
  } catch (cause) {
    await door.close();
    throw cause;
  }
}

async function look(fork: Fork, url: string): Promise<Pick<Upstream, 'name' | 'blockNumber' | 'token'>> {
  const client = createPublicClient({ transport: http(url, { timeout: TIMEOUT_MS, retryCount: 2 }) });
  const chainId = await answer(client.getChainId());
  const token = fork.token ?? KNOWN_MXNB[chainId];
  const name = NAMES[chainId];
  if (name === undefined || token === undefined)
    throw new LocalError(
      `The RPC serves chain ${chainId}, where nothing of this system is: only Arbitrum One (42161) and Arbitrum Sepolia (421614) are forked. Nothing was started.`,
    );
  const block = await answer(
    client.getBlock(fork.blockNumber === undefined ? {} : { blockNumber: fork.blockNumber }).catch((error: unknown) => {
      if (error instanceof BlockNotFoundError) return null;
      throw error;
    }),
  );
  if (block === null) throw new LocalError(`The RPC has no block ${fork.blockNumber} of ${name}. Nothing was started.`);
  const blockNumber = block.number;
  if ((await answer(client.getCode({ address: token, blockNumber }))) === undefined)
    throw new LocalError(
      `There is no contract at ${token} on ${name} at block ${blockNumber}, so it is not MXNB. Name the token with --token. Nothing was started.`,
    );
  const { decimals } = await answer(readToken(client, { token, blockNumber }));
  if (decimals !== MXNB_DECIMALS)
    throw new LocalError(
      `The contract at ${token} on ${name} has ${decimals ?? 'no'} decimals, so it is not MXNB, which has ${MXNB_DECIMALS}. Nothing was started.`,
    );
  return { name, blockNumber, token };
}

/** The errors of viem carry more than a person needs, and what a node says of a request may repeat its key. */
async function answer<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    const why = cause instanceof HttpRequestError ? `HTTP ${cause.status ?? 'without a status'}` : whyOf(cause);
    throw new LocalError(
      `The RPC of --rpc gave no answer that could be used (${why}). Nothing was started. Check the address, and that the node keeps the state of that block.`,
    );
  }
}

const whyOf = (cause: unknown): string =>
  cause instanceof BaseError ? ((cause.details || cause.shortMessage).split('\n')[0] ?? '') : String(cause);
