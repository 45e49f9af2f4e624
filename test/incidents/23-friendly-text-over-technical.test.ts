import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { effect, leg } from '../../src/reactor/db/schema.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { contextOf, inLane, railOf, recordFor, useDatabase } from './support.ts';

const db = useDatabase();

test('the code that machines search by and the sentence for people are kept apart, in the row and in its history', async () => {
  const payment = await givePayment(db());
  const id = await recordFor(db(), payment, 'juno_withdrawal');
  const error = { code: '0379', text: 'Insufficient MXNB balance' };
  const { driver } = railOf({ is: 'rejected', ...error });
  await inLane(db(), `payment:${payment.paymentId}`, (lane) =>
    sendEffect(contextOf(db()), lane, driver, id, { switches: ['all'] }),
  );
  expect((await db().select().from(effect).where(eq(effect.id, id)))[0]).toMatchObject({ state: 'rejected', error });
  const { rows } = await db().execute(sql`
    SELECT error FROM reactor.effect_history WHERE effect_id = ${id} AND error->>'code' = '0379'`);
  expect(rows).toEqual([{ error }]);
  await refused(
    db().execute(sql`UPDATE reactor.effect_history SET error = '{}' WHERE effect_id = ${id}`),
    /append-only/,
  );
});

test('a sentence without its code, or without an owner, cannot be stored', async () => {
  const { legId } = await givePayment(db());
  const mark = (given: Partial<typeof leg.$inferInsert>) => db().update(leg).set(given).where(eq(leg.id, legId));
  await refused(mark({ attentionText: 'Something went wrong.' }), /leg_attention/);
  await refused(mark({ attentionCode: 'juno_down', attentionText: 'Juno does not answer.' }), /leg_attention/);
  await mark({ attentionCode: 'juno_down', attentionText: 'Juno does not answer.', attentionOwner: 'operations' });
});
