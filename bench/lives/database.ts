import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { startPostgres } from '../../src/local/postgres.ts';
import { type Db, migrateDatabase, openDatabase } from '../../src/reactor/db/client.ts';
import { postgresCpu_ms } from './postgres-cpu.ts';

/** Counts statements and remembers when each transaction was committed; nothing of how commits reach the disk is changed. */
export const MEASURED: Readonly<Record<string, string>> = {
  track_commit_timestamp: 'on',
  shared_preload_libraries: 'pg_stat_statements',
};

/** What a server did since it was started. */
export type Work = Readonly<{ commits: number; statements: number; cpu_ms: number }>;

export type BenchDatabase = Readonly<{
  url: string;
  db: Db;
  work: () => Promise<Work>;
  /** Ends the server and takes its folder away. */
  close: () => Promise<void>;
}>;

/** A Postgres of its own with fsync on, migrated; for those who start no whole world. */
export async function openBenchDatabase(pool = 16): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-bench-'));
  await chmod(folder, 0o755);
  const keeper = startKeeper(folder);
  const postgres = await startPostgres({ port: await freePort(), folder, keeper, settings: MEASURED });
  const db = openDatabase(postgres.url, { max: pool });
  await migrateDatabase(db);
  await db.$client.query('CREATE EXTENSION pg_stat_statements');
  return {
    url: postgres.url,
    db,
    work: async () => ({ ...(await statementsOf(db)), cpu_ms: postgresCpu_ms(folder) }),
    close: async () => {
      await db.$client.end();
      await postgres.stop();
      await keeper.close();
    },
  };
}

async function statementsOf(db: Db): Promise<Omit<Work, 'cpu_ms'>> {
  const { rows } = await db.$client.query<{ commits: string; statements: string }>(
    `SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())::text AS commits,
      (SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE toplevel)::text AS statements`,
  );
  return { commits: Number(rows[0]?.commits), statements: Number(rows[0]?.statements) };
}
