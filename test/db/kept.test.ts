/** The tables of which nothing is edited or deleted, beside those of constraints.test.ts, and what writes itself into them. */
import { randomUUID } from 'node:crypto';
import { eq, getTableName, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import {
  effect,
  effectHistory,
  effectMove,
  foreignAct,
  lane,
  ledgerEntry,
  legHistory,
  legMove,
  proposal,
  walletTransaction,
} from '../../src/reactor/db/schema.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';

const LANE = 'payment:of-these-tests';
const database = useDatabase();
let db: Db;
let given: Awaited<ReturnType<typeof givePayment>>;
beforeAll(async () => {
  db = database();
  await db.insert(lane).values({ name: LANE, epoch: 1 });
});
beforeEach(async () => {
  given = await givePayment(db);
});

const anEffect = async (): Promise<string> => {
  const id = randomUUID();
  await db.insert(effect).values({
    ...{ id, subjectKind: 'leg', subjectId: given.legId, kind: 'chain_fund', attempt: 1, paymentId: given.paymentId },
    ...{ key: randomUUID(), request: {}, amount: 1n, currency: 'MXNB', lane: LANE, laneEpoch: 1 },
  });
  return id;
};
const nothing = async () => undefined;

describe('neither edited nor deleted', () => {
  test.each<[name: string, table: PgTable, column: string, write: () => Promise<unknown>]>([
    ['the history of a leg', legHistory, 'cause', nothing],
    ['the history of an effect', effectHistory, 'lane', anEffect],
    [
      'a word about an act of nobody’s here',
      foreignAct,
      'reason',
      () => db.insert(foreignAct).values({ source: 'wallet', externalId: '0x1', reason: 'drill' }),
    ],
    ['the moves of a leg', legMove, 'to_state', nothing],
    ['the moves of an effect', effectMove, 'to_state', nothing],
  ])('%s', async (_, written, column, write) => {
    await write();
    const [table, field] = [sql.identifier(getTableName(written)), sql.identifier(column)];
    await refused(db.execute(sql`UPDATE reactor.${table} SET ${field} = ${field}`), /append-only/);
    await refused(db.execute(sql`DELETE FROM reactor.${table}`), /append-only/);
  });
});

describe('never deleted', () => {
  test.each<[name: string, table: PgTable, write: () => Promise<unknown>]>([
    ['an effect', effect, anEffect],
    [
      'an entry of the books',
      ledgerEntry,
      () => db.insert(ledgerEntry).values({ id: randomUUID(), key: randomUUID(), state: 'posted' }),
    ],
    [
      'a signed transaction',
      walletTransaction,
      async () =>
        db.insert(walletTransaction).values({
          ...{ hash: '0x1', chainId: 1, wallet: '0xab', nonce: 0, version: 0, effectId: await anEffect(), raw: '0x' },
        }),
    ],
    [
      'a proposal',
      proposal,
      () =>
        db.insert(proposal).values({
          ...{ id: randomUUID(), command: 'effect decide', subject: 'effect:x', parameters: {}, reason: 'drill' },
          ...{ proposedBy: randomUUID(), proposerName: 'Ana', expiresAt: new Date(Date.now() + 60_000) },
        }),
    ],
  ])('%s', async (_, written, write) => {
    await write();
    await refused(db.delete(written), /append-only/);
  });
});

describe('what writes itself', () => {
  test('each move of an effect leaves its line, its birth too', async () => {
    const id = await anEffect();
    const error = { code: 'drill', text: 'a drill' };
    await db.update(effect).set({ state: 'sending' }).where(eq(effect.id, id));
    await db.update(effect).set({ state: 'unknown', error }).where(eq(effect.id, id));
    const lines = await db.select().from(effectHistory).where(eq(effectHistory.effectId, id)).orderBy(effectHistory.id);
    expect(lines.map(({ fromState, toState, error: why }) => [fromState, toState, why])).toEqual([
      [null, 'recorded', null],
      ['recorded', 'sending', null],
      ['sending', 'unknown', error],
    ]);
  });

  test('the balances are the sums of the postings, whatever was posted, voided or is pending', async () => {
    const thousand = centavos(100_000n);
    const write = async (step: 'deposit' | 'issuance' | 'juno_withdrawal', state: 'posted' | 'pending') => {
      const id = randomUUID();
      await db.transaction((tx) =>
        writeEntry(tx, {
          ...{ id, key: id, paymentId: given.paymentId, effectId: null, state, postings: JOURNEY[step](thousand) },
        }),
      );
      return id;
    };
    for (const step of ['deposit', 'deposit', 'issuance'] as const) await write(step, 'posted');
    const [posted, voided] = [await write('deposit', 'pending'), await write('deposit', 'pending')];
    await write('juno_withdrawal', 'pending');
    await db.update(ledgerEntry).set({ state: 'posted' }).where(eq(ledgerEntry.id, posted));
    await db.update(ledgerEntry).set({ state: 'voided' }).where(eq(ledgerEntry.id, voided));
    const { rows } = await db.execute(sql`
      SELECT b.account, b.currency, b.posted, b.pending FROM reactor.ledger_balance b WHERE b.owner = ${given.paymentId}
      EXCEPT
      SELECT p.account, p.currency, coalesce(sum(p.amount) FILTER (WHERE e.state = 'posted'), 0), coalesce(sum(p.amount) FILTER (WHERE e.state = 'pending'), 0)
      FROM reactor.ledger_posting p JOIN reactor.ledger_entry e ON e.id = p.entry_id WHERE p.owner = ${given.paymentId} GROUP BY 1, 2`);
    expect(rows).toEqual([]);
    const { rows: spei } = await db.execute(sql`
      SELECT posted::text, pending::text FROM reactor.ledger_balance WHERE owner = ${given.paymentId} AND account = 'spei_in'`);
    expect(spei).toEqual([{ posted: '200000', pending: '0' }]);
  });
});
