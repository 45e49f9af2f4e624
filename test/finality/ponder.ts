import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { readProgress } from '../../src/chain/indexed/readProgress.ts';
import { childrenOf, environmentOf, launchIndexer, type TestIndexer } from '../indexer/launch.ts';
import type { TestPostgres } from '../support/postgres.ts';
import { openWorldOver, type ParametersOfWorld, type PlaceOfIndexer } from './world.ts';

const LOOK_AGAIN_MS = 25;
/** Generous: the machine may be busy, and a condition that holds ends the wait. */
const PATIENCE_MS = 120_000;
/** What Ponder writes into its log when it cannot go back as far as the chain did. */
const UNRECOVERABLE = 'Encountered unrecoverable reorg';

/** The real indexer, as `npm run indexer` starts it, over the place of a test. */
async function openPonder({ pool, anvil, contracts, databaseUrl, rpcUrl }: PlaceOfIndexer) {
  const settings = { ...environmentOf(anvil, contracts, databaseUrl), ETH_RPC_URL: rpcUrl };
  let deployed = 0;
  let running: TestIndexer | null = null;
  const launch = (args: readonly string[] = []) =>
    launchIndexer({ ...settings, ESCROW_START_BLOCK: String(deployed) }, args);
  const one = () => {
    if (!running) throw new Error('no indexer runs');
    return running;
  };
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = null;
  };
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    const [ponder] = childrenOf(one().pid);
    if (!ponder) throw new Error('the launcher has no Ponder');
    process.kill(ponder, name);
  };

  /** Whether the views show the chain as it is now. */
  const showsNow = async (): Promise<boolean> => {
    const { checkpoint, newest } = (await readProgress(pool).catch(() => null)) ?? { checkpoint: null, newest: null };
    const head = await anvil.client.getBlock();
    if (checkpoint?.blockNumber !== head.number || checkpoint.timestamp !== Number(head.timestamp)) return false;
    return !newest || (await anvil.client.getBlock({ blockNumber: newest.blockNumber })).hash === newest.blockHash;
  };
  const untilTrue = async (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (performance.now() > deadline)
        throw new Error(`waited in vain for ${what}: ${running?.output().slice(-2_000) ?? 'no indexer runs'}`);
      await delay(LOOK_AGAIN_MS);
    }
  };
  const sync = () => untilTrue('the indexer to show the chain', showsNow);

  running = await launch();
  await sync();
  return {
    sync,
    stop,
    pause: () => signal('SIGSTOP'),
    goOn: () => signal('SIGCONT'),
    isReady: async (): Promise<boolean> => (await fetch(`${one().url}/ready`)).ok,
    /** Waits until it has followed a reorganisation, or says that it cannot. */
    outcome: async (): Promise<'followed' | 'stuck'> => {
      let outcome: 'followed' | 'stuck' | null = null;
      await untilTrue('an end of the reorganisation', async () => {
        if (one().output().includes(UNRECOVERABLE)) outcome = 'stuck';
        else if (await showsNow()) outcome = 'followed';
        return outcome !== null;
      });
      return outcome ?? 'stuck';
    },
    /** Stops it and starts it again, as a supervisor does. Throws with what it printed when it refuses. */
    restart: async (args: readonly string[] = []): Promise<void> => {
      await stop();
      running = await launch(args);
    },
    /** Another build: it reads the chain under a schema of its own, beside the old one, which ends when the views show the new. */
    redeploy: async (): Promise<void> => {
      deployed++;
      const next = await launch();
      await running?.stop();
      running = next;
    },
    schema: async (): Promise<string> => {
      const { rows } = await pool.query<{ schema: string }>(
        `SELECT table_schema AS schema FROM information_schema.view_table_usage WHERE view_schema = 'indexed' AND view_name = 'escrow_event'`,
      );
      return rows[0]?.schema ?? '';
    },
    /** Each row that it shows is of a block that the chain has. */
    expectTruth: async (): Promise<void> => {
      const { rows } = await pool.query<{ number: string; hash: string }>(
        `SELECT block_number::text AS number, block_hash AS hash FROM indexed.escrow_event
         UNION SELECT block_number::text, block_hash FROM indexed.token_transfer`,
      );
      expect(rows.length).toBeGreaterThan(0);
      for (const { number, hash } of rows)
        expect((await anvil.client.getBlock({ blockNumber: BigInt(number) })).hash).toBe(hash);
    },
  };
}

/** A world in which nothing is played: the indexer is Ponder itself. */
export const openPonderWorld = (postgres: TestPostgres, parameters: ParametersOfWorld = {}) =>
  openWorldOver(postgres, openPonder, parameters);

export type PonderWorld = Awaited<ReturnType<typeof openPonderWorld>>;
