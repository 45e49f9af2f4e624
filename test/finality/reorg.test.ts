import { afterAll, beforeAll, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { reorganiseAt } from './scenario.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

let postgres: TestPostgres;
let world: FinalityWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

// The whole table is in reorg.full.test.ts.
test.each([
  ['withdrawal', 5, 'after'],
  ['funding', 1, 'before'],
  ['release', 40, 'after'],
  ['return', 300, 'after'],
] as const)(
  'the %s is in a block, and %i blocks are taken out %s the reactor has seen it: paid once',
  async (act, depth, when) => {
    await reorganiseAt(world, { act, depth, claimed: when === 'after' });
  },
);
