import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { startProcess } from '../../src/local/process.ts';
import type { TestAnvil } from '../support/anvil.ts';
import { BRIDGE, JUNO, type TestEscrows } from './escrows.ts';

export const LAUNCHER = join(import.meta.dirname, '../../src/indexer/main.ts');
/** A killed Ponder keeps its schema for up to 25 s, and a backfill on a busy machine takes its time. */
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 20_000;

/** What an indexer of this chain and these contracts is told; one that is asked on demand has no websocket. */
export const environmentOf = (anvil: TestAnvil, { escrow, token }: TestEscrows, databaseUrl: string) => ({
  DATABASE_URL: databaseUrl,
  CHAIN_ID: '31337',
  ETH_RPC_URL: anvil.url,
  ESCROW_CONTRACT_ADDRESS: escrow,
  MXNB_CONTRACT_ADDRESS: token,
  ESCROW_BRIDGE_WALLET: BRIDGE.address,
  JUNO_DEPOSIT_ADDRESS: JUNO.address,
});

export type TestIndexer = Awaited<ReturnType<typeof launchIndexer>>;

/** Starts the real launcher on a free port, and waits until Ponder says that it is ready. Throws with what it printed when it ends before. */
export async function launchIndexer(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-indexer-'));
  const keeper = startKeeper(folder);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const indexer = await startProcess({
    name: 'indexer',
    args: [LAUNCHER, ...args],
    env: { ...env, INDEXER_PORT: String(port), PONDER_TELEMETRY_DISABLED: 'true' },
    folder,
    readyWhen: () =>
      fetch(`${url}/ready`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    keeper,
  }).catch(async (cause: unknown) => {
    await keeper.close();
    throw cause;
  });
  return {
    ...indexer,
    url,
    stop: async () => {
      const exit = await indexer.stop();
      await keeper.close();
      return exit;
    },
  };
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Whether a process still runs; a zombie has ended and only waits for a parent to notice. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

/** A pool whose connections may break: the test that stops its server is the one that says so. */
export function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 4 });
  pool.on('error', () => undefined);
  return pool;
}
