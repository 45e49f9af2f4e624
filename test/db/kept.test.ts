/** The tables of which nothing is edited or deleted, beside those of constraints.test.ts, and what writes itself into them. */
import { randomUUID } from 'node:crypto';
import { eq, getTableName, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import {
  effect,
  effectHistory,
  effectMove,
  foreignAct,
  ledgerEntry,
  legHistory,
  legMove,
  proposal,
  walletTransaction,
} from '../../src/reactor/db/schema.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { refused } from '../support/refused.ts';
import { usePayment } from './use-payment.ts';

const here = usePayment();
const anEffect = async (): Promise<string> => {
  const { id } = here.anEffect({ kind: 'chain_fund' });
  await here.db.insert(effect).values(here.anEffect({ id, kind: 'chain_fund' }));
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
      () =>
        here.db
          .insert(foreignAct)
          .values({ source: 'wallet', externalId: '0x1', wallet: '0xb', nonce: 1, reason: 'drill' }),
    ],
    ['the moves of a leg', legMove, 'to_state', nothing],
    ['the moves of an effect', effectMove, 'to_state', nothing],
  ])('%s', async (_, written, column, write) => {
    await write();
    const [table, field] = [sql.identifier(getTableName(written)), sql.identifier(column)];
    await refused(here.db.execute(sql`UPDATE reactor.${table} SET ${field} = ${field}`), /append-only/);
    await refused(here.db.execute(sql`DELETE FROM reactor.${table}`), /append-only/);
  });
});

describe('never deleted', () => {
  test.each<[name: string, table: PgTable, write: () => Promise<unknown>]>([
    ['an effect', effect, anEffect],
    [
      'an entry of the books',
      ledgerEntry,
      () => here.db.insert(ledgerEntry).values({ id: randomUUID(), key: randomUUID(), state: 'posted' }),
    ],
    [
      'a signed transaction',
      walletTransaction,
      async () =>
        here.db.insert(walletTransaction).values({
          ...{ hash: '0x1', chainId: 1, wallet: '0xab', nonce: 0, version: 0, effectId: await anEffect(), raw: '0x' },
        }),
    ],
    [
      'a proposal',
      proposal,
      () =>
        here.db.insert(proposal).values({
          ...{ id: randomUUID(), command: 'effect decide', subject: 'effect:x', parameters: {}, reason: 'drill' },
          ...{ proposedBy: randomUUID(), proposerName: 'Ana', expiresAt: new Date(Date.now() + 60_000) },
        }),
    ],
  ])('%s', async (_, written, write) => {
    await write();
    await refused(here.db.delete(written), /append-only/);
  });
});

describe('what writes itself', () => {
  test('each move of an effect leaves its line, its birth too', async () => {
    const id = await anEffect();
    const error = { code: 'drill', text: 'a drill' };
    await here.db.update(effect).set({ state: 'sending' }).where(eq(effect.id, id));
    await here.db.update(effect).set({ state: 'unknown', error }).where(eq(effect.id, id));
    const lines = await here.db
      .select()
      .from(effectHistory)
      .where(eq(effectHistory.effectId, id))
      .orderBy(effectHistory.id);
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
      await here.db.transaction((tx) =>
        writeEntry(tx, {
          ...{ id, key: id, paymentId: here.given.paymentId, effectId: null, state, postings: JOURNEY[step](thousand) },
        }),
      );
      return id;
    };
    for (const step of ['deposit', 'deposit', 'issuance'] as const) await write(step, 'posted');
    const [posted, voided] = [await write('deposit', 'pending'), await write('deposit', 'pending')];
    await write('juno_withdrawal', 'pending');
    await here.db.update(ledgerEntry).set({ state: 'posted' }).where(eq(ledgerEntry.id, posted));
    await here.db.update(ledgerEntry).set({ state: 'voided' }).where(eq(ledgerEntry.id, voided));
    const { rows } = await here.db.execute(sql`
      SELECT b.account, b.currency, b.posted, b.pending FROM reactor.ledger_balance b WHERE b.owner = ${here.given.paymentId}
      EXCEPT
      SELECT p.account, p.currency, coalesce(sum(p.amount) FILTER (WHERE e.state = 'posted'), 0), coalesce(sum(p.amount) FILTER (WHERE e.state = 'pending'), 0)
      FROM reactor.ledger_posting p JOIN reactor.ledger_entry e ON e.id = p.entry_id WHERE p.owner = ${here.given.paymentId} GROUP BY 1, 2`);
    expect(rows).toEqual([]);
    const { rows: spei } = await here.db.execute(sql`
      SELECT posted::text, pending::text FROM reactor.ledger_balance WHERE owner = ${here.given.paymentId} AND account = 'spei_in'`);
    expect(spei).toEqual([{ posted: '200000', pending: '0' }]);
  });
});
