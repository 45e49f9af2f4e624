import type pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readCheckpoint } from '../../src/chain/indexed/readCheckpoint.ts';
import { readEscrowEvents } from '../../src/chain/indexed/readEscrowEvents.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { deployEscrows, referenceOf, type TestEscrows } from './escrows.ts';
import { environmentOf, launchIndexer, openPool, type TestIndexer } from './launch.ts';

const LONG_MS = 300_000;
const SOON = { timeout: 120_000, interval: 50 };
/** Of which Ponder keeps a cache, and goes back at least 240 blocks. */
const ARBITRUM_ONE = 42_161;
/** Far past what it holds for final. */
const DEEP = 700;

let postgres: TestPostgres;
let anvil: TestAnvil;
let escrows: TestEscrows;
let db: pg.Pool;
let environment: Record<string, string>;
let indexer: TestIndexer | undefined;
beforeAll(async () => {
  [postgres, anvil] = await Promise.all([startPostgres(), startAnvil({ chainId: ARBITRUM_ONE })]);
  escrows = await deployEscrows(anvil);
  const url = await postgres.createDatabase();
  db = openPool(url);
  environment = { ...environmentOf(anvil, escrows, url), CHAIN_ID: String(ARBITRUM_ONE) };
}, LONG_MS);
afterAll(async () => {
  await indexer?.stop();
  await db?.end();
  await Promise.all([anvil?.stop(), postgres?.stop()]);
}, LONG_MS);

const kindsOf = async (reference: string) =>
  (await readEscrowEvents(db, { references: [reference] })).map(({ kind }) => kind);
const MADE = ['created', 'referenced', 'funded'];
const untilHead = () =>
  vi.waitFor(
    async () => expect((await readCheckpoint(db)).blockNumber).toBe(await anvil.client.getBlockNumber()),
    SOON,
  );

test(
  'on Arbitrum One a reorganisation deeper than Ponder keeps is refused at the start; read anew, nothing of it comes back, from its cache neither',
  async () => {
    const [lost, kept] = [referenceOf(1), referenceOf(2)];
    const snapshot = await anvil.client.snapshot();
    await escrows.fund(lost);
    await anvil.client.mine({ blocks: DEEP });
    indexer = await launchIndexer(environment);
    expect(await kindsOf(lost)).toEqual(MADE);
    const { rows } = await db.query('SELECT count(*)::int AS logs FROM ponder_sync.logs');
    expect(rows[0]?.logs).toBeGreaterThan(0);
    await indexer.stop();

    await anvil.client.revert({ id: snapshot });
    await anvil.client.mine({ blocks: 1, interval: 9 });
    const { blockHash } = await escrows.fund(kept);
    await anvil.client.mine({ blocks: DEEP + 100 });
    indexer = undefined;
    await expect(launchIndexer(environment)).rejects.toThrow(
      /holds block \d+ for final[\s\S]*npm run indexer -- --anew/,
    );
    // A new build has no index of its own yet, and would be served the old events from the cache.
    await expect(launchIndexer({ ...environment, ESCROW_START_BLOCK: '1' })).rejects.toThrow(
      /holds block \d+ for final/,
    );
    indexer = await launchIndexer(environment, ['--anew']);
    expect(await kindsOf(kept)).toEqual(MADE);
    expect(await kindsOf(lost)).toEqual([]);
    expect((await readEscrowEvents(db, { references: [kept] })).every((event) => event.blockHash === blockHash)).toBe(
      true,
    );
  },
  LONG_MS,
);

test(
  'on Arbitrum One a reorganisation of 40 and of 200 blocks is followed while it runs',
  async () => {
    for (const depth of [40, 200]) {
      const [lost, kept] = [referenceOf(100 + depth), referenceOf(200 + depth)];
      const snapshot = await anvil.client.snapshot();
      await escrows.fund(lost);
      await anvil.client.mine({ blocks: depth - 1 });
      await untilHead();
      expect(await kindsOf(lost)).toEqual(MADE);
      await anvil.client.revert({ id: snapshot });
      await anvil.client.mine({ blocks: 1, interval: 9 });
      await escrows.fund(kept);
      await anvil.client.mine({ blocks: depth });
      await vi.waitFor(async () => expect([await kindsOf(lost), await kindsOf(kept)]).toEqual([[], MADE]), SOON);
    }
  },
  LONG_MS,
);
