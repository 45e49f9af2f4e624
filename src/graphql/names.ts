import { getTableColumns, getTableName, isTable } from 'drizzle-orm';
import type { SqlNames } from './statement.ts';

/** The tables and columns of a schema of Ponder’s, as a statement names them. */
export function namesOf(schema: Readonly<Record<string, unknown>>): SqlNames {
  const tables = Object.values(schema).filter((thing) => isTable(thing));
  return {
    tables: new Set(tables.map((table) => getTableName(table))),
    columns: new Set(tables.flatMap((table) => Object.values(getTableColumns(table)).map(({ name }) => name))),
  };
}
