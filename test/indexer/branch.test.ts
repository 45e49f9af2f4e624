import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { assertSameBranch } from '../../src/indexer/branch.ts';
import { readBlock } from '../../src/indexer/chain.ts';
import { dropSchemas } from '../../src/indexer/database.ts';
import { IndexerStartError, readEnvironment } from '../../src/indexer/environment.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { BRIDGE, JUNO } from './escrows.ts';
import { environmentOf } from './launch.ts';

/** What a build of the indexer leaves, as far as it is looked at. */
const SCHEMA = 'chain_0123456789ab';
const FINAL = 3n;
const CHAIN_ID = 31_337;

let postgres: TestPostgres;
let anvil: TestAnvil;
let db: pg.Client;
beforeAll(async () => {
  [postgres, anvil] = await Promise.all([startPostgres(), startAnvil()]);
  await anvil.client.mine({ blocks: 6, interval: 7 });
});
afterAll(async () => {
  await anvil?.stop();
  await postgres?.stop();
});
beforeEach(async () => {
  db = new pg.Client({ connectionString: await postgres.createDatabase() });
  await db.connect();
  return () => db.end();
});

const env = () =>
  readEnvironment(environmentOf(anvil, { escrow: BRIDGE.address, token: JUNO.address } as never, postgres.url));
const assertSame = () =>
  assertSameBranch(db, { schema: SCHEMA, chainId: CHAIN_ID }, (number) => readBlock(env(), number));
const blockAt = (blockNumber: bigint) => anvil.client.getBlock({ blockNumber });

/** An index that is final up to a block of this time. */
async function givenIndex({ seconds = 0n, number = FINAL }: { seconds?: bigint; number?: bigint } = {}) {
  const { timestamp } = await blockAt(FINAL);
  await db.query(`CREATE SCHEMA ${SCHEMA}; CREATE TABLE ${SCHEMA}._ponder_checkpoint (finalized_checkpoint text)`);
  for (const table of ['escrow_event', 'token_transfer', 'admin_event'])
    await db.query(`CREATE TABLE ${SCHEMA}.${table} (block_number numeric(78,0), block_hash text)`);
  const text = `${String(timestamp + seconds).padStart(10, '0')}${'31337'.padStart(16, '0')}${String(number).padStart(16, '0')}`;
  await db.query(`INSERT INTO ${SCHEMA}._ponder_checkpoint VALUES ($1)`, [text.padEnd(75, '9')]);
}
const give = async (table: string, number: bigint, hash?: string) =>
  db.query(`INSERT INTO ${SCHEMA}.${table} VALUES ($1, $2)`, [String(number), hash ?? (await blockAt(number)).hash]);

describe('an index that a restart would keep', () => {
  test('is good where there is none yet, and where its final block and its newest events are on the chain', async () => {
    await assertSame();
    await givenIndex();
    await assertSame();
    await give('escrow_event', 2n);
    await give('token_transfer', 3n);
    // Above the final block Ponder drops by itself what it holds.
    await give('escrow_event', 4n, '0xgone');
    await assertSame();
  });

  test.each(['escrow_event', 'token_transfer', 'admin_event'])(
    'is refused where %s has an event of a block that the chain does not have',
    async (table) => {
      await givenIndex();
      await give(table, 1n);
      await give(table, 2n, '0xgone');
      await expect(assertSame()).rejects.toThrow(IndexerStartError);
      await expect(assertSame()).rejects.toThrow(
        /holds block 2 for final.*nothing was started, and money waits.*node is behind.*npm run indexer -- --anew/,
      );
    },
  );

  test('is refused where Ponder’s cache has such a block, which a new build would be served; one of another chain is no matter', async () => {
    await db.query(
      `CREATE SCHEMA ponder_sync; CREATE TABLE ponder_sync.blocks (chain_id bigint, number bigint, hash varchar(66))`,
    );
    const cache = (chainId: number, number: bigint, hash: string) =>
      db.query('INSERT INTO ponder_sync.blocks VALUES ($1, $2, $3)', [chainId, String(number), hash]);
    await cache(CHAIN_ID, 1n, (await blockAt(1n)).hash);
    await cache(42_161, 5n, '0xother');
    await assertSame();
    await cache(CHAIN_ID, 4n, '0xgone');
    await expect(assertSame()).rejects.toThrow(/holds block 4 for final/);
  });

  test('is refused where its final block has another time, though no event lies there', async () => {
    await givenIndex({ seconds: 1n });
    await expect(assertSame()).rejects.toThrow(/holds block 3 for final/);
  });

  test('is refused where the chain ends below its final block', async () => {
    await givenIndex({ number: 900n });
    await expect(assertSame()).rejects.toThrow(/holds block 900 for final.*node is behind/);
  });
});

test('to begin anew drops every build of ours and nobody else’s, but none that a live Ponder holds', async () => {
  const now = () => 1_000_000;
  const names = ['chain_0123456789ab', 'chain_ba9876543210', 'chain_of_another'];
  for (const name of names)
    await db.query(`CREATE SCHEMA ${name}; CREATE TABLE ${name}._ponder_meta (key text, value jsonb)`);
  const hold = (app: object) =>
    db.query(`INSERT INTO chain_0123456789ab._ponder_meta VALUES ('app', $1)`, [JSON.stringify(app)]);
  await hold({ is_locked: 1, heartbeat_at: now() - 20_000 });
  const left = async () => {
    const text = `SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'chain%' ORDER BY 1`;
    return (await db.query<{ schema_name: string }>(text)).rows.map(({ schema_name }) => schema_name);
  };
  expect(await dropSchemas(db, now)).toBe('chain_0123456789ab');
  expect(await left()).toContain('chain_0123456789ab');
  // It has been silent for longer than a live one ever is.
  expect(await dropSchemas(db, () => now() + 10_000)).toBeNull();
  expect(await left()).toEqual(['chain_of_another']);
});
