/** What the login of each process may do, and what the server refuses it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { shareViews } from '../../src/indexer/database.ts';
import { startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { addressOf, startPostgres as startOwnPostgres } from '../../src/local/postgres.ts';
import { centavos } from '../../src/money/money.ts';
import { type Db, migrateDatabase, openDatabase } from '../../src/reactor/db/client.ts';
import { type LoginRole, makeLogin } from '../../src/reactor/db/logins.ts';
import * as schema from '../../src/reactor/db/schema.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { openBoss } from '../../src/reactor/queue/boss.ts';
import { answerTo } from '../support/answer-to.ts';
import { givePayment } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const { lane, ledgerBalance, ledgerEntry, leg } = schema;
const DENIED = /permission denied|must be (?:owner|superuser)/;
let postgres: TestPostgres;
let url: string;
let owner: Db;
const made: string[] = [];

/** The address of a new login of this test's own. */
async function loginOf(role: LoginRole): Promise<string> {
  const name = `${role}_${randomUUID().slice(0, 8)}`;
  const { password } = await makeLogin(owner, { name, role });
  made.push(name);
  const own = new URL(url);
  [own.username, own.password] = [name, password];
  return own.href;
}
const asked = async (login: string, statements: readonly string[]) =>
  Promise.all(statements.map((statement) => answerTo(login, statement)));

async function kustodia(databaseUrl: string, ...args: string[]): Promise<string> {
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  const code = await run(args, { DATABASE_URL: databaseUrl }, { out: tell, err: tell });
  return [code, ...lines].join(' ');
}

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase();
  owner = openDatabase(url, { max: 2 });
  // A copy of a database has its tables, not what was granted on the whole of it.
  const { rows } = await owner.$client.query<{ name: string }>('SELECT current_database() AS name');
  await owner.$client.query(`GRANT CREATE ON DATABASE ${rows[0]?.name} TO kustodia_indexer`);
});
afterAll(async () => {
  for (const name of made) await owner.$client.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
  await owner?.$client.end();
  await postgres?.stop();
});

describe('the reactor', () => {
  let login: string;
  let db: Db;
  beforeAll(async () => {
    login = await loginOf('reactor');
    db = openDatabase(login, { max: 4 });
  });
  afterAll(() => db?.$client.end());

  test('finds a migrated database, makes its queue, and takes payments on their way', async () => {
    await migrateDatabase(db);
    const queue = await openBoss(login, pino({ level: 'silent' }));
    await queue.enqueue({ lane: 'payment', id: randomUUID() });
    await queue.stop();
    const { legId } = await givePayment(db);
    await db.update(leg).set({ state: 'deposited', cause: 'drill' }).where(eq(leg.id, legId));
    await db.insert(lane).values({ name: 'drill', epoch: 1 });
  });

  test('writes no balance but by a posting, and lets nobody act: it makes keys that read, and revokes any', async () => {
    const { rows } = await owner.$client.query<{ id: string }>(
      `INSERT INTO reactor.api_key (id, name, role, hash) VALUES (gen_random_uuid(), 'of the owner', 'viewer', 'x') RETURNING id`,
    );
    for (const answer of await asked(login, [
      `INSERT INTO reactor.ledger_balance (account, owner, currency, posted, pending) VALUES ('bank', 'general', 'MXN', 1, 0)`,
      'UPDATE reactor.ledger_balance SET posted = posted + 1',
      `INSERT INTO reactor.api_key (id, name, role, hash) VALUES (gen_random_uuid(), 'forged', 'admin', 'y')`,
      `UPDATE reactor.api_key SET role = 'admin'`,
      `UPDATE reactor.api_key SET hash = 'y'`,
    ]))
      expect(answer).toMatch(DENIED);
    expect(await answerTo(login, `UPDATE reactor.api_key SET revoked_at = now() WHERE id = '${rows[0]?.id}'`)).toBe(
      'done',
    );
    const reading = `INSERT INTO reactor.api_key (id, name, role, hash) VALUES (gen_random_uuid(), 'reads', 'viewer', 'z')`;
    expect(await answerTo(login, reading)).toBe('done');
    expect(await kustodia(login, 'key', 'create', '--name', 'forged', '--role', 'admin')).toMatch(
      /^1 This login may make no such key: .*DATABASE_OWNER_URL/,
    );
    expect(await kustodia(url, 'key', 'create', '--name', 'made', '--role', 'viewer')).toMatch(/^0 /);
    // In the books of a payment: pending, then posted.
    const { paymentId } = await givePayment(db);
    const id = randomUUID();
    const postings = JOURNEY.deposit(centavos(150_000n));
    await db.transaction((tx) =>
      writeEntry(tx, { id, key: 'drill', paymentId, effectId: null, state: 'pending', postings }),
    );
    const balances = async () =>
      Object.fromEntries(
        (await db.select().from(ledgerBalance).where(eq(ledgerBalance.owner, paymentId))).map((row) => [
          row.account,
          [row.pending, row.posted],
        ]),
      );
    expect(await balances()).toEqual({ liability: [-150_000n, 0n], spei_in: [150_000n, 0n] });
    await db.update(ledgerEntry).set({ state: 'posted' }).where(eq(ledgerEntry.id, id));
    expect(await balances()).toEqual({ liability: [0n, -150_000n], spei_in: [0n, 150_000n] });
  });

  test('what keeps the balances runs as who owns it and looks up nothing where another could put something', async () => {
    const { rows } = await owner.$client.query(
      `SELECT p.proname, array_to_string(p.proconfig, ',') AS config, r.rolname = current_user AS is_ours
       FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.prosecdef AND p.pronamespace = 'reactor'::regnamespace ORDER BY 1`,
    );
    const config = 'search_path=pg_catalog, pg_temp';
    const names = ['ledger_entry_guard', 'ledger_posting_born'];
    expect(rows).toEqual(names.map((proname) => ({ proname, config, is_ours: true })));
  });

  test('edits nothing that is kept, deletes nothing of the books, and takes no rule away', async () => {
    const { rows } = await owner.$client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'reactor'::regnamespace AND c.relkind = 'r'
         AND EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname IN ('append_only', 'never_deleted'))
         AND (has_table_privilege('kustodia_reactor', c.oid, 'DELETE, TRUNCATE, TRIGGER, REFERENCES')
           OR (has_table_privilege('kustodia_reactor', c.oid, 'UPDATE') AND EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only')))`,
    );
    expect(rows).toEqual([]);
    for (const answer of await asked(login, [
      'UPDATE reactor.leg_history SET cause = cause',
      'DELETE FROM reactor.ledger_entry',
      'TRUNCATE reactor.effect CASCADE',
      'ALTER TABLE reactor.leg DISABLE TRIGGER leg_guard',
      'DROP TRIGGER append_only ON reactor.audit_log',
      'SET session_replication_role = replica',
      'CREATE OR REPLACE FUNCTION reactor.append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
      `INSERT INTO reactor.leg_move (kind, from_state, to_state) VALUES ('custody', 'requested', 'completed')`,
      `INSERT INTO reactor.personal_column (table_name, column_name) VALUES ('ledger_posting', 'amount')`,
      'CREATE TABLE reactor.own (x int)',
      'CREATE SCHEMA own',
      'CREATE ROLE own LOGIN',
    ]))
      expect(answer).toMatch(DENIED);
  });
});

test('whatever the reactor’s source deletes, its login may delete, and nothing else', async () => {
  const folder = join(import.meta.dirname, '../../src/reactor');
  const names = await readdir(folder, { recursive: true });
  const sources = await Promise.all(
    names.filter((name) => /\.(ts|sql)$/.test(name)).map((name) => readFile(join(folder, name), 'utf8')),
  );
  const named = (table: string): string => {
    const one: unknown = Object.entries(schema).find(([key]) => key === table)?.[1];
    return is(one, PgTable) ? getTableName(one) : '';
  };
  const deleted = sources.flatMap((text) => [
    ...[...text.matchAll(/DELETE FROM reactor\.(\w+)/g)].map(([, name = '']) => name),
    ...[...text.matchAll(/\.delete\((\w+)\)/g)].map(([, table = '']) => named(table)).filter((name) => name !== ''),
  ]);
  const { rows } = await owner.$client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'reactor'::regnamespace AND has_table_privilege('kustodia_reactor', c.oid, 'DELETE')`,
  );
  expect(rows.map(({ name }) => name).sort()).toEqual([...new Set(deleted)].sort());
});

describe('the indexer', () => {
  let login: string;
  beforeAll(async () => {
    login = await loginOf('indexer');
  });

  test('makes its schemas and views, which the reactor reads and does not write', async () => {
    const client = new pg.Client({ connectionString: login });
    await client.connect();
    try {
      await shareViews(client);
      await client.query('CREATE SCHEMA build; CREATE TABLE build.escrow_event (id text)');
      await client.query('CREATE VIEW indexed.escrow_event AS SELECT * FROM build.escrow_event');
    } finally {
      await client.end();
    }
    const reactor = await loginOf('reactor');
    expect(await answerTo(reactor, 'SELECT * FROM indexed.escrow_event')).toBe('done');
    for (const answer of await asked(reactor, [
      `INSERT INTO indexed.escrow_event VALUES ('forged')`,
      'SELECT * FROM build.escrow_event',
      'DROP VIEW indexed.escrow_event',
    ]))
      expect(answer).toMatch(DENIED);
  });

  test('sees nothing of the reactor’s', async () => {
    for (const answer of await asked(login, [
      'SELECT * FROM reactor.payment',
      'SELECT * FROM reactor.person',
      'SELECT * FROM legacy.payment',
      'DELETE FROM reactor.effect',
      'CREATE ROLE own LOGIN',
    ]))
      expect(answer).toMatch(DENIED);
  });
});

test('the auditor reads the books and writes nothing, of people nor of money', async () => {
  const login = await loginOf('auditor');
  expect(await answerTo(login, 'SELECT count(*) FROM reactor.ledger_posting')).toBe('done');
  for (const answer of await asked(login, [
    'SELECT * FROM reactor.person',
    'SET default_transaction_read_only = off; DELETE FROM reactor.leg',
    'SET default_transaction_read_only = off; INSERT INTO reactor.audit_log DEFAULT VALUES',
    'CREATE SCHEMA own',
  ]))
    expect(answer).toMatch(/permission denied|read-only transaction/);
});

test('the reader finds the earlier tables by their names alone', async () => {
  const login = await loginOf('reader');
  expect(await answerTo(login, 'SELECT count(*) FROM payment p LEFT JOIN escrow e ON e.payment_id = p.id')).toBe(
    'done',
  );
});

test('a name that is somebody else’s is refused, and the same one again gets another password', async () => {
  const name = `reader_${randomUUID().slice(0, 8)}`;
  const first = await makeLogin(owner, { name, role: 'reader' });
  made.push(name);
  const second = await makeLogin(owner, { name, role: 'reader' });
  expect([first.isNew, second.isNew]).toEqual([true, false]);
  expect(second.password).not.toBe(first.password);
  const own = new URL(url);
  [own.username, own.password] = [name, first.password];
  expect(await answerTo(own.href, 'SELECT 1').catch((error: Error) => error.message)).toMatch(
    /password authentication failed/,
  );
  await expect(makeLogin(owner, { name, role: 'reactor' })).rejects.toThrow(/a role .* already/);
  await expect(makeLogin(owner, { name: 'kustodia', role: 'reader' })).rejects.toThrow(/a role kustodia already/);
  await expect(makeLogin(owner, { name: 'x; DROP ROLE kustodia', role: 'reader' })).rejects.toThrow(/small letters/);
});

test('a server whose owner is no superuser is migrated by `kustodia db migrate`, twice, and its logins made', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-managed-'));
  const keeper = startKeeper(folder);
  const port = await freePort();
  const server = await startOwnPostgres({ port, folder, keeper, settings: { fsync: 'off' } });
  try {
    const root = addressOf(port);
    await answerTo(root, `CREATE ROLE admin LOGIN CREATEROLE CREATEDB PASSWORD 'drill'`);
    await answerTo(root, 'CREATE DATABASE money OWNER admin');
    const managed = new URL(root);
    [managed.username, managed.password, managed.pathname] = ['admin', 'drill', '/money'];
    const lines: string[] = [];
    const cli = (...args: string[]) =>
      run(args, { DATABASE_URL: managed.href }, { out: (line) => lines.push(line), err: (line) => lines.push(line) });
    expect(await cli('db', 'migrate')).toBe(0);
    expect(await cli('db', 'migrate')).toBe(0);
    expect(await cli('db', 'login', 'worker', '--role', 'reactor', '--json')).toBe(0);
    const { password } = JSON.parse(lines.at(-1) ?? '') as { password: string };
    const worker = new URL(managed);
    [worker.username, worker.password] = ['worker', password];
    expect(await answerTo(worker.href, 'SELECT count(*) FROM reactor.payment')).toBe('done');
    expect(await answerTo(worker.href, 'DELETE FROM reactor.payment')).toMatch(DENIED);
    // Of an earlier release it says so, and changes nothing.
    await answerTo(managed.href, 'DELETE FROM reactor_migrations.__drizzle_migrations');
    const db = openDatabase(worker.href, { max: 1 });
    await expect(migrateDatabase(db).finally(() => db.$client.end())).rejects.toThrow(/kustodia db migrate/);
  } finally {
    await server.stop();
    await keeper.close();
  }
});
