/**
 * `node bench/year.ts`: what a year of history costs in one table, and what it would in twelve. The rows are those of `effect_history`,
 * some seventeen a payment, which grow fastest of all that is written once and never edited; written in bulk, spread over the months. Both
 * are asked and written the same way, one after the other in turns; then the oldest month goes.
 */
import type pg from 'pg';
import { runBench } from './frame/bench.ts';
import { type Figures, latency, rounded } from './frame/figures.ts';
import { openBenchDatabase } from './lives/database.ts';

const MONTHS = 12;
const MB = 1_048_576;
const ROWS_OF_ONE = 17;
/** By their names in the database. */
const TABLES = { one_table: 'year_plain', by_month: 'year_parts' } as const;
const SPAN = `'2026-01-01'::timestamptz + interval '1 month'`;

const DEFINED = [
  'CREATE TABLE year_plain (LIKE reactor.effect_history INCLUDING ALL)',
  // A key of a partitioned table holds what it is partitioned by.
  'CREATE TABLE year_parts (LIKE reactor.effect_history INCLUDING DEFAULTS) PARTITION BY RANGE (at)',
  ...Array.from(
    { length: MONTHS },
    (_, i) =>
      `CREATE TABLE year_parts_${i} PARTITION OF year_parts FOR VALUES FROM (${SPAN} * ${i}) TO (${SPAN} * ${i + 1})`,
  ),
  'ALTER TABLE year_parts ADD PRIMARY KEY (id, at)',
  'CREATE INDEX year_parts_effect ON year_parts (effect_id, id)',
];
const filled = (table: string, rows: number) =>
  `INSERT INTO ${table} (id, effect_id, from_state, to_state, lane, lane_epoch, error, at)
   SELECT i, md5('e' || i / ${ROWS_OF_ONE})::uuid, 'recorded', 'sending', 'payment:' || md5('p' || i / ${ROWS_OF_ONE})::uuid, 1, NULL,
     '2026-01-01'::timestamptz + (i - 1) * interval '1 year' / ${rows} FROM generate_series(1::bigint, ${rows}) i`;
/** All of one effect, as `kustodia effect show` reads it. */
const ASKED = (table: string) => `SELECT * FROM ${table} WHERE effect_id = md5('e' || $1::text)::uuid ORDER BY id`;
const WRITTEN = (table: string) =>
  `INSERT INTO ${table} (id, effect_id, from_state, to_state, lane, lane_epoch, at) VALUES ($1, $2::uuid, 'recorded', 'sending', 'payment:x', 1, '2026-12-31')`;
const REMOVED: Readonly<Record<keyof typeof TABLES, readonly string[]>> = {
  one_table: [`DELETE FROM year_plain WHERE at < ${SPAN}`, 'VACUUM year_plain'],
  by_month: ['ALTER TABLE year_parts DETACH PARTITION year_parts_0', 'DROP TABLE year_parts_0'],
};

runBench({
  name: 'year',
  what: 'a year of what happened to effects, in one table and in twelve: to read one effect’s, to write one, to let the oldest month go',
  options: {
    rows: { usual: '1200000', what: `of history in each; a payment leaves ${ROWS_OF_ONE}` },
    turns: { usual: '400', what: 'questions and writes of each' },
  },
  round: async (given) => {
    const database = await openBenchDatabase();
    const client = await database.db.$client.connect();
    try {
      return await measure(client, { rows: Number(given.rows), turns: Number(given.turns) });
    } finally {
      client.release(true);
      await database.close();
    }
  },
  wall: (of) =>
    `one effect’s history is ${ROWS_OF_ONE} rows by an index in one table (p50 ${of('one_table.read_ms.p50')} ms) and a look into each month where it is not known (${of('by_month.read_ms.p50')} ms); a write is one commit in both; what differs is how the oldest month goes`,
});

async function measure(
  client: pg.PoolClient,
  { rows, turns }: Readonly<{ rows: number; turns: number }>,
): Promise<Figures> {
  await client.query('SET statement_timeout = 0');
  for (const statement of DEFINED) await client.query(statement);
  for (const table of Object.values(TABLES)) {
    await client.query(filled(table, rows));
    await client.query(`VACUUM ANALYZE ${table}`);
  }
  const took: Record<keyof typeof TABLES, Record<'read' | 'write', number[]>> = {
    one_table: { read: [], write: [] },
    by_month: { read: [], write: [] },
  };
  const timed = async (into: number[], text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> => {
    const began = performance.now();
    const result = await client.query(text, [...values]);
    into.push(performance.now() - began);
    return result;
  };
  const effects = Math.floor(rows / ROWS_OF_ONE);
  for (let turn = 0; turn < turns; turn++)
    for (const [name, table] of Object.entries(TABLES) as [keyof typeof TABLES, string][]) {
      const effect = 1 + ((turn * 7_919) % (effects - 1));
      const found = await timed(took[name].read, ASKED(table), [String(effect)]);
      if (found.rowCount !== ROWS_OF_ONE) throw new Error(`${table} has ${found.rowCount} rows of effect ${effect}`);
      await timed(took[name].write, WRITTEN(table), [rows + turn + 1, crypto.randomUUID()]);
    }
  const figures: [string, Figures][] = [];
  for (const [name, table] of Object.entries(TABLES) as [keyof typeof TABLES, string][]) {
    const size_mb = await sizeOf(client, table);
    const gone: number[] = [];
    for (const statement of REMOVED[name]) await timed(gone, statement);
    figures.push([
      name,
      {
        ...{ read_ms: latency(took[name].read), write_ms: latency(took[name].write), size_mb },
        bytes_a_row: rounded((size_mb * MB) / rows),
        oldest_month_gone_ms: rounded(gone.reduce((total, ms) => total + ms, 0)),
        size_after_mb: await sizeOf(client, table),
      },
    ]);
  }
  return Object.fromEntries(figures);
}

/** With its indexes and its partitions, in MB. */
async function sizeOf(client: pg.PoolClient, table: string): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    `SELECT sum(pg_total_relation_size(oid))::float8 AS bytes FROM pg_class WHERE relkind IN ('r', 'p') AND relname ~ $1`,
    [`^${table}(_[0-9]+)?$`],
  );
  const [row] = rows;
  if (!row) throw new Error(`no table ${table}`);
  return rounded(row.bytes / MB);
}
