/** A backup of the reactor's schema as a file, of one moment: a compressed line of JSON for each piece. */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type pg from 'pg';
import { z } from 'zod';
import { type Measured, measure, type Piece, readPieces, writePieces } from './tables.ts';

const SCHEMA = 'reactor';
const PIECE = z.union([
  z.object({ table: z.string(), columns: z.array(z.string()) }),
  z.object({ rows: z.array(z.string()) }),
  z.object({ sequence: z.string(), last: z.string(), isCalled: z.boolean() }),
]);

/** What was in the database when it was taken. */
export type Taken = Readonly<{ at: Date; tables: readonly Measured[] }>;

/** Writes the file, which only its owner can read: it has everybody's names and CLABEs. Nobody waits for it meanwhile. */
export async function takeBackup(client: pg.ClientBase, path: string): Promise<Taken> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    // Longer than a question of the reactor's: it reads everything.
    await client.query('SET LOCAL statement_timeout = 0');
    const { rows } = await client.query<{ at: Date }>('SELECT reactor.now() AS at');
    const tables = await measure(client, SCHEMA);
    await pipeline(
      Readable.from(linesOf(readPieces(client, SCHEMA))),
      createGzip(),
      createWriteStream(path, { mode: 0o600, flags: 'wx' }),
    );
    return { at: rows[0]?.at ?? new Date(0), tables };
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Puts a file into an empty database that has this release's tables; answers what is in it then. */
export async function restoreBackup(client: pg.ClientBase, path: string): Promise<readonly Measured[]> {
  await client.query('SET statement_timeout = 0');
  await writePieces(client, SCHEMA, piecesOf(path));
  return measure(client, SCHEMA);
}

async function* linesOf(pieces: AsyncIterable<Piece>): AsyncGenerator<string> {
  for await (const piece of pieces) yield `${JSON.stringify(piece)}\n`;
}

async function* piecesOf(path: string): AsyncGenerator<Piece> {
  const unpacked = createReadStream(path).pipe(createGunzip());
  for await (const line of createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY }))
    yield PIECE.parse(JSON.parse(line));
}

/** The tables that came back other than they were. */
export function differing(before: readonly Measured[], after: readonly Measured[]): string[] {
  const was = new Map(before.map(({ name, rows, sum }) => [name, `${rows} ${sum}`]));
  const is = new Map(after.map(({ name, rows, sum }) => [name, `${rows} ${sum}`]));
  return [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name)).sort();
}

/** What is wrong with the books of a database by themselves: each currency sums to zero, and each balance is the sum of its postings. */
export async function troublesOfBooks(client: Pick<pg.ClientBase, 'query'>): Promise<string[]> {
  const { rows: sums } = await client.query<{ currency: string; total: string }>(
    'SELECT currency::text, sum(amount)::text AS total FROM reactor.ledger_posting GROUP BY 1 HAVING sum(amount) <> 0',
  );
  const { rows: balances } = await client.query<{ n: string }>(
    `SELECT count(*) AS n FROM (
       SELECT account, owner, currency, posted + pending AS total FROM reactor.ledger_balance WHERE posted + pending <> 0
       EXCEPT
       SELECT p.account, p.owner, p.currency, sum(p.amount) FROM reactor.ledger_posting p JOIN reactor.ledger_entry e ON e.id = p.entry_id
         WHERE e.state <> 'voided' GROUP BY 1, 2, 3) AS other`,
  );
  const wrong = Number(balances[0]?.n);
  return [
    ...sums.map(({ currency, total }) => `the postings sum to ${total} smallest units of ${currency}, not to zero`),
    ...(wrong > 0 ? [`${wrong} balances are not the sums of their postings`] : []),
  ];
}
