import { afterAll, beforeAll } from 'vitest';
import type { Db } from '../../src/reactor/db/client.ts';
import { openTestDatabase } from './fixtures.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';

/** A Postgres and a migrated database for one file. */
export function useDatabase(): () => Db {
  let postgres: TestPostgres;
  let db: Db;
  beforeAll(async () => {
    postgres = await startPostgres();
    db = await openTestDatabase(await postgres.createDatabase());
  });
  afterAll(async () => {
    await db?.$client.end();
    await postgres?.stop();
  });
  return () => db;
}
