import type { Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openChain } from '../../src/chain/door.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { chainPin } from '../../src/reactor/db/schema.ts';
import { createWatchdog } from '../../src/reactor/watch/watchdog.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { openTestDatabase } from '../support/fixtures.ts';
import { openIndexed } from '../support/indexed.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const ADDRESS = `0x${'1'.repeat(40)}` as Hex;
const LAG_BOUND_S = 15;

let postgres: TestPostgres;
let anvil: TestAnvil;
let db: Db;
let indexed: Awaited<ReturnType<typeof openIndexed>>;
let clock_ms: number;
beforeAll(async () => {
  [postgres, anvil] = await Promise.all([startPostgres(), startAnvil()]);
  await anvil.client.mine({ blocks: 3 });
});
afterAll(async () => {
  await db?.$client.end();
  await anvil?.stop();
  await postgres?.stop();
});
beforeEach(async () => {
  await db?.$client.end();
  db = await openTestDatabase(await postgres.createDatabase());
  indexed = await openIndexed(db);
  clock_ms = 0;
  const { hash } = await anvil.client.getBlock({ blockNumber: 0n });
  await db.insert(chainPin).values({ chainId: 31337, genesisHash: hash, blockNumber: 0, blockHash: hash });
});

const open = (rpcUrl = anvil.url) =>
  createWatchdog({
    db,
    chain: openChain({ chainId: 31337, rpcUrl, escrow: ADDRESS, token: ADDRESS }),
    lagBound_s: LAG_BOUND_S,
    now: () => new Date(clock_ms),
    onHead: () => undefined,
    onReorg: () => undefined,
  });
const looked = async (watchdog = open()) => {
  await watchdog.look();
  return watchdog.current();
};
const head = () => anvil.client.getBlock();

describe('money goes on', () => {
  test('while the indexer is as far as the RPC and shows its blocks', async () => {
    const { number, hash, timestamp } = await head();
    await indexed.standsAt(number, Number(timestamp));
    await indexed.shows(number, hash);
    expect(await looked()).toMatchObject({ trouble: null, headNumber: number, indexedNumber: number });
  });
  test('again by itself, once the indexer has caught up', async () => {
    const { number, timestamp } = await head();
    const watchdog = open();
    await indexed.standsAt(number - 1n, Number(timestamp) - LAG_BOUND_S - 1);
    expect((await looked(watchdog)).trouble).toMatch(/the indexer to catch up/);
    await indexed.standsAt(number, Number(timestamp));
    expect((await looked(watchdog)).trouble).toBeNull();
  });
});

describe('money waits', () => {
  test('before the first look, and while the indexer has never said how far it is', async () => {
    expect(open().current().trouble).not.toBeNull();
    expect((await looked()).trouble).toBe('the indexer to be ready');
  });
  test('while the indexer is behind by more than its bound', async () => {
    const { number, timestamp } = await head();
    await indexed.standsAt(number - 1n, Number(timestamp) - LAG_BOUND_S - 1);
    expect((await looked()).trouble).toMatch(/it is 16 s and 1 blocks behind/);
  });
  test('while the indexer is further than the RPC: it has seen another chain', async () => {
    const { number, timestamp } = await head();
    await indexed.standsAt(number + 6n, Number(timestamp));
    expect((await looked()).trouble).toMatch(/the RPC only at/);
  });
  test('while the indexer shows an event in a block that the RPC does not have', async () => {
    const { number, timestamp } = await head();
    await indexed.standsAt(number, Number(timestamp));
    await indexed.shows(number, `0x${'0'.repeat(64)}`);
    expect((await looked()).trouble).toMatch(/they have different blocks/);
  });
  test('where the chain is not the one that was acted on, whatever the indexer shows', async () => {
    const { number, timestamp } = await head();
    await indexed.standsAt(number, Number(timestamp));
    await db.update(chainPin).set({ genesisHash: `0x${'0'.repeat(64)}` });
    expect((await looked()).trouble).not.toBeNull();
  });
  test('where the RPC does not answer, and where nobody has looked for a while', async () => {
    const { number, timestamp } = await head();
    await indexed.standsAt(number, Number(timestamp));
    const watchdog = open();
    expect((await looked(watchdog)).trouble).toBeNull();
    clock_ms += 5_001;
    expect(watchdog.current().trouble).toBe('the RPC to answer');
    expect((await looked(open('http://127.0.0.1:9'))).trouble).toBe('the RPC to answer');
  });
});
