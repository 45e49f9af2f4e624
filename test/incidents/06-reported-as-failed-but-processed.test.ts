import { expect, test } from 'vitest';
import { classify } from '../../src/juno/classify.ts';
import { JunoRejectedError, JunoUnknownError } from '../../src/juno/errors.ts';
import { evidence } from '../../src/reactor/db/schema.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from './support.ts';

const db = useDatabase();
const ENDPOINT = 'POST /mint_platform/v1/withdrawals';
const SEND = { kind: 'send', idempotencyKey: 'key' } as const;
const answered = (status: number, code: string) =>
  classify(SEND, ENDPOINT, status, JSON.stringify({ success: false, error: { code, message: 'failed' } }));

test('error 34003, and every code that is on no list, says nothing of whether the money left', () => {
  expect(answered(400, '34003')).toBeInstanceOf(JunoUnknownError);
  for (const [status, code] of [
    [400, '99999'],
    [409, '0303'],
    [422, '0304'],
    [500, '0379'],
    [404, '1404'],
  ] as const)
    expect(answered(status, code)).toBeInstanceOf(JunoUnknownError);
  expect(answered(400, '0379')).toBeInstanceOf(JunoRejectedError);
});

test('what was found for one payment can be claimed by no other', async () => {
  const [first, second] = [await givePayment(db()), await givePayment(db())];
  const claim = (legId: string) =>
    db()
      .insert(evidence)
      .values({ source: 'juno_transaction', externalId: 'withdrawal-1', subjectKind: 'leg', subjectId: legId });
  await claim(first.legId);
  await refused(claim(second.legId), /evidence_source_external_id_pk/);
});
