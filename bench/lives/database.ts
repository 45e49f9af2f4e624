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
  /** That a client sent: those of the triggers that run at a commit look like one, and are left out. */
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
  /** The statements that took the server most, of all that it was asked, or that it was asked most; each in a line with its times and calls by `per`. */
  costliest: (most: number, per: number, by?: 'total_exec_time' | 'calls') => Promise<string[]>;
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
    costliest: async (most, per, by = 'total_exec_time') => {
      const { rows } = await db.$client.query<{ calls: number; ms: number; text: string }>(
        `SELECT calls::float8 / $2 AS calls, total_exec_time / $2 AS ms, regexp_replace(query, '\\s+', ' ', 'g') AS text
         FROM pg_stat_statements WHERE toplevel ORDER BY ${by} DESC LIMIT $1`,
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

/** What only a trigger can ask: of its row, or of a row of its own. */
const OF_TRIGGER = String.raw`\m(NEW|OLD)\.|FROM ONLY |\$\d+\.\w`;
const WITH_THE_NEXT = '^(begin|savepoint|release savepoint)';

async function statementsOf(db: Db): Promise<Omit<Work, 'cpu_ms'>> {
  const { rows } = await db.$client.query<Omit<Work, 'cpu_ms'>>(
    `SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())::float8 AS commits, asked.*,
      (pg_current_wal_insert_lsn() - '0/0')::float8 / 1024 AS wal_kb, pg_database_size(current_database())::float8 / 1024 AS stored_kb
     FROM (SELECT coalesce(sum(calls), 0)::float8 AS statements, coalesce(sum(calls) FILTER (WHERE query !~* $2), 0)::float8 AS round_trips
       FROM pg_stat_statements WHERE toplevel AND query !~ $1) AS asked`,
    [OF_TRIGGER, WITH_THE_NEXT],
  );
  const [row] = rows;
  if (!row) throw new Error('the server says nothing of its work');
  return row;
}
