/** What is sent once, what is never said to have left, and what a settlement pays: the database keeps it, whatever the code believes. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { effect, leg, payment, settlementItem } from '../../src/reactor/db/schema.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { usePayment } from './use-payment.ts';

const here = usePayment();
const set = (id: string, given: object) => here.db.update(effect).set(given).where(eq(effect.id, id));

describe('an effect', () => {
  test.each(['bitso_payout', 'juno_bank_account', 'juno_clabe'] as const)(
    'of kind %s, for which nobody promises that a repeat is the same, is not sent again once its answer was lost',
    async (kind) => {
      const e = here.anEffect({ kind, currency: 'MXN' });
      await here.db.insert(effect).values(e);
      await set(e.id, { state: 'sending', sends: 1, firstSentAt: new Date() });
      await set(e.id, { state: 'unknown' });
      await refused(set(e.id, { state: 'sending', sends: 2 }), /whose answer was lost: it is not sent again/);
    },
  );

  test('that was never sent is not confirmed, but by the chain', async () => {
    const [paid, released] = [here.anEffect({ kind: 'juno_redemption' }), here.anEffect({ kind: 'chain_release' })];
    await here.db.insert(effect).values([paid, released]);
    await refused(set(paid.id, { state: 'confirmed', externalId: 'never sent' }), /was never sent/);
    await set(released.id, { state: 'confirmed', externalId: '0x01' });
  });
});

describe('a settlement', () => {
  /** A leg with money that came back, which waits to be settled, and a settlement over so much. */
  const given = async (state: LegState, amount: bigint) => {
    const own = await givePayment(here.db, { amount: 15_000n, kind: 'commission' });
    await here.db.update(leg).set({ state: 'reserved' }).where(eq(leg.id, own.legId));
    if (state !== 'reserved') await here.db.update(leg).set({ state }).where(eq(leg.id, own.legId));
    const [id, legId] = [randomUUID(), randomUUID()];
    await here.db.transaction(async (tx) => {
      await tx.insert(payment).values({
        ...{ id, kind: 'settlement', payerId: own.payerId, recipientId: own.recipientId, amount },
        ...{ custodySeconds: 0, concept: 'x', expiresAt: new Date(), awaitsDeposit: false },
      });
      await tx.insert(leg).values({
        ...{ id: legId, paymentId: id, kind: 'settlement', amount, destinationId: own.destinationId, cause: 'x' },
        ...{ rail: 'bank_redemption', reference: `0x${randomUUID().replaceAll('-', '').repeat(2)}` },
      });
    });
    const put = () => here.db.insert(settlementItem).values({ legId: own.legId, settlementLegId: legId });
    const reserve = () => here.db.update(leg).set({ state: 'reserved' }).where(eq(leg.id, legId));
    return { put, reserve };
  };

  test('pays what has accrued, to the centavo', async () => {
    const { put, reserve } = await given('accrued', 15_000n);
    await put();
    await reserve();
    expect(await here.db.$count(settlementItem)).toBe(1);
  });
  test('does not pay what has not accrued', async () => {
    const { put } = await given('reserved', 15_000n);
    await refused(put(), /has not accrued/);
  });
  test('is not over more than was put into it, and takes nothing more afterwards', async () => {
    const { put, reserve } = await given('accrued', 15_001n);
    await refused(reserve(), /is not over what was put into it/);
    await put();
    await refused(reserve(), /is not over what was put into it/);
  });
});
