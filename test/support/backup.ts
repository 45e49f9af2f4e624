import pg from 'pg';

/** A copy of the reactor's own schema at one moment, and how the database is set back to it, as a restored backup would be. */
export type Backup = Readonly<{ restore: () => Promise<void> }>;

/** Takes a backup of the reactor's schema. The indexer's is rebuilt from the chain by itself, so it is left as it is. */
export async function takeBackup(url: string): Promise<Backup> {
  const tables = await withClient(url, async (client) => {
    // What the database makes of other columns by itself is not written.
    const { rows } = await client.query<{ name: string; columns: string }>(
      `SELECT c.table_name AS name, string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position) AS columns
       FROM information_schema.columns c JOIN pg_tables t ON (t.schemaname, t.tablename) = (c.table_schema, c.table_name)
       WHERE c.table_schema = 'reactor' AND c.is_generated = 'NEVER' GROUP BY 1 ORDER BY 1`,
    );
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await client.query('DROP SCHEMA IF EXISTS backup CASCADE');
    await client.query('CREATE SCHEMA backup');
    for (const { name, columns } of rows)
      await client.query(`CREATE TABLE backup."${name}" AS SELECT ${columns} FROM reactor."${name}"`);
    await client.query('COMMIT');
    return rows;
  });
  return {
    restore: () =>
      withClient(url, async (client) => {
        await client.query('BEGIN');
        // The rows come as they were, not as new ones that the rules would judge.
        await client.query('SET LOCAL session_replication_role = replica');
        await client.query(`TRUNCATE ${tables.map(({ name }) => `reactor."${name}"`).join(', ')}`);
        for (const { name, columns } of tables)
          await client.query(
            `INSERT INTO reactor."${name}" (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM backup."${name}"`,
          );
        await client.query('COMMIT');
      }),
  };
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
