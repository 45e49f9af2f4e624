import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrateDatabase, openDatabase } from '../../src/reactor/db/client.ts';
import * as schema from '../../src/reactor/db/schema.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type Known, NAMES, nameOfCommit } from './names.ts';
import { readStatement, UnnamedWriteError, WRITING_FUNCTIONS } from './statement.ts';

const LEG = { kind: 'custody', rail: 'bitso_spei', paymentId: 'p' };
const known: Known = {
  leg: () => LEG,
  effect: () => ({ kind: 'juno_redemption', leg: LEG, subject: 'leg:l' }),
};
const nameOf = (text: string, values: readonly unknown[]) => {
  const statement = readStatement(text, values);
  return statement.is === 'write' ? nameOfCommit(statement.writes, known) : null;
};

describe('the name of a write, from its statement', () => {
  test('names a move of a leg by its kind, its state and, from the redemption on, its rail', () => {
    const text = 'update "reactor"."leg" set "state" = $1, "cause" = $2 where ("reactor"."leg"."id" = $3)';
    expect(nameOf(text, ['withdrawing', 'c', 'l'])).toBe('custody: withdrawing');
    expect(nameOf(text, ['completed', 'c', 'l'])).toBe('custody by bitso_spei: completed');
  });

  test('names an effect by its kind and its state', () => {
    const insert = 'insert into "reactor"."effect" ("id", "kind", "state") values ($1, $2, default) returning "id"';
    expect(nameOf(insert, ['e', 'chain_fund'])).toBe('custody: chain_fund recorded');
    const update =
      'update "reactor"."effect" set "state" = $1, "at" = least($2, now()) where "reactor"."effect"."id" = $3';
    expect(nameOf(update, ['sending', 1, 'e'])).toBe('custody by bitso_spei: juno_redemption sending');
  });

  test('names what a hand-written statement writes, and a function that writes', () => {
    const take = 'INSERT INTO reactor.lane AS l (name, epoch, holder)\n VALUES ($1, 1, $2) ON CONFLICT DO NOTHING';
    expect(nameOf(take, ['payment:1', 'h'])).toBe('lane of payment taken');
    const read =
      'with "taken" as (INSERT INTO reactor.lane AS l (name, epoch, holder) SELECT $1, 1, $2 WHERE EXISTS (SELECT 1 FROM reactor.payment)) select 1';
    expect(nameOf(read, ['payment:1', 'h'])).toBe('lane of payment taken');
    const give = 'UPDATE reactor.lane SET holder = NULL WHERE name = $1 AND epoch = $2';
    expect(nameOf(give, ['payment:1', 1])).toBe('lane of payment given back');
    expect(nameOf('SELECT * FROM reactor.juno_take($1)', ['x'])).toBe('leave to call asked');
    expect(nameOf('WITH a AS (SELECT 1) INSERT INTO reactor.webhook_in (source) SELECT $1', ['juno'])).toBe(
      'webhook kept',
    );
  });

  test('tells what only reads, and refuses what it cannot tell', () => {
    expect(readStatement('select 1 for update', [])).toEqual({ is: 'read' });
    expect(readStatement('(SELECT 1 FROM a) UNION ALL (SELECT 2 FROM b)', [])).toEqual({ is: 'read' });
    expect(readStatement('COMMIT', [])).toEqual({ is: 'commit' });
    expect(readStatement('ROLLBACK TO SAVEPOINT sp1', [])).toEqual({ is: 'read' });
    expect(() => readStatement('MERGE INTO reactor.leg USING x', [])).toThrow(UnnamedWriteError);
    expect(() => nameOf('INSERT INTO reactor.novelty (id) VALUES ($1)', ['x'])).toThrow(/has no name/);
  });
});

describe('no write is without a name', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());

  test('every table of the reactor has one', () => {
    const tables = Object.values(schema).filter((value) => value instanceof PgTable);
    expect(tables.length).toBeGreaterThan(20);
    expect(tables.map((table) => getTableConfig(table).name).filter((name) => !(name in NAMES))).toEqual([]);
  });

  test('every function of the database that a SELECT could call is known to write or not to', async () => {
    const url = await postgres.createDatabase();
    const db = openDatabase(url, { max: 2 });
    await migrateDatabase(db);
    await db.$client.end();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'reactor' AND p.prorettype <> 'trigger'::regtype AND p.provolatile = 'v'`,
    );
    await client.end();
    // The one only raises, the other only tells the time: what they are asked about, they leave as it is.
    const harmless = ['assert_epoch', 'now'];
    expect(
      rows.map(({ name }) => name).filter((name) => !harmless.includes(name) && !(name in WRITING_FUNCTIONS)),
    ).toEqual([]);
  });
});
