/** What the books owe for a payment, beside what its legs are. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { effect, leg } from '../../src/reactor/db/schema.ts';
import type { Account } from '../../src/reactor/ledger/accounts.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { readLast } from '../../src/reactor/reconcile/mark.ts';
import { readBooks } from '../../src/reactor/reconcile/read-books.ts';
import { usePayment } from '../db/use-payment.ts';

const here = usePayment();
const WAY = [
  ...(['deposited', 'withdrawing', 'withdrawn', 'funding', 'in_custody', 'releasing', 'released'] as const),
  ...(['returning', 'returned', 'redeeming', 'paying_out'] as const),
];

test('a payout whose answer is out, for however long, is owed as long as its leg is paying it', async () => {
  const { db, given } = here;
  const before = new Date();
  /** Debits the one account and credits the other. */
  const book = (to: Account, from: Account, effectId: string | null = null) =>
    db.transaction((tx) =>
      writeEntry(tx, {
        ...{ id: randomUUID(), key: randomUUID(), paymentId: given.paymentId, effectId },
        state: effectId === null ? 'posted' : 'pending',
        postings: [
          { account: to, amount: centavos(150_000n) },
          { account: from, amount: centavos(-150_000n) },
        ],
      }),
    );
  await book('spei_in', 'liability');
  await book('bitso', 'spei_in');
  await book('liability', 'paying_out');
  for (const state of WAY) await db.update(leg).set({ state }).where(eq(leg.id, given.legId));
  const payout = here.anEffect({ kind: 'bitso_payout', amount: 150_000n, currency: 'MXN' });
  await db.insert(effect).values(payout);
  await book('paying_out', 'bitso', payout.id);
  const mark = await readLast(db, before);
  const known = { acts: [], entries: [], payments: [given.paymentId] };
  const { payments } = await readBooks(db, { mark, asked: new Date(), known, lost: [], overdue_ms: 1_800_000 });
  expect(payments).toEqual([]);
});
