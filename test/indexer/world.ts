import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createTestClient, type Hex, http, publicActions, walletActions } from 'viem';
import { foundry } from 'viem/chains';
import { vi } from 'vitest';
import { z } from 'zod';
import { buildContracts } from '../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MOCK_MXNB_ABI, MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { ROLE_IDS } from '../../src/chain/contract/roles.ts';
import { ADMIN, APPROVER, BRIDGE, JUNO } from '../../src/local/anvil.ts';
import { deployContracts } from '../../src/local/contracts.ts';
import { type Keeper, startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { type LocalProcess, startProcess } from '../../src/local/process.ts';
import { minedReceipt } from '../../src/local/receipt.ts';
import { startPostgres } from '../support/postgres.ts';

const LAUNCHER = join(import.meta.dirname, '../../src/indexer/main.ts');
const MNEMONIC = 'test test test test test test test test test test test junk';
/** A restart after a kill of Ponder itself waits up to 25 s for its lock. */
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;
/** Far longer than anything takes; a busy machine is no failure. */
const SOON_MS = 20_000;
const FUNDS = 1_000_000_000n;

/** Waits until `check` no longer throws; what it answers. */
export const soon = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: SOON_MS, interval: 50 });

export const lower = (address: Hex): Hex => address.toLowerCase() as Hex;
export const referenceOf = (digit: string): Hex => `0x${digit.repeat(64)}`;

export type Environment = Readonly<Record<string, string>>;

/** An empty chain with the contracts on it, at `port`, with funds for the bridge. Mines at each transaction, or every second. */
export async function startChain(local: { folder: string; keeper: Keeper }, port: number, blockTime_s?: number) {
  const url = `http://127.0.0.1:${port}`;
  const client = createTestClient({ chain: foundry, mode: 'anvil', transport: http(url), pollingInterval: 50 })
    .extend(publicActions)
    .extend(walletActions);
  const process_ = await startProcess({
    ...local,
    name: 'anvil',
    command: createRequire(import.meta.url).resolve(
      `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}/bin/anvil`,
    ),
    args: [
      ...['--port', String(port), '--mnemonic', MNEMONIC, '--silent'],
      ...(blockTime_s === undefined ? [] : ['--block-time', String(blockTime_s)]),
    ],
    readyWhen: () =>
      client.getChainId().then(
        () => true,
        () => false,
      ),
  });
  const { hash: genesisHash } = await client.getBlock({ blockNumber: 0n });
  const anvil = { ...process_, url, wsUrl: `ws://127.0.0.1:${port}`, client, genesisHash };
  const { escrow, token } = await deployContracts(anvil as unknown as Parameters<typeof deployContracts>[0]);

  const mined = async (hash: Hex) => {
    const receipt = await minedReceipt(client, hash);
    if (receipt.status !== 'success') throw new Error(`transaction ${hash} failed`);
    return receipt;
  };
  const onEscrow = { address: escrow, abi: KUSTODIA_ESCROW_ABI } as const;
  const onToken = { address: token, abi: [...MXNB_ABI, ...MOCK_MXNB_ABI] } as const;
  const chain = {
    ...anvil,
    escrow,
    token,
    create: async (ref: Hex, amount: bigint, custodySeconds = 1n) =>
      mined(
        await client.writeContract({
          ...onEscrow,
          account: BRIDGE,
          functionName: 'createAndFund',
          args: [ref, token, amount, custodySeconds],
        }),
      ),
    /** Waits, by the chain's own clock, until the custody is over. */
    release: async (id: bigint) => {
      await client.increaseTime({ seconds: 60 });
      return mined(await client.writeContract({ ...onEscrow, account: BRIDGE, functionName: 'release', args: [id] }));
    },
    dispute: async (id: bigint, reason: string) =>
      mined(await client.writeContract({ ...onEscrow, account: BRIDGE, functionName: 'dispute', args: [id, reason] })),
    /** Waits, by the chain's own clock, until the custody is over: before it only an approver decides for the buyer. */
    resolve: async (id: bigint, inFavorOfSeller: boolean) => {
      await client.increaseTime({ seconds: 60 });
      return mined(
        await client.writeContract({
          ...onEscrow,
          account: BRIDGE,
          functionName: 'resolveDispute',
          args: [id, inFavorOfSeller],
        }),
      );
    },
    /** The admin names another recipient, an approver gives the new escrow to it, and lets it end before its deadline. */
    redirectAndReleaseEarly: async (ref: Hex, payee: Hex) => {
      const write = async (account: typeof BRIDGE, functionName: string, args: readonly unknown[]) =>
        mined(await client.writeContract({ ...onEscrow, account, functionName, args } as never));
      await write(ADMIN, 'grantRole', [ROLE_IDS.approver, APPROVER.address]);
      await write(BRIDGE, 'createAndFund', [ref, token, 5n, 86_400n]);
      await write(ADMIN, 'scheduleSettlement', [payee]);
      const escrowId = await client.readContract({ ...onEscrow, functionName: 'escrowIdOf', args: [ref] });
      await write(APPROVER, 'redirect', [[escrowId], payee]);
      const expiry = 4_000_000_000n;
      const fields = ['uint256 escrowId', 'bytes32 ref', 'uint24 disputes', 'uint64 expiry'];
      const signature = await APPROVER.signTypedData({
        domain: { name: 'KustodiaEscrow', version: '3', chainId: foundry.id, verifyingContract: escrow },
        types: {
          ReleaseEarly: fields.map((field) => ({ type: field.split(' ')[0] ?? '', name: field.split(' ')[1] ?? '' })),
        },
        primaryType: 'ReleaseEarly',
        message: { escrowId, ref, disputes: 0, expiry },
      });
      await write(BRIDGE, 'releaseEarly', [escrowId, APPROVER.address, expiry, signature]);
      return { escrowId, approver: APPROVER.address };
    },
    pause: async () => mined(await client.writeContract({ ...onEscrow, account: ADMIN, functionName: 'pause' })),
    unpause: async () => mined(await client.writeContract({ ...onEscrow, account: ADMIN, functionName: 'unpause' })),
    blacklist: async (account: Hex) =>
      mined(await client.writeContract({ ...onToken, account: ADMIN, functionName: 'blacklist', args: [account] })),
    transfer: async (from: typeof BRIDGE, to: Hex, amount: bigint) =>
      mined(await client.writeContract({ ...onToken, account: from, functionName: 'transfer', args: [to, amount] })),
  };
  await mined(
    await client.writeContract({ ...onToken, account: JUNO, functionName: 'mint', args: [BRIDGE.address, FUNDS] }),
  );
  await mined(
    await client.writeContract({ ...onToken, account: BRIDGE, functionName: 'approve', args: [escrow, FUNDS] }),
  );
  return chain;
}

export type Chain = Awaited<ReturnType<typeof startChain>>;

/** What `npm run indexer` prints when Ponder starts. */
const STARTING = z.object({ event: z.literal('starting'), schema: z.string(), ponderPid: z.number() });

export type Indexer = LocalProcess & Readonly<{ url: string; schema: string; ponderPid: number }>;

/** Postgres, folder and keeper for the tests of one file, and the indexers and chains started in it. */
export async function openWorld() {
  await buildContracts();
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-indexer-'));
  const keeper = startKeeper(folder);
  const postgres = await startPostgres();
  const running: LocalProcess[] = [];
  const pools: pg.Pool[] = [];

  const environmentOf = (chain: Chain, databaseUrl: string): Environment => ({
    DATABASE_URL: databaseUrl,
    CHAIN_ID: String(foundry.id),
    ETH_RPC_URL: chain.url,
    ESCROW_CONTRACT_ADDRESS: chain.escrow,
    MXNB_CONTRACT_ADDRESS: chain.token,
    ESCROW_BRIDGE_WALLET: BRIDGE.address,
    JUNO_DEPOSIT_ADDRESS: JUNO.address,
  });

  return {
    environmentOf,
    createDatabase: postgres.createDatabase,
    openPool: (url: string): pg.Pool => {
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      pool.on('error', () => undefined);
      pools.push(pool);
      return pool;
    },
    startChain: async (options: { port?: number; blockTime_s?: number } = {}) => {
      const chain = await startChain({ folder, keeper }, options.port ?? (await freePort()), options.blockTime_s);
      running.push(chain);
      return chain;
    },
    startIndexer: async (environment: Environment): Promise<Indexer> => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const launcher = await startProcess({
        name: 'indexer',
        args: [LAUNCHER],
        env: { ...environment, INDEXER_PORT: String(port) },
        folder,
        keeper,
        readyWhen: () =>
          fetch(`${url}/ready`).then(
            ({ ok }) => ok,
            () => false,
          ),
        readyTimeoutMs: READY_TIMEOUT_MS,
        stopTimeoutMs: STOP_TIMEOUT_MS,
      });
      running.push(launcher);
      const line = launcher
        .output()
        .split('\n')
        .find((text) => text.includes('"event":"starting"'));
      return { ...launcher, url, ...STARTING.parse(JSON.parse(line ?? '{}')) };
    },
    /** Runs the launcher with settings that it must refuse, to its end. */
    runToEnd: async (environment: Environment): Promise<{ code: number | null; output: string }> => {
      const launcher = await startProcess({
        name: 'refused',
        args: [LAUNCHER],
        env: environment,
        folder,
        keeper,
        readyWhen: () => true,
      });
      const { code } = await launcher.exited;
      return { code, output: launcher.output() };
    },
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      for (const part of running.toReversed()) await part.stop();
      await postgres.stop();
      await keeper.close();
    },
  };
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** Whether a process with this id still exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Asks the indexer's GraphQL. */
export async function ask(url: string, query: string): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const answer = z.object({ data: z.unknown(), errors: z.unknown().optional() }).parse(await response.json());
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}
