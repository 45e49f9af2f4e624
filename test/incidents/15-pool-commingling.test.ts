import { randomUUID } from 'node:crypto';
import { test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { JOURNEY, type JourneyStep } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from './support.ts';

const db = useDatabase();
const AMOUNT = centavos(150_000n);
const book = (paymentId: string, step: JourneyStep) =>
  db().transaction((tx) =>
    writeEntry(tx, {
      id: randomUUID(),
      key: `${step}:${randomUUID()}`,
      paymentId,
      effectId: null,
      state: 'pending',
      postings: JOURNEY[step](AMOUNT),
    }),
  );

test('the pool and the bridge are full of others’ money: a payment that has none there takes none, at any step', async () => {
  const [rich, poor] = [await givePayment(db()), await givePayment(db())];
  const journey = [
    'deposit',
    'issuance',
    'juno_withdrawal',
    'arrival',
    'chain_fund',
    'chain_release',
    'chain_return',
    'credit',
  ] as const;
  for (const step of journey) {
    if (step !== 'deposit') await refused(book(poor.paymentId, step), /overdrawn/);
    await book(rich.paymentId, step);
  }
  await refused(book(poor.paymentId, 'juno_redemption'), /overdrawn/);
});
