import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startKeeper } from '../local/keeper.ts';
import { freePort } from '../local/ports.ts';
import { startPostgres } from '../local/postgres.ts';
import { migrateDatabase, openDatabase } from '../reactor/db/client.ts';
import { prepareDatabase } from './database.ts';
import { GENESIS_S } from './moments.ts';

/** The real Postgres for worlds that nobody keeps: commits need not reach the disk, and nothing runs by a clock of its own. */
export async function startServer() {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-simulate-'));
  await chmod(folder, 0o755);
  const keeper = startKeeper(folder);
  const postgres = await startPostgres({
    port: await freePort(),
    folder,
    keeper,
    hasSocket: true,
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
      autovacuum: 'off',
      shared_buffers: '256MB',
      max_wal_size: '4GB',
      checkpoint_timeout: '1h',
    },
  });
  const execute = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  };
  const urlOf = (name: string): string => {
    const url = new URL(postgres.url);
    url.pathname = `/${name}`;
    return url.href;
  };
  await execute('CREATE DATABASE prepared');
  const db = openDatabase(urlOf('prepared'));
  await migrateDatabase(db);
  await db.$client.end();
  await prepareDatabase(urlOf('prepared'), { genesis_s: GENESIS_S });
  let count = 0;
  return {
    /** A new database, prepared, for as long as the work takes. */
    withDatabase: async <T>(work: (url: string) => Promise<T>): Promise<T> => {
      const name = `world_${++count}`;
      await execute(`CREATE DATABASE ${name} TEMPLATE prepared`);
      try {
        return await work(urlOf(name));
      } finally {
        await execute(`DROP DATABASE ${name} WITH (FORCE)`);
      }
    },
    stop: async () => {
      await postgres.stop();
      await keeper.close();
    },
  };
}
