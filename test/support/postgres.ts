import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { databaseOn, query, TEMPLATE } from './shared-postgres.ts';

/** The run's Postgres as one test file sees it. */
export type TestPostgres = Readonly<{
  url: string;
  /** A new database, migrated unless it is to be empty; answers its address. */
  createDatabase: (kind?: 'migrated' | 'empty') => Promise<string>;
  /** Drops the databases that were made by it. */
  stop: () => Promise<void>;
}>;

const POLL_MS = 50;
const TRIES = 1_200;

/** The run's Postgres, once it is ready. */
export async function startPostgres(): Promise<TestPostgres> {
  const url = inject('postgresUrl');
  const isReady = () =>
    query(url, `SELECT 1 FROM pg_database WHERE datname = '${TEMPLATE}'`).then(
      ({ rowCount }) => rowCount === 1,
      () => false,
    );
  for (let tries = 0; !(await isReady()); tries++) {
    if (tries === TRIES) throw new Error("The tests' Postgres is not ready after a minute; what it said is above.");
    await delay(POLL_MS);
  }
  const names: string[] = [];
  return {
    url,
    createDatabase: async (kind = 'migrated') => {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      names.push(name);
      await query(
        url,
        `CREATE DATABASE ${name} TEMPLATE ${kind === 'migrated' ? TEMPLATE : 'template0'} STRATEGY FILE_COPY`,
      );
      return databaseOn(url, name);
    },
    stop: async () => {
      for (const name of names.splice(0)) await query(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
