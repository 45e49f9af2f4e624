import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Db, openDatabase } from '../../src/reactor/db/client.ts';
import { useDatabase } from '../support/use-database.ts';

const world = useDatabase();
let db: Db;
beforeAll(async () => {
  db = openDatabase(world().$client.options.connectionString ?? '', { max: 1 });
  await db.execute(sql`CREATE TABLE written (n int PRIMARY KEY)`);
});
beforeEach(() => db.execute(sql`TRUNCATE written`));
afterAll(() => db?.$client.end());

const write = (on: Pick<Db, 'execute'>, n: number) => on.execute(sql`INSERT INTO written VALUES (${n})`);
const written = async (): Promise<unknown[]> => {
  const { rows } = await world().execute<{ n: number }>(sql`SELECT n FROM written ORDER BY n`);
  return rows.map(({ n }) => n);
};
const planned = async () => {
  const { rows } = await db.execute<{ statement: string; uses: number }>(
    sql`SELECT statement, (generic_plans + custom_plans)::int AS uses FROM pg_prepared_statements`,
  );
  return rows;
};

test('a statement with values is planned once for each connection', async () => {
  for (let n = 0; n < 3; n++) await db.execute(sql`SELECT ${n}::int AS planned_once`);
  const own = (await planned()).filter(({ statement }) => statement.includes('planned_once'));
  expect(own).toEqual([{ statement: 'SELECT $1::int AS planned_once', uses: 3 }]);
});

test('no more than so many texts are kept planned, and the others are asked all the same', async () => {
  for (let n = 0; n < 420; n++) {
    const { rows } = await db.execute(sql`SELECT ${n}::int AS ${sql.identifier(`n${n}`)}`);
    expect(rows).toEqual([{ [`n${n}`]: n }]);
  }
  expect((await planned()).length).toBeLessThanOrEqual(400);
});

test('what a transaction wrote stands or falls together', async () => {
  await db.transaction(async (tx) => {
    await tx.execute(sql`SELECT 1`);
    await write(tx, 1);
  });
  const failed = db.transaction(async (tx) => {
    await write(tx, 2);
    await tx.execute(sql`SELECT 1`);
    throw new Error('changed its mind');
  });
  await expect(failed).rejects.toThrow('changed its mind');
  expect(await written()).toEqual([1]);
});

test('a savepoint that fails before its first statement undoes no more than itself', async () => {
  const failed = db.transaction(async (tx) => {
    const inner = tx.transaction(async () => {
      throw new Error('inner');
    });
    await expect(inner).rejects.toThrow('inner');
    await write(tx, 3);
    throw new Error('outer');
  });
  await expect(failed).rejects.toThrow('outer');
  expect(await written()).toEqual([]);
  await db.transaction(async (tx) => {
    await write(tx, 4);
    const inner = tx.transaction(async (saved) => {
      await write(saved, 5);
      throw new Error('inner');
    });
    await expect(inner).rejects.toThrow('inner');
    await tx.transaction((saved) => write(saved, 6));
  });
  expect(await written()).toEqual([4, 6]);
});

test('a transaction of nothing begins nothing', async () => {
  await db.transaction(async () => undefined);
  const { rows } = await db.execute(sql`SELECT now() = statement_timestamp() AS is_new`);
  expect(rows).toEqual([{ is_new: true }]);
});

/** No such level: what the server says of the begin comes with the answer to the first statement. */
const NO_LEVEL = { isolationLevel: 'of nothing' as 'serializable' };

test('where a begin fails, nothing is written outside the transaction', async () => {
  for (const first of [sql`SELECT 1`, sql`SELECT ${1}::int`, null]) {
    const failed = db.transaction(async (tx) => {
      if (first) await tx.execute(first);
      await write(tx, 7);
    }, NO_LEVEL);
    await expect(failed).rejects.toThrow();
    expect(await written()).toEqual([]);
  }
  await write(db, 8);
  expect(await written()).toEqual([8]);
});
