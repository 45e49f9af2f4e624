import {
  type Address,
  createPublicClient,
  formatLog,
  type Hex,
  http,
  parseEventLogs,
  type RpcLog,
  toEventSelector,
} from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../chain/abi/mxnb.ts';
import type { ChainEscrow, ChainFacts, Transfer } from './facts.ts';

const TIMEOUT_MS = 20_000;
/** Most providers give so many blocks at once: where one gives more, they are doubled again and again, and halved where it gives fewer. */
const FIRST_BLOCKS = 10_000n;
const MOST_BLOCKS = 10_000_000n;
const TRANSFER = toEventSelector('Transfer(address,address,uint256)');

export type AuditChainParameters = Readonly<{
  rpcUrl: string;
  token: Address;
  escrows: readonly Address[];
  bridge: Address;
  bridgesBefore?: readonly Address[];
  junoAddress: Address;
  /** The first block that may hold anything of ours. */
  startBlock: bigint;
}>;

/** A reader of the chain: logs and balances by RPC, all as of one block. It cannot sign. */
export function openAuditChain(parameters: AuditChainParameters): () => Promise<ChainFacts> {
  const contracts = parameters.escrows.map(lower);
  const [token, bridge, junoAddress] = [
    lower(parameters.token),
    lower(parameters.bridge),
    lower(parameters.junoAddress),
  ];
  const bridgesBefore = (parameters.bridgesBefore ?? []).map(lower);
  const client = createPublicClient({
    transport: http(parameters.rpcUrl, { timeout: TIMEOUT_MS, retryCount: 3 }),
    cacheTime: 0,
  });

  async function logsOf(address: Address | Address[], topics: (Hex | Hex[] | null)[], last: bigint): Promise<RpcLog[]> {
    const all: RpcLog[] = [];
    let step = FIRST_BLOCKS;
    let most = MOST_BLOCKS;
    for (let from = parameters.startBlock; from <= last; ) {
      const to = from + step - 1n < last ? from + step - 1n : last;
      try {
        const found = await client.request({
          method: 'eth_getLogs',
          params: [{ address, topics, fromBlock: hex(from), toBlock: hex(to) }],
        });
        for (const log of found) all.push(log);
        from = to + 1n;
        step = step * 2n < most ? step * 2n : most;
      } catch (error) {
        if (step === 1n) throw error;
        step /= 2n;
        most = step;
      }
    }
    return all;
  }

  return async () => {
    const { number, hash } = await client.getBlock({ blockTag: 'latest' });
    const holders = [bridge, ...bridgesBefore, ...contracts].map(padded);
    const [chainId, sent, received, events, bridgeUnits, escrowUnits] = await Promise.all([
      client.getChainId(),
      logsOf(token, [TRANSFER, holders], number),
      logsOf(token, [TRANSFER, null, holders], number),
      logsOf(contracts, [], number),
      balanceOf([bridge, ...bridgesBefore], number),
      balanceOf(contracts, number),
    ]);
    const logs = new Map<string, string>();
    const raw = new Map(
      [...sent, ...received, ...events].map((log) => [`${log.transactionHash}:${Number(log.logIndex)}`, log]),
    );
    for (const [place, { blockHash }] of raw) logs.set(place, blockHash ?? '');
    return {
      chainId,
      bridge,
      bridgesBefore,
      contracts,
      junoAddress,
      head: { number, hash },
      escrows: escrowsOf([...raw.values()].filter((log) => contracts.includes(lower(log.address)))),
      transfers: transfersOf([...raw.values()].filter((log) => lower(log.address) === token)),
      logs,
      bridgeUnits,
      escrowUnits,
    };
  };

  async function balanceOf(holders: readonly Address[], blockNumber: bigint): Promise<bigint> {
    const held = await Promise.all(
      holders.map((holder) =>
        client.readContract({ address: token, abi: MXNB_ABI, functionName: 'balanceOf', args: [holder], blockNumber }),
      ),
    );
    return held.reduce((sum, units) => sum + units, 0n);
  }
}

const transfersOf = (logs: readonly RpcLog[]): Transfer[] =>
  parseEventLogs({ abi: MXNB_ABI, eventName: 'Transfer', logs: logs.map((log) => formatLog(log)) }).map((log) => ({
    txHash: log.transactionHash ?? '',
    blockHash: log.blockHash ?? '',
    logIndex: log.logIndex ?? 0,
    from: lower(log.args.from),
    to: lower(log.args.to),
    units: log.args.value,
  }));

/** What each escrow became, by its own events in the order of the chain. Those events are the same in every version of the contract. */
function escrowsOf(logs: readonly RpcLog[]): ChainEscrow[] {
  const ordered = logs
    .map((log) => formatLog(log))
    .sort((a, b) => Number((a.blockNumber ?? 0n) - (b.blockNumber ?? 0n)) || (a.logIndex ?? 0) - (b.logIndex ?? 0));
  const escrows = new Map<string, ChainEscrow>();
  for (const { eventName, args, address, transactionHash } of parseEventLogs({
    abi: KUSTODIA_ESCROW_ABI,
    logs: ordered,
  })) {
    const contract = lower(address);
    const change = (id: bigint, to: Partial<ChainEscrow>) => {
      const escrow = escrows.get(`${contract}:${id}`);
      if (escrow) escrows.set(`${contract}:${id}`, { ...escrow, ...to });
    };
    switch (eventName) {
      case 'EscrowCreated': {
        const { escrowId, amount, clabe } = args;
        escrows.set(`${contract}:${escrowId}`, {
          contract,
          escrowId,
          // Version 2 says it nowhere else.
          reference: REFERENCE.test(clabe) ? clabe : null,
          units: amount,
          status: 'created',
          txHash: transactionHash ?? '',
        });
        break;
      }
      case 'EscrowReferenced':
        change(args.escrowId, { reference: args.ref.toLowerCase() });
        break;
      case 'EscrowFunded':
        change(args.escrowId, { status: 'funded' });
        break;
      case 'EscrowReleased':
        change(args.escrowId, { status: 'released' });
        break;
      case 'EscrowDisputed':
        change(args.escrowId, { status: 'disputed' });
        break;
      case 'EscrowDisputeResolved':
        change(args.escrowId, { status: 'funded' });
        break;
      case 'EscrowCancelled':
        change(args.escrowId, { status: 'cancelled' });
        break;
    }
  }
  return [...escrows.values()];
}

const REFERENCE = /^0x[0-9a-f]{64}$/;
const lower = (address: string) => address.toLowerCase() as Address;
const hex = (n: bigint): Hex => `0x${n.toString(16)}`;
const padded = (address: Address): Hex => `0x${address.slice(2).padStart(64, '0')}`;
