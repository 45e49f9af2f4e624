import type pg from 'pg';
import { INDEXED_SCHEMA } from '../../chain/indexed/channel.ts';

const PAGE = 1_000;
const VIEW = `${INDEXED_SCHEMA}.escrow_event`;

/**
 * Copies the escrow events that the indexer shows: recovery goes by them, and an indexer would make them anew from the chain, which a drill
 * need not wait for. What is there already stays.
 */
export async function copyEscrowEvents(from: pg.ClientBase, to: pg.ClientBase): Promise<void> {
  const { rows: columns } = await from.query<{ name: string; type: string }>(
    `SELECT quote_ident(a.attname) AS name, CASE t.typtype WHEN 'e' THEN 'text' ELSE format_type(a.atttypid, a.atttypmod) END AS type
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [VIEW],
  );
  const { rows: there } = await to.query<{ is: boolean }>('SELECT to_regclass($1) IS NOT NULL AS is', [VIEW]);
  if (there[0]?.is) return;
  await to.query(`CREATE SCHEMA IF NOT EXISTS ${INDEXED_SCHEMA}`);
  // Without an indexer there is no view: then recovery says so itself.
  if (columns.length === 0) return;
  await to.query(`CREATE TABLE ${VIEW} (${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})`);
  const names = columns.map(({ name }) => name).join(', ');
  await from.query('BEGIN READ ONLY');
  await from.query(`DECLARE page NO SCROLL CURSOR FOR SELECT ROW(${names})::text AS row FROM ${VIEW}`);
  for (;;) {
    const { rows } = await from.query<{ row: string }>(`FETCH ${PAGE} FROM page`);
    if (rows.length === 0) break;
    await to.query(`INSERT INTO ${VIEW} SELECT (line::${VIEW}).* FROM unnest($1::text[]) AS line`, [
      rows.map(({ row }) => row),
    ]);
  }
  await from.query('COMMIT');
}
