import {
  type Address,
  BaseError,
  createPublicClient,
  ExecutionRevertedError,
  encodeFunctionData,
  type Hash,
  type Hex,
  http,
  type PublicClient,
  TransactionNotFoundError,
  type Transport,
} from 'viem';
import { MXNB_ABI } from './abi/mxnb.ts';
import type { Call, EscrowAdapter } from './escrow.ts';
import type { EscrowVersion } from './escrow-versions.ts';
import { type FindSentParameters, findSent } from './findSent.ts';
import { openEscrow } from './openEscrow.ts';
import { blockHashOf, receiptOf, witness } from './witness.ts';

export type { Call } from './escrow.ts';

/** Wei a unit of gas: at most, and the part of it that is the block producer's. */
export type Fees = Readonly<{ maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }>;

/** The contract would refuse the call as things stand. */
export class WouldRevertError extends Error {
  override readonly name = 'WouldRevertError';
  constructor(cause: BaseError) {
    super(cause.shortMessage, { cause });
  }
}

const RPC_TIMEOUT_MS = 5_000;

/** How the door reaches an RPC. */
export const rpcTransport = (rpcUrl: string): Transport => http(rpcUrl, { timeout: RPC_TIMEOUT_MS, retryCount: 1 });

export type ChainDoorParameters = Readonly<{
  chainId: number;
  rpcUrl: string;
  /** A second RPC, of another provider, that is asked as well where much is at stake. */
  rpcUrl2?: string | null;
  /** The contract in which new escrows are made. */
  escrow: Address;
  escrowVersion?: EscrowVersion;
  /** Those that may hold earlier ones. */
  escrowsAlso?: readonly Readonly<{ address: Address; version: EscrowVersion }>[];
  token: Address;
  /** Carries one request to the RPC and its answer; over HTTP if left out. */
  transport?: Transport | undefined;
}>;

/**
 * The only door to the chain. Reads never throw for “not there”; they throw for “no answer”, which is never taken for a no.
 */
export function openChain({
  chainId,
  rpcUrl,
  rpcUrl2 = null,
  escrow,
  escrowVersion = 'v3',
  escrowsAlso = [],
  token,
  transport,
}: ChainDoorParameters) {
  const client: PublicClient = createPublicClient({ transport: transport ?? rpcTransport(rpcUrl) });
  const inUse = openEscrow(client, { address: escrow, version: escrowVersion, token });
  const escrows = [inUse, ...escrowsAlso.map((one) => openEscrow(client, { ...one, token }))];
  const byAddress = new Map(escrows.map((one) => [one.address.toLowerCase(), one]));

  return {
    chainId,
    token,
    /** The contract in which new escrows are made. */
    escrow: inUse,
    /** That one and those that may hold earlier escrows. */
    escrows,
    /** The contract at an address; null where the settings name none. */
    escrowAt: (address: string): EscrowAdapter | null => byAddress.get(address.toLowerCase()) ?? null,

    /** The newest block: number, hash, Unix seconds. */
    head: async () => {
      const { number, hash, timestamp } = await client.getBlock({ blockTag: 'latest' });
      return { number, hash, timestamp: Number(timestamp) };
    },

    /** A block's hash, or null where the chain has no such block. */
    blockHash: (number: bigint): Promise<Hash | null> => blockHashOf(client, number),

    /** The RPC of ETH_RPC_URL, and that of ETH_RPC_URL_2 where it is set, each asked by itself. */
    witnesses: {
      first: witness(client),
      second: rpcUrl2 === null ? null : witness(createPublicClient({ transport: rpcTransport(rpcUrl2) })),
    },

    receipt: (hash: Hash) => receiptOf(client, hash),

    /** The time of the block that a transaction succeeded in, in Unix seconds; null where it did not, or is in none. */
    minedAt: async (hash: Hash): Promise<number | null> => {
      const receipt = await receiptOf(client, hash);
      if (receipt?.status !== 'success') return null;
      return Number((await client.getBlock({ blockNumber: receipt.blockNumber })).timestamp);
    },

    /** Transactions of an account that are in blocks: its next nonce as the chain sees it. */
    minedNonce: (address: Address) => client.getTransactionCount({ address, blockTag: 'latest' }),
    /** The same with those that the node still holds for a later block. */
    pendingNonce: (address: Address) => client.getTransactionCount({ address, blockTag: 'pending' }),
    /** The same as it was at the end of a block. */
    nonceAt: (address: Address, blockNumber: bigint) => client.getTransactionCount({ address, blockNumber }),
    /** An account's own transactions in blocks, from a nonce on. */
    sentBy: (parameters: FindSentParameters) => findSent(client, parameters),

    /** The newest block's number. */
    blockNumber: () => client.getBlockNumber({ cacheTime: 0 }),
    /** Wei that gas costs now, with room for the base fee to rise. */
    fees: async (): Promise<Fees> => {
      const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas();
      return { maxFeePerGas, maxPriorityFeePerGas };
    },
    /** Wei of an account. */
    balance: (address: Address) => client.getBalance({ address }),
    /**
     * Gas that a call would use now. On `pending`: on a quiet chain `latest` still has the clock of its last block. Throws a
     * WouldRevertError where the contract refuses it.
     */
    estimateGas: async (call: Call, from: Address): Promise<bigint> => {
      try {
        return await client.estimateGas({ ...call, account: from, blockTag: 'pending' });
      } catch (error) {
        const isRefused = error instanceof BaseError && error.walk((e) => e instanceof ExecutionRevertedError) !== null;
        if (isRefused) throw new WouldRevertError(error);
        throw error;
      }
    },

    /** MXNB of an account; as of a block where one is named. */
    tokenBalance: (holder: Address, blockNumber?: bigint) =>
      client.readContract({
        ...{ address: token, abi: MXNB_ABI, functionName: 'balanceOf', args: [holder] },
        ...(blockNumber === undefined ? {} : { blockNumber }),
      }),
    /** What the token says of itself. */
    describeToken: async () => {
      const read = { address: token, abi: MXNB_ABI } as const;
      const [symbol, decimals] = await Promise.all([
        client.readContract({ ...read, functionName: 'symbol' }),
        client.readContract({ ...read, functionName: 'decimals' }),
      ]);
      return { symbol, decimals };
    },
    allowance: (owner: Address, spender: Address) =>
      client.readContract({ address: token, abi: MXNB_ABI, functionName: 'allowance', args: [owner, spender] }),

    transferCall: (to: Address, amount: bigint): Call => ({
      to: token,
      data: encodeFunctionData({ abi: MXNB_ABI, functionName: 'transfer', args: [to, amount] }),
    }),
    approveCall: (spender: Address, amount: bigint): Call => ({
      to: token,
      data: encodeFunctionData({ abi: MXNB_ABI, functionName: 'approve', args: [spender, amount] }),
    }),

    /** Whether the node knows the transaction, mined or waiting. */
    knows: async (hash: Hash): Promise<boolean> => {
      try {
        await client.getTransaction({ hash });
        return true;
      } catch (error) {
        if (error instanceof TransactionNotFoundError) return false;
        throw error;
      }
    },

    /** Hands signed bytes to the node. Safe to repeat: the same bytes are the same transaction. */
    broadcast: (raw: Hex) => client.sendRawTransaction({ serializedTransaction: raw }),
  };
}

export type ChainDoor = ReturnType<typeof openChain>;
