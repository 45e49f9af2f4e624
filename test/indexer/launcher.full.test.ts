import { createServer } from 'node:net';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IndexerNotReadyError } from '../../src/chain/indexed/errors.ts';
import { readCheckpoint } from '../../src/chain/indexed/readCheckpoint.ts';
import { readEscrowEvents } from '../../src/chain/indexed/readEscrowEvents.ts';
import { readTransfersTo } from '../../src/chain/indexed/readTransfersTo.ts';
import { BRIDGE, JUNO } from '../../src/local/anvil.ts';
import { type Chain, type Environment, isAlive, openWorld, referenceOf, soon, type World } from './world.ts';

/** What Ponder says when it finds the lock of another, and when it finds one that nobody has kept up for half a minute. */
const WAITED = 'Schema is locked';
const WAITED_OR_OVER = /Schema is locked|Detected crash recovery/;
/** Several starts of Ponder, each 4 to 7 s of work, on a machine that has other things to do. */
const LONG_MS = 240_000;
/** Past Ponder's finality on chain 31337 (30 blocks, in steps), so that the events come by the backfill. */
const FINAL_BLOCKS = 100;

let world: World;
let chain: Chain;
let databaseUrl: string;
let db: pg.Pool;
let environment: Environment;

beforeAll(async () => {
  world = await openWorld();
  chain = await world.startChain();
  databaseUrl = await world.createDatabase();
  db = world.openPool(databaseUrl);
  environment = world.environmentOf(chain, databaseUrl);
});
afterAll(() => world?.close());

const amountsOf = async (reference: string) =>
  (await readEscrowEvents(db, { references: [reference] })).map(({ kind, amount }) => [kind, amount]);
const made = (amount: bigint) => [
  ['created', amount],
  ['referenced', null],
  ['funded', amount],
];
const schemas = async (pool: pg.Pool) => {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE 'chain\\_%' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

describe('what it refuses', () => {
  test('a missing and a wrong setting: a line for each, and no value', async () => {
    const { ETH_RPC_URL: _missing, ...rest } = environment;
    const { code, output } = await world.runToEnd({ ...rest, MXNB_CONTRACT_ADDRESS: '0xsecret' });
    expect(code).toBe(1);
    expect(output).toContain('  ETH_RPC_URL: is missing (JSON-RPC of the chain)\n');
    expect(output).toContain('  MXNB_CONTRACT_ADDRESS: is not an address (the MXNB token)\n');
    expect(output).not.toContain('0xsecret');
  });

  test('an RPC of another chain', async () => {
    const { code, output } = await world.runToEnd({ ...environment, CHAIN_ID: '421614' });
    expect(code).toBe(1);
    expect(output).toContain('ETH_RPC_URL serves chain 31337, CHAIN_ID says 421614');
    expect(await schemas(db)).toEqual([]);
  });

  test('a port that is taken: which, and the setting that moves it', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
    const { code, output } = await world.runToEnd({ ...environment, INDEXER_PORT: String(port) });
    server.close();
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(output).toContain('INDEXER_PORT');
  });

  test('a database that does not answer', async () => {
    const { code, output } = await world.runToEnd({
      ...environment,
      DATABASE_URL: 'postgresql://a:hush@127.0.0.1:9/b',
    });
    expect(code).toBe(1);
    expect(output).toContain('Check DATABASE_URL');
    expect(output).not.toContain('hush');
  });
});

test('before it has ever run, readers are told so', async () => {
  await expect(readCheckpoint(db)).rejects.toBeInstanceOf(IndexerNotReadyError);
  await expect(readEscrowEvents(db, { references: [] })).rejects.toThrow(/npm run indexer/);
  await expect(
    readTransfersTo(db, { to: JUNO.address, token: JUNO.address, value: 1n, sinceBlock: 0n, limit: 1 }),
  ).rejects.toBeInstanceOf(IndexerNotReadyError);
});

test(
  'however it ends it takes Ponder along, misses nothing, and starts again at once unless Ponder itself was killed',
  async () => {
    const first = await world.startIndexer(environment);
    await chain.create(referenceOf('a'), 100n);
    await soon(async () => expect(await amountsOf(referenceOf('a'))).toEqual(made(100n)));
    expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(isAlive(first.ponderPid)).toBe(false);

    const second = await world.startIndexer(environment);
    expect(second.schema).toBe(first.schema);
    expect(second.output()).not.toContain(WAITED);
    process.kill(second.pid, 'SIGKILL');
    await second.exited;
    await chain.create(referenceOf('b'), 200n);
    await soon(() => expect(isAlive(second.ponderPid)).toBe(false));

    const third = await world.startIndexer(environment);
    expect(third.output()).not.toContain(WAITED);
    await soon(async () => expect(await amountsOf(referenceOf('b'))).toEqual(made(200n)));
    process.kill(third.ponderPid, 'SIGKILL');
    expect(await third.exited).toEqual({ code: 1, signal: null });

    const fourth = await world.startIndexer(environment);
    expect(fourth.output()).toMatch(WAITED_OR_OVER);
    await soon(async () => expect(await amountsOf(referenceOf('b'))).toEqual(made(200n)));
    expect(await amountsOf(referenceOf('a'))).toEqual(made(100n));
    expect(await fourth.stop('SIGINT')).toEqual({ code: 0, signal: null });
  },
  LONG_MS,
);

test(
  'another address is another schema; once the views have moved, all but the newest earlier one go',
  async () => {
    const [first] = await schemas(db);
    await db.query('CREATE SCHEMA chain_of_somebody_else');
    const moved: string[] = [];
    for (const address of [BRIDGE.address, chain.token]) {
      const indexer = await world.startIndexer({ ...environment, JUNO_DEPOSIT_ADDRESS: address });
      moved.push(indexer.schema);
      if (moved.length === 2) await soon(async () => expect(await schemas(db)).not.toContain(first));
      await indexer.stop();
    }
    expect(await schemas(db)).toEqual([...moved, 'chain_of_somebody_else'].toSorted());
    await db.query('DROP SCHEMA chain_of_somebody_else');
  },
  LONG_MS,
);

test(
  'a chain that is born anew under the same database is shown without the old one’s events',
  async () => {
    const url = await world.createDatabase();
    const pool = world.openPool(url);
    const eventsOf = (reference: string) => readEscrowEvents(pool, { references: [reference] });
    const old = await world.startChain();
    await old.create(referenceOf('a'), 100n);
    await old.client.mine({ blocks: FINAL_BLOCKS });
    const before = await world.startIndexer(world.environmentOf(old, url));
    expect(await eventsOf(referenceOf('a'))).toHaveLength(3);
    await before.stop();
    await old.stop();

    // The same accounts deploy the same contracts at the same addresses, and the same blocks have events.
    const reborn = await world.startChain();
    expect(reborn.escrow).toBe(old.escrow);
    expect(reborn.genesisHash).not.toBe(old.genesisHash);
    await reborn.create(referenceOf('b'), 200n);
    await reborn.client.mine({ blocks: FINAL_BLOCKS });
    const after = await world.startIndexer(world.environmentOf(reborn, url));
    expect(after.schema).not.toBe(before.schema);
    expect(await eventsOf(referenceOf('b'))).toHaveLength(3);
    expect(await eventsOf(referenceOf('a'))).toEqual([]);
    const { rows } = await pool.query<{ count: string }>('SELECT count(*) FROM indexed.token_transfer');
    // Kustodia's float, the mint for the bridge, and the escrow's pull.
    expect(rows[0]?.count).toBe('3');
    await after.stop();
  },
  LONG_MS,
);
