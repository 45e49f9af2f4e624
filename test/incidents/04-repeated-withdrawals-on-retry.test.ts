import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { effect } from '../../src/reactor/db/schema.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { givePayment } from '../support/fixtures.ts';
import { contextOf, effectView, inLane, NO_ANSWER, railOf, recordFor, useDatabase, viewOf } from './support.ts';

const db = useDatabase();

test('a withdrawal that is IN_PROGRESS is waited for, minute after minute, and never made again', () => {
  for (const status of ['pending', 'in_progress', 'unknown'] as const)
    expect(
      decide(
        viewOf({
          state: 'withdrawing',
          effects: { juno_withdrawal: effectView('juno_withdrawal') },
          facts: { withdrawal: { id: 'x', status, txHash: null } },
        }),
      ),
    ).toMatchObject({ do: 'wait' });
});

test('every retry of a withdrawal without answer is the same one: one row, one key, the same bytes', async () => {
  const payment = await givePayment(db());
  const id = await recordFor(db(), payment, 'juno_withdrawal');
  const { driver, written } = railOf(NO_ANSWER, NO_ANSWER, { is: 'confirmed', externalId: 'juno-1' });
  for (let turn = 0; turn < 5; turn++)
    await inLane(db(), `payment:${payment.paymentId}`, (lane) =>
      sendEffect(contextOf(db()), lane, driver, id, { switches: ['all'] }),
    );
  expect(written).toHaveLength(3);
  expect(new Set(written.map((one) => JSON.stringify(one))).size).toBe(1);
  const rows = await db().select().from(effect).where(eq(effect.subjectId, payment.legId));
  expect(rows).toMatchObject([{ state: 'confirmed', externalId: 'juno-1', attempt: 1 }]);
});
