import {
  type Address,
  BaseError,
  createPublicClient,
  decodeErrorResult,
  ExecutionRevertedError,
  getAddress,
  type Hash,
  type Hex,
  isHex,
  type PublicClient,
  TransactionNotFoundError,
} from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../abi/kustodiaEscrow.ts';
import { type Fees, rpcTransport } from '../door.ts';
import { receiptOf } from '../witness.ts';
import { readLiveState } from './live.ts';
import { readOpenEscrows } from './open.ts';
import { optional } from './optional.ts';
import { ROLE_IDS, ROLE_NAMES, type RoleName, readAppointments, readGrants } from './roles.ts';
import { readContractState, readToken } from './state.ts';

/** Statuses of an escrow that has not ended: funded, disputed. */
const [FUNDED, DISPUTED] = [1, 3];
const OPEN: readonly number[] = [FUNDED, DISPUTED];

/** One act on the contract; `to` is null for its deployment. */
export type AdminCall = Readonly<{ from: Address; to: Address | null; data: Hex }>;

export type Account = Readonly<{
  address: Address;
  /** A multisig, for example. */
  isContract: boolean;
  /** It has sent a transaction or holds ETH: whoever typed the address did not invent it. */
  isUsed: boolean;
  roles: ReadonlySet<RoleName>;
}>;

/** Whom an escrow pays when it ends; `isOpen`: it has not ended. `deadline`: in Unix seconds. */
export type EscrowPayee = Readonly<{ payee: Address; isOpen: boolean; isDisputed: boolean; deadline: number }>;

/** What would become of a call: the gas that it uses, or why the contract refuses it. */
export type Simulated = Readonly<{ gas: bigint } | { refused: string }>;

/**
 * The door to the chain for those who administer the contract: what it is set to, and one signed transaction at a time.
 * Everything throws where there is no answer, which is never taken for a no.
 */
export function openContractDoor({ rpcUrl }: Readonly<{ rpcUrl: string }>) {
  const client: PublicClient = createPublicClient({ transport: rpcTransport(rpcUrl) });
  return {
    chainId: () => client.getChainId(),

    /** The newest block's number, and the time that the next block has at least, in Unix seconds. */
    head: async (): Promise<{ number: bigint; now: number }> => {
      const [number, pending] = await Promise.all([
        client.getBlockNumber({ cacheTime: 0 }),
        // On a quiet chain `latest` has an old clock.
        client.getBlock({ blockTag: 'pending' }),
      ]);
      return { number, now: Number(pending.timestamp) };
    },

    state: (escrow: Address, token: Address, blockNumber: bigint) =>
      readContractState(client, { escrow, token, blockNumber }),

    /** Whom these escrows pay. An id that was never given is left out. */
    payees: async (escrow: Address, ids: readonly bigint[], blockNumber: bigint): Promise<Map<bigint, EscrowPayee>> => {
      const contract = { address: escrow, abi: KUSTODIA_ESCROW_ABI, blockNumber } as const;
      const found = await Promise.all(
        ids.map(async (id) => {
          const one = await optional(() => client.readContract({ ...contract, functionName: 'getEscrow', args: [id] }));
          if (one === null) return [];
          const [isOpen, isDisputed] = [OPEN.includes(one.status), one.status === DISPUTED];
          return [[id, { payee: getAddress(one.payee), isOpen, isDisputed, deadline: Number(one.deadline) }] as const];
        }),
      );
      return new Map(found.flat());
    },

    grants: (escrow: Address, fromBlock: bigint, toBlock: bigint) => readGrants(client, { escrow, fromBlock, toBlock }),

    appointments: (escrow: Address, approvers: readonly Address[], blockNumber: bigint) =>
      readAppointments(client, { escrow, approvers, blockNumber }),

    openEscrows: (escrow: Address, fromBlock: bigint, toBlock: bigint) =>
      readOpenEscrows(client, { escrow, fromBlock, toBlock }),

    /** What a contract of the predecessor's is set to; null where the address has none. */
    live: (escrow: Address, fromBlock: bigint, toBlock: bigint) =>
      readLiveState(client, { escrow, fromBlock, toBlock }),

    /** An account, with its roles where there is a contract to ask. */
    account: async (address: Address, escrow: Address | null, blockNumber: bigint): Promise<Account> => {
      const [code, nonce, balance, has] = await Promise.all([
        client.getCode({ address, blockNumber }),
        client.getTransactionCount({ address, blockNumber }),
        client.getBalance({ address, blockNumber }),
        escrow === null
          ? []
          : Promise.all(
              ROLE_NAMES.map((role) =>
                client.readContract({
                  address: escrow,
                  abi: KUSTODIA_ESCROW_ABI,
                  functionName: 'hasRole',
                  args: [ROLE_IDS[role], address],
                  blockNumber,
                }),
              ),
            ),
      ]);
      return {
        address: getAddress(address),
        isContract: code !== undefined,
        isUsed: code !== undefined || nonce > 0 || balance > 0n,
        roles: new Set(ROLE_NAMES.filter((_, i) => has[i])),
      };
    },

    token: (token: Address, blockNumber: bigint) => readToken(client, { token, blockNumber }),

    /** Tries a call in the next block, and sends nothing. */
    simulate: async ({ from, to, data }: AdminCall): Promise<Simulated> => {
      try {
        return { gas: await client.estimateGas({ account: from, to, data, blockTag: 'pending' }) };
      } catch (error) {
        const refused = refusalOf(error);
        if (refused === null) throw error;
        return { refused };
      }
    },

    /** Wei a unit of gas: at most, with room for the base fee to rise. */
    fees: async (): Promise<Fees> => {
      const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas();
      return { maxFeePerGas, maxPriorityFeePerGas };
    },
    balance: (address: Address) => client.getBalance({ address }),
    minedNonce: (address: Address) => client.getTransactionCount({ address, blockTag: 'latest' }),
    pendingNonce: (address: Address) => client.getTransactionCount({ address, blockTag: 'pending' }),
    receipt: (hash: Hash) => receiptOf(client, hash),
    /** Whether the node has the transaction, in a block or waiting. */
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
    broadcast: (raw: Hex): Promise<Hash> => client.sendRawTransaction({ serializedTransaction: raw }),
  };
}

export type ContractDoor = ReturnType<typeof openContractDoor>;

/** The contract's own words for why it refuses; null where it was not the contract that did. */
function refusalOf(error: unknown): string | null {
  if (!(error instanceof BaseError) || error.walk((cause) => cause instanceof ExecutionRevertedError) === null)
    return null;
  const holder = error.walk((cause) => cause instanceof Error && 'data' in cause && isHex(cause.data));
  const data = holder && 'data' in holder && isHex(holder.data) ? holder.data : '0x';
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: KUSTODIA_ESCROW_ABI, data });
    return `${errorName}(${args.join(', ')})`;
  } catch {
    return error.shortMessage;
  }
}
