import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { startPostgres as startLocalPostgres } from '../../src/local/postgres.ts';

/** A real Postgres for one test file. */
export type TestPostgres = Readonly<{
  url: string;
  /** A new, empty database; answers its address. */
  createDatabase: () => Promise<string>;
  stop: () => Promise<void>;
}>;

/** Starts a Postgres on a free port with a data folder of its own, removed at the end. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-postgres-'));
  // Postgres refuses to run as root and then runs as another user, who must be able to reach its folder.
  await chmod(folder, 0o755);
  const keeper = startKeeper(folder);
  const postgres = await startLocalPostgres({ port: await freePort(), folder, keeper });
  return {
    url: postgres.url,
    createDatabase: async () => {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      try {
        await client.query(`CREATE DATABASE ${name}`);
      } finally {
        await client.end();
      }
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    stop: async () => {
      await postgres.stop();
      await keeper.close();
    },
  };
}
