import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { Outcome } from '../../src/reactor/effects/driver.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { givePayment } from '../support/fixtures.ts';
import { contextOf, inLane, railOf, recordFor, useDatabase } from './support.ts';

const db = useDatabase();

test('while the outside is slow no transaction is open: what was done stays done, and the payment can be locked by anybody', async () => {
  const payment = await givePayment(db());
  const id = await recordFor(db(), payment, 'juno_withdrawal');
  const answer = Promise.withResolvers<Outcome>();
  const { driver, written } = railOf(answer.promise);
  const sent = inLane(db(), `payment:${payment.paymentId}`, (lane) =>
    sendEffect(contextOf(db()), lane, driver, id, { switches: ['all'] }),
  );
  await expect.poll(() => written.length, { timeout: 30_000 }).toBe(1);

  const { rows: open } = await db().execute(sql`
    SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`);
  expect(open).toEqual([]);
  await db().transaction((tx) =>
    tx.execute(sql`SELECT 1 FROM reactor.payment WHERE id = ${payment.paymentId} FOR UPDATE NOWAIT`),
  );
  const { rows } = await db().execute<{ state: string }>(sql`SELECT state FROM reactor.effect WHERE id = ${id}`);
  expect(rows).toEqual([{ state: 'sending' }]);
  answer.resolve({ is: 'confirmed', externalId: 'juno-1' });
  await sent;
});
