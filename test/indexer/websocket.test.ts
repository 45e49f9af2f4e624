import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/chain/indexed/readCheckpoint.ts';
import { readEscrowEvents } from '../../src/chain/indexed/readEscrowEvents.ts';
import { openWorld, referenceOf, soon, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

test('a chain that mines every second is followed by websocket, from the blocks before the start on', async () => {
  const chain = await world.startChain({ blockTime_s: 1 });
  const url = await world.createDatabase();
  const db = world.openPool(url);
  await chain.create(referenceOf('a'), 1n);
  await world.startIndexer({ ...world.environmentOf(chain, url), ETH_WS_URL: chain.wsUrl });
  const { blockNumber } = await chain.create(referenceOf('b'), 2n);
  await soon(async () =>
    expect(await readEscrowEvents(db, { references: [referenceOf('a'), referenceOf('b')] })).toHaveLength(6),
  );
  // Empty blocks count as progress.
  await soon(async () => expect((await readCheckpoint(db)).blockNumber).toBeGreaterThan(blockNumber + 1n));
}, 120_000);
