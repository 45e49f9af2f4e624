import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { effect, hold } from '../../src/reactor/db/schema.ts';
import { GuardClosedError } from '../../src/reactor/guards/check.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { givePayment } from '../support/fixtures.ts';
import { recordFor, useDatabase, viewOf } from './support.ts';

const db = useDatabase();
const sentence = 'The buyer says that the goods never came.';

test('past its time and disputed, an escrow is not released: decided so, and refused by the transaction that would record it (the commands that open and close disputes are not in the product yet)', async () => {
  const due = viewOf({ state: 'in_custody', deadline: 1 }, { holds: [{ kind: 'dispute', sentence }] });
  expect(decide({ ...due, holds: [] })).toMatchObject({ do: 'record', effect: 'chain_release' });
  expect(decide(due)).toMatchObject({ do: 'wait', for: expect.stringContaining(sentence) });

  const payment = await givePayment(db());
  const dispute = { id: randomUUID(), paymentId: payment.paymentId, kind: 'dispute' as const };
  await db()
    .insert(hold)
    .values({ ...dispute, reasonCode: 'not_received', sentence, owner: 'support' });
  for (const kind of ['chain_release', 'chain_return', 'juno_redemption', 'bitso_payout'] as const)
    await expect(recordFor(db(), payment, kind)).rejects.toThrow(GuardClosedError);
  expect(await db().select().from(effect).where(eq(effect.paymentId, payment.paymentId))).toEqual([]);
  await db().update(hold).set({ closedAt: new Date() }).where(eq(hold.id, dispute.id));
  await recordFor(db(), payment, 'chain_release');
});
