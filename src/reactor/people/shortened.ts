import { type SQL, sql } from 'drizzle-orm';

const ID = /^([0-9a-f]{8})(?:…([0-9a-f]{4})?)?$/i;
const HASH = /^(0x[0-9a-f]{6,63})(?:…([0-9a-f]{2,8})?)?$/i;

/** A test of a column, by the index of it. */
export type Within = (column: SQL) => SQL;

const endsSo = (column: SQL, tail: string | undefined): SQL =>
  tail === undefined ? sql`` : sql` AND ${column}::text LIKE ${`%${tail.toLowerCase()}`}`;

/** What an id is, of which the console shows the first eight digits, with or without its last four (`ba9e2bd8…1f3c`); null where the text is none. */
export function idShortened(text: string): Within | null {
  const [, head, tail] = ID.exec(text) ?? [];
  if (head === undefined) return null;
  const [first, last] = ['0', 'f'].map((digit) =>
    `${head}-0000-0000-0000-000000000000`.replaceAll(/(?<=-.*)0/g, digit),
  );
  return (column) => sql`${column} BETWEEN ${first}::uuid AND ${last}::uuid${endsSo(column, tail)}`;
}

/** The same of the hash of a transaction (`0x4bfc4a…90ab`). */
export function hashShortened(text: string): Within | null {
  const [, head, tail] = HASH.exec(text) ?? [];
  if (head === undefined) return null;
  const first = head.toLowerCase();
  return (column) => sql`${column} >= ${first} AND ${column} < ${`${first}g`}${endsSo(column, tail)}`;
}

/** A CLABE as banks print it, in groups, is one; anything else is as it was given. */
export function ungrouped(text: string): string {
  const digits = text.replaceAll(/[\s-]/g, '');
  return /^[\d\s-]+$/.test(text.trim()) && /^\d{18}$/.test(digits) ? digits : text;
}
