import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { deriveKey } from '../../src/reactor/effects/key.ts';
import { JOURNEY, type JourneyStep } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { recordFor, useDatabase } from './support.ts';

const db = useDatabase();

test('the key of a payout is derived, never drawn: the same intent has the same key, in every process and after a restore', () => {
  const identity = { subjectKind: 'leg', subjectId: randomUUID(), kind: 'juno_redemption', attempt: 1 } as const;
  const keys = Array.from({ length: 50 }, () => deriveKey('a stable secret that never changes', identity));
  expect(new Set(keys).size).toBe(1);
});

test('a second payout path beside the first: the index refuses its intent', async () => {
  const payment = await givePayment(db());
  await recordFor(db(), payment, 'juno_redemption');
  await refused(recordFor(db(), payment, 'juno_redemption', 2), /effect_one_live/);
});

test('and were there a second intent all the same, the ledger’s floor refuses its money', async () => {
  const payment = await givePayment(db());
  const book = (step: JourneyStep) =>
    db().transaction((tx) =>
      writeEntry(tx, {
        id: randomUUID(),
        key: `${step}:${randomUUID()}`,
        paymentId: payment.paymentId,
        effectId: null,
        state: 'posted',
        postings: JOURNEY[step](centavos(payment.amount)),
      }),
    );
  for (const step of ['deposit', 'issuance', 'juno_redemption'] as const) await book(step);
  await refused(book('juno_redemption'), /overdrawn/);
});
