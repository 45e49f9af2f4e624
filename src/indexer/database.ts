import pg from 'pg';
import { INDEXED_SCHEMA } from '../chain/indexed/channel.ts';
import { SCHEMA_NAME } from './schema-name.ts';

/** Ponder's cache of what the RPC said. */
const CACHE_SCHEMA = 'ponder_sync';
const META = '_ponder_meta';
/** A live Ponder says so every 10 seconds, and takes a schema over whose holder has been silent for this long. */
const HEARTBEAT_TIMEOUT_MS = 25_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** Runs `work` on a connection of its own. */
export async function withDatabase<T>(url: string, work: (db: pg.Client) => Promise<T>): Promise<T> {
  const db = new pg.Client({
    connectionString: url,
    application_name: 'indexer_launcher',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A connection that breaks fails the query that is under way, which says so.
  db.on('error', () => undefined);
  try {
    await db.connect();
    return await work(db);
  } finally {
    await db.end().catch(() => undefined);
  }
}

/**
 * Empties Ponder's cache for one chain. Even with `disableCache` Ponder writes what it reads there and serves events from it,
 * by chain id and block number: those of a chain that was born anew would be mixed with the old one's.
 */
export async function forgetCachedChain(db: pg.Client, chainId: number): Promise<void> {
  const { rows } = await db.query<{ table_name: string }>(
    `SELECT table_name FROM information_schema.columns WHERE table_schema = $1 AND column_name = 'chain_id'`,
    [CACHE_SCHEMA],
  );
  for (const { table_name: table } of rows) {
    await db.query(`DELETE FROM ${CACHE_SCHEMA}.${pg.escapeIdentifier(table)} WHERE chain_id = $1`, [chainId]);
  }
}

/** Who reads the stable views: the reactor's logins, and whoever owns the database, for a drill. */
const READS_VIEWS = 'kustodia_reactor, pg_database_owner';

/**
 * Lets those who need them read the stable views, those too that Ponder makes anew with each build, and nothing behind them. Where the roles are not made
 * yet, one login does everything.
 */
export async function shareViews(db: pg.Client): Promise<void> {
  const { rowCount } = await db.query(`SELECT 1 FROM pg_roles WHERE rolname = 'kustodia_reactor'`);
  if (rowCount === 0) return;
  await db.query(`
    CREATE SCHEMA IF NOT EXISTS ${INDEXED_SCHEMA};
    GRANT USAGE ON SCHEMA ${INDEXED_SCHEMA} TO ${READS_VIEWS};
    GRANT SELECT ON ALL TABLES IN SCHEMA ${INDEXED_SCHEMA} TO ${READS_VIEWS};
    ALTER DEFAULT PRIVILEGES IN SCHEMA ${INDEXED_SCHEMA} GRANT SELECT ON TABLES TO ${READS_VIEWS};
  `);
}

/** Whether the stable views show this schema. */
export async function viewsShow(db: pg.Client, schema: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'SELECT 1 FROM information_schema.view_table_usage WHERE view_schema = $1 AND view_name = $2 AND table_schema = $3',
    [INDEXED_SCHEMA, META, schema],
  );
  return rowCount === 1;
}

type App = { is_locked: 0 | 1; heartbeat_at: number };

/**
 * Drops our schemas that came before `current`, but for the newest of them (a way back) and those that a live Ponder holds.
 * To be called once the views show `current`. Answers the names of the dropped, and of those that are held.
 */
export async function dropOldSchemas(
  db: pg.Client,
  current: string,
  now: () => number,
): Promise<Readonly<{ dropped: readonly string[]; held: readonly string[] }>> {
  const apps: { schema: string; app: App | undefined }[] = [];
  for (const schema of await ourSchemas(db))
    if (schema !== current) apps.push({ schema, app: await readApp(db, schema) });
  const [, ...old] = apps.toSorted((a, b) => (b.app?.heartbeat_at ?? 0) - (a.app?.heartbeat_at ?? 0));
  const [dropped, held]: [string[], string[]] = [[], []];
  for (const { schema } of old) ((await dropUnlessHeld(db, schema, now)) ? dropped : held).push(schema);
  return { dropped, held };
}

/**
 * Drops all of our schemas, and with them the stable views: those of earlier builds hold the same blocks that never were. Answers the
 * first one that a live Ponder still holds, or null when all are gone.
 */
export async function dropSchemas(db: pg.Client, now: () => number): Promise<string | null> {
  for (const schema of await ourSchemas(db)) if (!(await dropUnlessHeld(db, schema, now))) return schema;
  return null;
}

async function ourSchemas(db: pg.Client): Promise<string[]> {
  const { rows } = await db.query<{ schema: string }>(
    'SELECT table_schema AS schema FROM information_schema.tables WHERE table_name = $1',
    [META],
  );
  return rows.map(({ schema }) => schema).filter((schema) => SCHEMA_NAME.test(schema));
}

async function dropUnlessHeld(db: pg.Client, schema: string, now: () => number): Promise<boolean> {
  await db.query('BEGIN');
  // Locked and read again: a Ponder that starts on it just now waits, then makes it anew.
  const app = await readApp(db, schema, 'FOR UPDATE');
  const isHeld = app?.is_locked === 1 && app.heartbeat_at + HEARTBEAT_TIMEOUT_MS > now();
  if (!isHeld) await db.query(`DROP SCHEMA ${schema} CASCADE`);
  await db.query('COMMIT');
  return !isHeld;
}

async function readApp(db: pg.Client, schema: string, lock = ''): Promise<App | undefined> {
  const { rows } = await db.query<{ value: App }>(`SELECT value FROM ${schema}.${META} WHERE key = 'app' ${lock}`);
  return rows[0]?.value;
}
