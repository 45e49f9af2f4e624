import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { ReactorClient } from './connection.ts';

export type Db = NodePgDatabase & { $client: pg.Pool };
/** A connection inside a transaction. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

/** All that is read in such a transaction is of one moment. */
export const SNAPSHOT = { isolationLevel: 'repeatable read', accessMode: 'read only' } as const;

const STATEMENT_TIMEOUT_MS = 15_000;

export type OpenDatabaseOptions = Readonly<{
  /** Connections; 16 unless told. */
  max?: number;
  onError?: (error: Error) => void;
  /** What a connection is, where it is not the reactor's own. */
  Client?: PgClient | undefined;
}>;
export type PgClient = new (config?: string | pg.ClientConfig) => pg.Client;

/**
 * A bounded pool on the reactor's database. A lost connection is dropped and opened anew by the pool; what was under way
 * fails and is looked at again, never assumed.
 */
export function openDatabase(url: string, options: OpenDatabaseOptions = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    Client: options.Client ?? ReactorClient,
    max: options.max ?? 16,
    connectionTimeoutMillis: 10_000,
    options: `-c timezone=UTC -c synchronous_commit=on -c statement_timeout=${STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=${STATEMENT_TIMEOUT_MS}`,
  });
  pool.on('error', (error) => options.onError?.(error));
  pool.on('connect', (client) => client.on('error', (error) => options.onError?.(error)));
  return drizzle(pool);
}

/** Now by the database's clock, which every process shares. */
export async function databaseNow(db: Pick<Db, 'execute'>): Promise<Date> {
  const { rows } = await db.execute<{ ms: string }>(sql`SELECT floor(extract(epoch FROM reactor.now()) * 1000) AS ms`);
  return new Date(Number(rows[0]?.ms));
}

const MIGRATION_LOCK = 7_205_759;
const MIGRATIONS = {
  migrationsFolder: new URL('./migrations', import.meta.url).pathname,
  migrationsSchema: 'reactor_migrations',
};
const INSUFFICIENT_PRIVILEGE = '42501';

/** The database is of an earlier release, and whoever asks may not change it. */
export class NotMigratedError extends Error {
  override readonly name = 'NotMigratedError';
  constructor(options?: ErrorOptions) {
    super(
      'The database has not this release’s tables, and this login may not make them. Run `kustodia db migrate` with the login that owns the database; nothing was changed.',
      options,
    );
  }
}

/**
 * Brings the database to this release's schema, or finds that it is. Safe to call from several processes at once. Throws a NotMigratedError
 * where it is not and the login may not change that.
 */
export async function migrateDatabase(db: Db): Promise<void> {
  const client = await db.$client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    // Asked first: to run a migration, even one that changes nothing, takes the right to make schemas.
    if (!(await isMigrated(client))) await migrate(drizzle(client), MIGRATIONS);
  } catch (cause) {
    if (isCode(cause, INSUFFICIENT_PRIVILEGE)) throw new NotMigratedError({ cause });
    throw cause;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    client.release();
  }
}

async function isMigrated(client: pg.PoolClient): Promise<boolean> {
  const made = `${MIGRATIONS.migrationsSchema}.__drizzle_migrations`;
  const { rows: there } = await client.query<{ is: boolean }>('SELECT to_regclass($1) IS NOT NULL AS is', [made]);
  if (!there[0]?.is) return false;
  const { rows } = await client.query<{ newest: string | null }>(`SELECT max(created_at) AS newest FROM ${made}`);
  const newest = Math.max(...readMigrationFiles(MIGRATIONS).map(({ folderMillis }) => folderMillis));
  return Number(rows[0]?.newest ?? 0) >= newest;
}

function isCode(error: unknown, code: string): boolean {
  for (let one = error; one instanceof Error; one = one.cause) if ('code' in one && one.code === code) return true;
  return false;
}
