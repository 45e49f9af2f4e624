import { afterAll, beforeAll, describe, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { openPonderWorld, type PonderWorld } from './ponder.ts';
import { reusesIdInCustody, reusesIdInRelease } from './reused.ts';
import { admitStranger, type Stranger } from './stranger.ts';
import { reorganisePonder } from './stuck.ts';

const LONG_MS = 300_000;

let postgres: TestPostgres;
let world: PonderWorld;
let stranger: Stranger;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openPonderWorld(postgres);
  stranger = await admitStranger(world);
}, LONG_MS);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
}, LONG_MS);

describe.each(['funding', 'release', 'return'] as const)('under the real indexer, the %s is in a block', (act) => {
  describe.each(['before', 'after'] as const)('%s the reactor has seen it', (when) => {
    test.each([1, 5, 40, 300])(
      '%i blocks are taken out: paid once, by itself where Ponder can follow, else as its sentence says',
      async (depth) => {
        await reorganisePonder(world, { act, depth, claimed: when === 'after' });
      },
      LONG_MS,
    );
  });
});

describe('an id that a reorganisation gives to another escrow, as Ponder shows it', () => {
  test(
    'in custody: the leg takes its own escrow’s new id and end, the other’s is never touched',
    () => reusesIdInCustody(world, stranger),
    LONG_MS,
  );
  test(
    'while it is being released: the old bytes, which name the other’s id, are not handed over again; they give way, and its own is released',
    () => reusesIdInRelease(world, stranger),
    LONG_MS,
  );
});
