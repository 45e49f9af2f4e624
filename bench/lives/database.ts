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

/** Characters of a statement. */
const SHOWN = 160;

/** What a server did since it was started. */
export type Work = Readonly<{
  commits: number;
  statements: number;
  /** Statements without those that go out together with what follows them (src/reactor/db/connection.ts). */
  round_trips: number;
  cpu_ms: number;
  wal_kb: number;
  stored_kb: number;
}>;

export type BenchDatabase = Readonly<{
  url: string;
  db: Db;
  work: () => Promise<Work>;
  /** The statements that took the server most, of all that it was asked, each in a line with its calls and times by `per`. */
  costliest: (most: number, per: number) => Promise<string[]>;
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
    costliest: async (most, per) => {
      const { rows } = await db.$client.query<{ calls: number; ms: number; text: string }>(
        `SELECT calls::float8 / $2 AS calls, total_exec_time / $2 AS ms, regexp_replace(query, '\\s+', ' ', 'g') AS text
         FROM pg_stat_statements WHERE toplevel ORDER BY total_exec_time DESC LIMIT $1`,
        [most, per],
      );
      return rows.map(
        ({ calls, ms, text }) => `${ms.toFixed(2)} ms in ${calls.toFixed(2)} calls: ${text.slice(0, SHOWN)}`,
      );
    },
    close: async () => {
      await db.$client.end();
      await postgres.stop();
      await keeper.close();
    },
  };
}

async function statementsOf(db: Db): Promise<Omit<Work, 'cpu_ms'>> {
  const { rows } = await db.$client.query<Omit<Work, 'cpu_ms'>>(
    `SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())::float8 AS commits,
      (SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE toplevel)::float8 AS statements,
      (SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE toplevel AND query !~* '^(begin|savepoint|release savepoint)')::float8 AS round_trips,
      (pg_current_wal_insert_lsn() - '0/0')::float8 / 1024 AS wal_kb, pg_database_size(current_database())::float8 / 1024 AS stored_kb`,
  );
  const [row] = rows;
  if (!row) throw new Error('the server says nothing of its work');
  return row;
}
