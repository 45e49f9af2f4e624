import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { ReactorClient } from './connection.ts';
import * as schema from './schema.ts';

export type Db = NodePgDatabase<typeof schema> & { $client: pg.Pool };
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
  return drizzle(pool, { schema }) as Db;
}

/** Now by the database's clock, which every process shares. */
export async function databaseNow(db: Pick<Db, 'execute'>): Promise<Date> {
  const { rows } = await db.execute<{ ms: string }>(sql`SELECT floor(extract(epoch FROM reactor.now()) * 1000) AS ms`);
  return new Date(Number(rows[0]?.ms));
}

const MIGRATION_LOCK = 7_205_759;

/** Brings the database to this release's schema. Safe to call from several processes at once. */
export async function migrateDatabase(db: Db): Promise<void> {
  const client = await db.$client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(drizzle(client), {
      migrationsFolder: new URL('./migrations', import.meta.url).pathname,
      migrationsSchema: 'reactor_migrations',
    });
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    client.release();
  }
}
