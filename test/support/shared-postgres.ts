import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { addressOf, startPostgres } from '../../src/local/postgres.ts';
import { migrateDatabase, openDatabase } from '../../src/reactor/db/client.ts';

/** The database that others are copied from; that it has this name says that it is whole. */
export const TEMPLATE = 'migrated';
const UNFINISHED = 'migrating';

declare module 'vitest' {
  // What a run gives to its tests is declared on vitest's own interface.
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/**
 * One Postgres for a whole run, as the set-up of vitest: to make a data folder and to migrate costs seconds that each file
 * would pay. Every test has databases of its own on it. It starts beside the first tests, which wait for it if they need it.
 * Its commits do not reach the disk: what a power cut leaves is tried on a Postgres of its own.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-postgres-'));
  // Postgres refuses to run as root and then runs as another user, who must be able to reach its folder.
  await chmod(folder, 0o755);
  const keeper = startKeeper(folder);
  const port = await freePort();
  const started = startPostgres({
    ...{ port, folder, keeper },
    settings: { max_connections: '400', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  const url = addressOf(port);
  project.provide('postgresUrl', url);
  const ready = started.then(async () => {
    await query(url, `CREATE DATABASE ${UNFINISHED}`);
    const db = openDatabase(databaseOn(url, UNFINISHED), { max: 1 });
    await migrateDatabase(db).finally(() => db.$client.end());
    await query(url, `ALTER DATABASE ${UNFINISHED} RENAME TO ${TEMPLATE}`);
  });
  ready.catch((error: unknown) => process.stderr.write(`the tests’ Postgres did not start: ${String(error)}\n`));
  return async () => {
    await ready.catch(() => undefined);
    await (await started).stop();
    await keeper.close();
  };
}

/** The address of another database of the same server. */
export function databaseOn(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** One statement on a connection of its own. */
export async function query(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client.query(text).finally(() => client.end());
}
