import { createHash } from 'node:crypto';
import {
  custom,
  type Hex,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerialized,
  type Transport,
} from 'viem';
import { z } from 'zod';
import type { Chance } from './chance.ts';
import { type Addresses, createContracts, encodeLog, type Log, Reverted } from './contracts.ts';
import type { Faults } from './faults.ts';
import { CHAIN_ID } from './moments.ts';
import type { Time } from './time.ts';

/** Deeper than the deepest reorganisation that is drawn. */
const FINALIZED_BLOCKS = 320;
const GAS = '0x30d40';
const FEE = 100_000_000n;
const BALANCE = '0x56bc75e2d63100000';

type Transaction = Readonly<{ hash: Hex; from: string; nonce: number; to: string; data: Hex }>;
export type Mined = Transaction &
  Readonly<{ block: number; logs: readonly (Log & { index: number })[]; isSuccess: boolean; undo: () => void }>;

export type ChainParameters = Readonly<{
  time: Time;
  chance: Chance;
  faults: Faults;
  addresses: Addresses;
  genesis_s: number;
  /** The chain’s clock less ours. */
  skew_s: number;
  onMined: (mined: Mined) => void;
  onReorg: (fromBlock: number) => void;
}>;

const TAKEN = z.object({ to: z.string(), data: z.string().optional() });
const TOPIC = z.union([z.string(), z.array(z.string()), z.null()]);
const ADDRESSES = z.union([z.string(), z.array(z.string())]);
const WANTED = z.object({ address: ADDRESSES, topics: z.array(TOPIC), fromBlock: z.string(), toBlock: z.string() });
const hex = (value: number | bigint): Hex => `0x${value.toString(16)}`;
const hash = (...parts: unknown[]): Hex => `0x${createHash('sha256').update(parts.join('|')).digest('hex')}`;

/**
 * A chain in this process behind the door’s own transport: a block a second, of which only those with transactions are kept; a
 * block’s hash is a function of its number and of the fork that it is of. Transactions wait in a mempool and are mined in the
 * order of their nonces; a reorganisation takes them out again, and some are forgotten until they are handed over once more.
 */
export function createChain(parameters: ChainParameters) {
  const { time, chance, faults, addresses, genesis_s, skew_s } = parameters;
  const contracts = createContracts(addresses);
  const mempool = new Map<Hex, Transaction>();
  const mined: Mined[] = [];
  const byHash = new Map<Hex, Mined>();
  const nonces = new Map<string, number>();
  const forks: { from: number; salt: number }[] = [{ from: 0, salt: 0 }];
  let logs = { block: 0, count: 0 };

  const now_s = () => Math.floor(time.now_ms() / 1000) + skew_s;
  const head = () => now_s() - genesis_s;
  const blockHash = (number: number): Hex =>
    hash('block', number, forks.findLast(({ from }) => from <= number)?.salt ?? 0);
  const nonceOf = (account: string) => nonces.get(account) ?? 0;

  function mine(): void {
    for (;;) {
      const next = [...mempool.values()].find(({ from, nonce }) => nonce === nonceOf(from));
      if (!next) return;
      mempool.delete(next.hash);
      const block = head();
      if (logs.block !== block) logs = { block, count: 0 };
      const done = attempt(next, now_s());
      nonces.set(next.from, next.nonce + 1);
      const one: Mined = {
        ...next,
        block,
        isSuccess: done !== null,
        logs: (done?.logs ?? []).map((log) => ({ ...log, index: logs.count++ })),
        undo: done?.undo ?? (() => undefined),
      };
      mined.push(one);
      byHash.set(next.hash, one);
      // One that was replaced can never be mined any more.
      for (const other of mempool.values())
        if (other.from === next.from && other.nonce <= next.nonce) mempool.delete(other.hash);
      parameters.onMined(one);
    }
  }

  function attempt(call: Transaction, at_s: number) {
    try {
      return contracts.execute(call, at_s);
    } catch (error) {
      if (error instanceof Reverted) return null;
      throw error;
    }
  }

  function take(transaction: Transaction): void {
    mempool.set(transaction.hash, transaction);
    const draws = chance.next(`mine ${transaction.hash}`);
    const isSlow = faults.strikes('slow_block', draws);
    time.after(draws.int(250, 3_000) + (isSlow ? draws.int(60_000, 240_000) : 0), `mine ${transaction.hash}`, () => {
      if (mempool.has(transaction.hash)) mine();
    });
  }

  function reorganise(depth: number): void {
    const from = head() - depth + 1;
    forks.push({ from, salt: forks.length });
    while ((mined.at(-1)?.block ?? -1) >= from) {
      const one = mined.pop();
      if (!one) break;
      one.undo();
      byHash.delete(one.hash);
      nonces.set(one.from, one.nonce);
      const draws = chance.next(`reorg ${one.hash}`);
      if (one.from === addresses.bridge && faults.strikes('forgotten', draws)) continue;
      take(one);
    }
    parameters.onReorg(from);
  }

  const logsOf = (one: Mined) =>
    one.logs.map((log) => ({
      ...encodeLog(log, addresses),
      blockNumber: hex(one.block),
      blockHash: blockHash(one.block),
      transactionHash: one.hash,
      transactionIndex: '0x0',
      logIndex: hex(log.index),
      removed: false,
    }));
  const receiptOf = (one: Mined) => ({
    transactionHash: one.hash,
    blockHash: blockHash(one.block),
    blockNumber: hex(one.block),
    transactionIndex: '0x0',
    status: one.isSuccess ? '0x1' : '0x0',
    from: one.from,
    to: one.to,
    contractAddress: null,
    cumulativeGasUsed: GAS,
    gasUsed: GAS,
    effectiveGasPrice: hex(FEE),
    logsBloom: '0x',
    type: '0x2',
    logs: logsOf(one),
  });
  const blockOf = (number: number) =>
    number < 0 || number > head()
      ? null
      : {
          number: hex(number),
          hash: blockHash(number),
          timestamp: hex(genesis_s + number),
          baseFeePerGas: hex(FEE),
          transactions: [],
        };

  async function sendRaw(raw: Hex): Promise<Hex> {
    const transaction = await readSigned(raw);
    await contracts.prepare(transaction);
    if (mempool.has(transaction.hash)) throw new Error('already known');
    if (transaction.nonce < nonceOf(transaction.from)) throw new Error('nonce too low');
    take(transaction);
    return transaction.hash;
  }

  const numberOf = (tag: unknown): number => {
    if (tag === 'finalized') return head() - FINALIZED_BLOCKS;
    return typeof tag === 'string' && tag.startsWith('0x') ? Number(tag) : head();
  };
  const METHODS: Record<string, (params: readonly unknown[]) => unknown> = {
    eth_chainId: () => hex(CHAIN_ID),
    eth_blockNumber: () => hex(head()),
    eth_getBlockByNumber: ([tag]) => blockOf(numberOf(tag)),
    eth_getTransactionCount: ([account, tag]) => {
      const until = numberOf(tag);
      const own = mined.filter(({ from }) => from === String(account).toLowerCase());
      return hex(
        until >= head() ? nonceOf(String(account).toLowerCase()) : own.filter((one) => one.block <= until).length,
      );
    },
    eth_getTransactionReceipt: ([transaction]) => {
      const one = byHash.get(transaction as Hex);
      return one ? receiptOf(one) : null;
    },
    eth_getTransactionByHash: () => null,
    eth_getLogs: ([filter]) => {
      const { address, topics, fromBlock, toBlock } = WANTED.parse(filter);
      const [from, to] = [Number(fromBlock), Number(toBlock)];
      return mined
        .filter(({ block }) => block >= from && block <= to)
        .flatMap(logsOf)
        .filter(
          (log) =>
            [address].flat().includes(log.address) &&
            topics.every((wanted, at) => wanted === null || [wanted].flat().includes(log.topics[at] ?? '')),
        );
    },
    eth_getBalance: () => BALANCE,
    eth_maxPriorityFeePerGas: () => '0x1',
    eth_gasPrice: () => hex(FEE),
    eth_estimateGas: async ([call]) => {
      const { to, data = '0x' } = TAKEN.parse(call);
      const asked = { from: addresses.bridge, to: to.toLowerCase(), data: data as Hex };
      await contracts.prepare(asked);
      contracts.execute(asked, now_s()).undo();
      return GAS;
    },
    eth_call: ([call]) => {
      const { to, data } = TAKEN.parse(call);
      return contracts.view({ to: to.toLowerCase(), data: (data ?? '0x') as Hex });
    },
    eth_sendRawTransaction: ([raw]) => sendRaw(raw as Hex),
  };

  return {
    contracts,
    now_s,
    head,
    blockHash,
    reorganise,
    isMined: (transaction: Hex) => byHash.get(transaction)?.isSuccess === true,
    /** Sends from an account that is not the bridge’s: Juno’s. Answers the hash. */
    send: (from: string, to: string, data: Hex): Hex => {
      const waiting = [...mempool.values()].filter((one) => one.from === from).map(({ nonce }) => nonce + 1);
      const nonce = Math.max(nonceOf(from), ...waiting);
      const transaction = { hash: hash('transaction', from, nonce, to, data), from, nonce, to, data };
      take(transaction);
      return transaction.hash;
    },
    /** JSON-RPC as one process reaches it. `enter` throws where it does not answer, and never answers a dead process. */
    transport: (enter: (method: string) => Promise<void>): Transport =>
      custom(
        {
          request: async ({ method, params }: { method: string; params?: unknown }) => {
            await enter(method);
            const work = METHODS[method];
            if (!work) throw new Error(`the simulated chain knows no ${method}`);
            return work((params ?? []) as unknown[]);
          },
        },
        { retryCount: 0 },
      ),
  };
}

export type Chain = ReturnType<typeof createChain>;

async function readSigned(raw: Hex): Promise<Transaction> {
  const { data, nonce, to } = parseTransaction(raw);
  const from = await recoverTransactionAddress({ serializedTransaction: raw as TransactionSerialized });
  return {
    hash: keccak256(raw),
    from: from.toLowerCase(),
    nonce: nonce ?? 0,
    to: String(to).toLowerCase(),
    data: data ?? '0x',
  };
}
