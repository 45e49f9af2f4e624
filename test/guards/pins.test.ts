import type { Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openChain } from '../../src/chain/door.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { chainPin } from '../../src/reactor/db/schema.ts';
import { assertPins } from '../../src/reactor/guards/pins.ts';
import type { Settings } from '../../src/reactor/settings.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const ADDRESS = `0x${'1'.repeat(40)}` as Hex;

let postgres: TestPostgres;
let anvil: TestAnvil;
let db: Db;
beforeAll(async () => {
  [postgres, anvil] = await Promise.all([startPostgres(), startAnvil()]);
});
afterAll(async () => {
  await anvil?.stop();
  await postgres?.stop();
});
beforeEach(async () => {
  await db?.$client.end();
  db = await openTestDatabase(await postgres.createDatabase());
});
afterAll(() => db?.$client.end());

const start = ({ keySecret = KEY_SECRET, chainId = 31337, rpcUrl = anvil.url } = {}) =>
  assertPins(
    db,
    openChain({ chainId, rpcUrl, escrow: ADDRESS, token: ADDRESS }),
    // The rest of the settings is for other parts.
    { keySecret, chainId } as unknown as Settings,
  );

test('the same chain and the same secret start again and again', async () => {
  await start();
  await start();
});

test('another secret is refused: every intent would get a new key', async () => {
  await start();
  await expect(start({ keySecret: `${KEY_SECRET}!` })).rejects.toThrow('KUSTODIA_KEY_SECRET is not the one');
});

test('an RPC of another chain is refused', async () => {
  await expect(start({ chainId: 42161 })).rejects.toThrow('ETH_RPC_URL serves chain 31337, CHAIN_ID says 42161');
});

test('a chain of the same number with another beginning is refused', async () => {
  await start();
  await db.update(chainPin).set({ genesisHash: `0x${'0'.repeat(64)}` });
  await expect(start()).rejects.toThrow('another first block');
});

test('a chain that no longer has the newest block acted on is refused', async () => {
  await start();
  await anvil.client.mine({ blocks: 2 });
  const { number, hash } = await anvil.client.getBlock();
  await db.update(chainPin).set({ blockNumber: Number(number), blockHash: hash });
  await start();
  await anvil.client.request({ method: 'anvil_reorg', params: [1, []] } as never);
  await expect(start()).rejects.toThrow('does not have block');
});

test('a database has one chain', async () => {
  await start();
  await db.insert(chainPin).values({ chainId: 1, genesisHash: '0x1', blockNumber: 0, blockHash: '0x1' });
  await expect(start()).rejects.toThrow('belongs to another chain');
});
