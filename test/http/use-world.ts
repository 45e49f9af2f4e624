import { afterAll, beforeAll } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { openWorld, type World } from './world.ts';

/** A Postgres and a world over a database of its own for one file, which is told of it before its tests. */
export function useWorld(told: (world: World) => void): void {
  let postgres: TestPostgres;
  let world: World;
  beforeAll(async () => {
    postgres = await startPostgres();
    world = await openWorld(await postgres.createDatabase());
    told(world);
  });
  afterAll(async () => {
    await world?.close();
    await postgres?.stop();
  });
}
