/** Hostile review r4: what the design forbids and only TypeScript refuses. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { effect, leg, payment, settlementItem } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { KEY_SECRET } from '../support/fixtures.ts';
import { usePayment } from './use-payment.ts';

const here = usePayment();
const outcome = (asked: Promise<unknown>) =>
  asked.then(
    () => 'let through',
    () => 'refused',
  );

describe('the database refuses', () => {
  test.each(['bitso_payout', 'juno_bank_account', 'juno_clabe'] as const)(
    'to send a %s again, for which nobody promises anything, once its answer was lost',
    async (kind) => {
      const e = here.anEffect({ kind, currency: 'MXN' });
      await here.db.insert(effect).values(e);
      const set = (given: object) => here.db.update(effect).set(given).where(eq(effect.id, e.id));
      await set({ state: 'sending', sends: 1, firstSentAt: new Date() });
      await set({ state: 'unknown' });
      expect(await outcome(set({ state: 'sending', sends: 2 }))).toBe('refused');
    },
  );

  test('a payout that leaves no trace of when it was first sent, or that is confirmed without ever having been sent', async () => {
    const e = here.anEffect({ kind: 'juno_redemption', currency: 'MXN' });
    await here.db.insert(effect).values(e);
    const set = (given: object) => here.db.update(effect).set(given).where(eq(effect.id, e.id));
    expect(await outcome(set({ state: 'confirmed', externalId: 'never sent' }))).toBe('refused');
  });

  test('that a settlement pays what has not accrued, or more or less than it is', async () => {
    const { db, given } = here;
    const [row] = await db.select().from(leg).where(eq(leg.id, given.legId));
    const [id, legId] = [randomUUID(), randomUUID()];
    await db.insert(payment).values({
      ...{ id, kind: 'settlement', payerId: given.payerId, recipientId: given.recipientId, amount: 10_000n },
      ...{ custodySeconds: 0, concept: 'x', expiresAt: new Date(), awaitsDeposit: false },
    });
    await db.insert(leg).values({
      ...{ id: legId, paymentId: id, kind: 'settlement', amount: 10_000n, destinationId: row?.destinationId ?? '' },
      ...{ rail: 'bank_redemption', reference: deriveReference(KEY_SECRET, legId), cause: 'x' },
    });
    // It waits for its deposit still, and is over 1,500.00.
    expect(await outcome(db.insert(settlementItem).values({ legId: given.legId, settlementLegId: legId }))).toBe(
      'refused',
    );
  });
});
