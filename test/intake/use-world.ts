import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { openDesk } from './desk.ts';
import { type IntakeWorld, openIntakeWorld } from './world.ts';

type Desk = Awaited<ReturnType<typeof openDesk>>;

/** A desk of Juno's, and of Bitso's where told, and the reactor's intake before it, new for each test of a file. */
export function useIntakeWorld({ hasBitso = false, ...options }: { hasBitso?: boolean; pageSize?: number } = {}) {
  let postgres: TestPostgres;
  let desk: Desk;
  let world: IntakeWorld;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  beforeEach(async () => {
    desk = await openDesk(options);
    world = await openIntakeWorld(await postgres.createDatabase(), desk.juno, ...(hasBitso ? [desk.juno] : []));
  });
  afterEach(async () => {
    await world?.close();
    await desk?.close();
  });
  return {
    get world() {
      return world;
    },
    get desk() {
      return desk;
    },
  };
}
