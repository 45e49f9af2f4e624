import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

test('an intent is on disk when it is committed, whatever the database’s own setting', async () => {
  const url = await postgres.createDatabase();
  const name = sql.identifier(new URL(url).pathname.slice(1));
  const before = openDatabase(url);
  await before.execute(sql`ALTER DATABASE ${name} SET synchronous_commit = off`);
  await before.$client.end();
  const db = openDatabase(url);
  const { rows } = await db.execute(sql`SHOW synchronous_commit`);
  await db.$client.end();
  expect(rows).toEqual([{ synchronous_commit: 'on' }]);
});
