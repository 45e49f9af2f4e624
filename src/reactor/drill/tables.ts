import type pg from 'pg';

/** Rows that go through memory at once. */
const PAGE = 500;

export type Table = Readonly<{ name: string; columns: readonly string[] }>;
/** A table of a schema as it is: how many rows, and a sum over all of them that any change of any of them changes. */
export type Measured = Readonly<{ name: string; rows: number; sum: string }>;
/** One piece of a backup: a table's name and columns, some of its rows in Postgres's own text, or how far a sequence is. */
export type Piece =
  | Readonly<{ table: string; columns: readonly string[] }>
  | Readonly<{ rows: readonly string[] }>
  | Readonly<{ sequence: string; last: string; isCalled: boolean }>;

type Client = Pick<pg.ClientBase, 'query'>;
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const nameIn = (schema: string, name: string) => `${quoted(schema)}.${quoted(name)}`;

/** The tables of a schema, with the columns that are written: what the database computes by itself is not. */
export async function listTables(client: Client, schema: string): Promise<Table[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' GROUP BY 1 ORDER BY 1`,
    [schema],
  );
  return rows;
}

/** How each table is; the caller's transaction says as of when. */
export async function measure(client: Client, schema: string): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { name } of await listTables(client, schema)) {
    const { rows } = await client.query<{ rows: string; sum: string }>(
      `SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS sum FROM ${nameIn(schema, name)} t`,
    );
    measured.push({ name, rows: Number(rows[0]?.rows), sum: rows[0]?.sum ?? '' });
  }
  return measured;
}

/** All rows of a schema, a page at a time, within the caller's transaction. */
export async function* readPieces(client: Client, schema: string): AsyncGenerator<Piece> {
  for (const { name, columns } of await listTables(client, schema)) {
    yield { table: name, columns };
    await client.query(`DECLARE page NO SCROLL CURSOR FOR SELECT t::text AS row FROM ${nameIn(schema, name)} t`);
    for (;;) {
      const { rows } = await client.query<{ row: string }>(`FETCH ${PAGE} FROM page`);
      if (rows.length === 0) break;
      yield { rows: rows.map(({ row }) => row) };
    }
    await client.query('CLOSE page');
  }
  const { rows: sequences } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'S' ORDER BY 1`,
    [schema],
  );
  for (const { name } of sequences) {
    const { rows } = await client.query<{ last_value: string; is_called: boolean }>(
      `SELECT last_value, is_called FROM ${nameIn(schema, name)}`,
    );
    yield { sequence: name, last: rows[0]?.last_value ?? '1', isCalled: rows[0]?.is_called ?? false };
  }
}

/**
 * Puts a backup into a schema of the same release, in place of what is there. The rows come as they were, not as new ones that the rules
 * would judge; references are checked once all are there. Needs no superuser, but the owner of the tables.
 */
export async function writePieces(client: Client, schema: string, pieces: AsyncIterable<Piece>): Promise<void> {
  const tables = (await listTables(client, schema)).map(({ name }) => nameIn(schema, name));
  const { rows: references } = await client.query<{ of: string; name: string; is: string }>(
    `SELECT conrelid::regclass::text AS of, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS is
     FROM pg_constraint WHERE connamespace = $1::regnamespace AND contype = 'f'`,
    [schema],
  );
  await client.query('BEGIN');
  for (const { of, name } of references) await client.query(`ALTER TABLE ${of} DROP CONSTRAINT ${name}`);
  for (const table of tables) await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  await client.query(`TRUNCATE ${tables.join(', ')}`);
  let into: { table: string; columns: readonly string[] } | undefined;
  for await (const piece of pieces) {
    if ('table' in piece) into = piece;
    else if ('sequence' in piece)
      await client.query('SELECT setval($1::regclass, $2, $3)', [
        nameIn(schema, piece.sequence),
        piece.last,
        piece.isCalled,
      ]);
    else if (into) await writeRows(client, schema, into, piece.rows);
  }
  for (const table of tables) await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  for (const { of, name, is } of references) await client.query(`ALTER TABLE ${of} ADD CONSTRAINT ${name} ${is}`);
  await client.query('COMMIT');
}

/** Each row is read once from its text, as a row of its table. */
async function writeRows(
  client: Client,
  schema: string,
  { table, columns }: { table: string; columns: readonly string[] },
  rows: readonly string[],
): Promise<void> {
  const into = nameIn(schema, table);
  await client.query(
    `INSERT INTO ${into} (${columns.map(quoted).join(', ')}) OVERRIDING SYSTEM VALUE
     SELECT ${columns.map((column) => `(one.row).${quoted(column)}`).join(', ')}
     FROM (SELECT line::${into} AS row FROM unnest($1::text[]) AS line OFFSET 0) AS one`,
    [rows],
  );
}
