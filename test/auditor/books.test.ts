import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAuditBooks } from '../../src/auditor/books.ts';
import { compareLedger } from '../../src/auditor/compare-books.ts';
import { centavos } from '../../src/money/money.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { effect, walletTransaction } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { answerTo } from '../support/answer-to.ts';
import { givePayment, openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let url: string;
let db: Db;
beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase();
  db = await openTestDatabase(url);
});
afterAll(async () => {
  await db?.$client.end();
  await postgres?.stop();
});

/** One statement as the auditor's role, without its own promise to write nothing. */
const asAuditor = (statement: string) => answerTo(url, statement, '-c role=kustodia_auditor');

test('the auditor’s role reads the books, writes nothing, and sees no name, e-mail or key', async () => {
  expect(await asAuditor('SELECT count(*) FROM reactor.ledger_posting')).toBe('done');
  for (const table of ['person', 'api_key', 'idempotency', 'webhook_in', 'audit_log', 'setting_pin'])
    expect(await asAuditor(`SELECT * FROM reactor.${table}`)).toMatch(/permission denied/);
  for (const table of ['payment', 'leg', 'effect', 'evidence', 'ledger_entry', 'ledger_posting', 'ledger_balance']) {
    expect(await asAuditor(`DELETE FROM reactor.${table}`)).toMatch(/permission denied/);
    expect(await asAuditor(`INSERT INTO reactor.${table} DEFAULT VALUES`)).toMatch(/permission denied/);
  }
  expect(await asAuditor("UPDATE reactor.leg SET state = 'completed'")).toMatch(/permission denied/);
  expect(await asAuditor('CREATE TABLE reactor.own (x int)')).toMatch(/permission denied/);
});

test('the books are read as the auditor’s role, whoever connects', async () => {
  const read = openAuditBooks({ databaseUrl: url });
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  try {
    await owner.query('REVOKE SELECT ON reactor.leg FROM kustodia_auditor');
    await expect(read()).rejects.toThrow('permission denied for table leg');
  } finally {
    await owner.query('GRANT SELECT ON reactor.leg TO kustodia_auditor');
    await owner.end();
  }
});

test('what was signed for an effect that is dead explains no transfer', async () => {
  const { paymentId, legId } = await givePayment(db);
  const request = { to: '0x1', data: '0x' };
  const live = { subjectKind: 'leg', subjectId: legId, kind: 'chain_return', paymentId, request } as const;
  const raw = { chainId: 31337, wallet: '0x2', version: 0, raw: '0x02' };
  const [laneEpoch, hashes] = [1, ['0xa', '0xb']];
  await withLane({ db, holder: 'test' }, 'wallet', async (lane) => {
    for (const [nonce, hash] of hashes.entries()) {
      const id = randomUUID();
      const own = { attempt: nonce + 1, key: hash, amount: 1n, currency: 'MXNB', lane: lane.name, laneEpoch } as const;
      await db.insert(effect).values({ id, ...live, ...own });
      await db.insert(walletTransaction).values({ ...raw, hash, nonce, effectId: id });
      if (nonce === 0)
        await db.update(effect).set({ state: 'dead', lane: lane.name, laneEpoch }).where(eq(effect.id, id));
    }
  });
  const books = await openAuditBooks({ databaseUrl: url })();
  expect(books.signed).toEqual(['0xb']);
  expect(books.versions).toEqual([]);
});

test('the books are read as they stand, and an entry forged past the triggers is found', async () => {
  const read = openAuditBooks({ databaseUrl: url });
  const { paymentId, legId, amount } = await givePayment(db);
  await db.transaction((tx) =>
    writeEntry(tx, {
      id: crypto.randomUUID(),
      key: `deposit:${paymentId}`,
      paymentId,
      effectId: null,
      state: 'posted',
      postings: JOURNEY.deposit(centavos(amount)),
    }),
  );
  const books = await read();
  expect(books.legs).toContainEqual(
    expect.objectContaining({ id: legId, paymentId, state: 'requested', centavos: amount }),
  );
  expect(books.postings).toContainEqual({
    account: 'liability',
    owner: paymentId,
    currency: 'MXN',
    posted: -amount,
    pending: 0n,
  });
  expect(compareLedger(books)).toEqual([]);

  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  // Nothing less turns the triggers off.
  await owner.query("SET session_replication_role = 'replica'");
  await owner.query("UPDATE reactor.ledger_posting SET amount = amount - 1 WHERE account = 'liability'");
  await owner.end();
  const codes = compareLedger(await read()).map(({ code }) => code);
  expect(codes).toEqual(['ledger_not_zero', 'ledger_balance_differs']);
});
