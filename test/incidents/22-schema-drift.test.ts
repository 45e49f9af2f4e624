import { sql } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { migrateDatabase } from '../../src/reactor/db/client.ts';
import * as schema from '../../src/reactor/db/schema.ts';
import { useDatabase } from './support.ts';

const db = useDatabase();

test('a migrated database has the tables and columns of the code, no fewer and no others', async () => {
  const { rows } = await db().execute<{ name: string }>(sql`
    SELECT table_name || '.' || column_name || ' ' || CASE is_nullable WHEN 'YES' THEN 'null' ELSE 'not null' END AS name
    FROM information_schema.columns WHERE table_schema = 'reactor' AND table_name <> 'ledger_account'`);
  const tables = Object.values(schema).filter((one) => one instanceof PgTable);
  const columns = tables.flatMap((table) => {
    const { name, columns: all } = getTableConfig(table);
    return all.map((column) => `${name}.${column.name} ${column.notNull ? 'not null' : 'null'}`);
  });
  expect(rows.map(({ name }) => name).sort()).toEqual(columns.sort());
});

test('migrating again, and from several processes at once, changes nothing', async () => {
  const count = async () =>
    (
      await db().execute<{ count: number }>(
        sql`SELECT count(*)::int AS count FROM reactor_migrations.__drizzle_migrations`,
      )
    ).rows[0]?.count;
  const before = await count();
  await Promise.all([migrateDatabase(db()), migrateDatabase(db()), migrateDatabase(db())]);
  expect(await count()).toBe(before);
});
