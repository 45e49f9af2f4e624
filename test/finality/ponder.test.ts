import { afterAll, beforeAll, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { openPonderWorld, type PonderWorld } from './ponder.ts';
import { reorganisePonder } from './stuck.ts';

let postgres: TestPostgres;
let world: PonderWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openPonderWorld(postgres);
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
}, 60_000);

// The whole table is in ponder.full.test.ts. Beyond 60 blocks Ponder cannot go back on chain 31337; it reads some 20 blocks a second.
test.each([
  ['funding', 5, 'after'],
  ['return', 64, 'after'],
] as const)(
  'under the real indexer: the %s is in a block, and %i blocks are taken out %s the reactor has seen it: paid once',
  async (act, depth, when) => {
    await reorganisePonder(world, { act, depth, claimed: when === 'after' });
  },
  240_000,
);
