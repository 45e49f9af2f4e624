import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { effect, lane, walletTransaction } from '../../src/reactor/db/schema.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { contextOf, inLane, railOf, recordFor, useDatabase } from './support.ts';

const db = useDatabase();

test('a process dies while it sends: no row stays ‘processing’ for ever, the next one goes on with the same key and bytes', async () => {
  const payment = await givePayment(db());
  const id = await recordFor(db(), payment, 'juno_withdrawal');
  const name = `payment:${payment.paymentId}`;
  await db()
    .update(effect)
    .set({ state: 'sending', sends: 1, firstSentAt: sql`clock_timestamp()` })
    .where(eq(effect.id, id));
  // Its lease ends by itself, for nobody is there to renew it.
  await db()
    .update(lane)
    .set({ holder: 'dead', heldUntil: sql`clock_timestamp() - interval '1 second'` })
    .where(eq(lane.name, name));
  const { driver, written } = railOf({ is: 'confirmed', externalId: 'juno-1' });
  await inLane(db(), name, (held) => sendEffect(contextOf(db()), held, driver, id, { switches: ['all'] }));
  const [row] = await db().select().from(effect).where(eq(effect.id, id));
  expect(row).toMatchObject({ state: 'confirmed', sends: 2 });
  expect(written).toEqual([{ key: row?.key, request: row?.request }]);
});

test('two processes that share a wallet cannot sign the same nonce twice', async () => {
  const payment = await givePayment(db());
  const effectId = await recordFor(db(), payment, 'chain_fund');
  const sign = (hash: string) =>
    db()
      .insert(walletTransaction)
      .values({ hash, chainId: 31337, wallet: '0xb', nonce: 7, version: 0, effectId, raw: '0x02' });
  await sign(randomUUID());
  await refused(sign(randomUUID()), /wallet_transaction_nonce/);
});
