/** Hostile review r4: Bitso calls a payout failed once it came back (`bitsoReturnStatus`), and lists the return a look later. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { bitsoWithdrawal, effect, leg, payment } from '../../src/reactor/db/schema.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { useIntakeWorld } from './use-world.ts';

const here = useIntakeWorld({ hasBitso: true });
const WAY = [
  'deposited',
  'withdrawing',
  'withdrawn',
  'funding',
  'in_custody',
  'releasing',
  'released',
  'returning',
  'returned',
  'redeeming',
  'paying_out',
] as const;

test('the pesos of one payout that came back are in the books once', async () => {
  const { world } = here;
  const { db } = world;
  const people = await world.people();
  const id = await world.createPayment(people, '1500.00');
  for (const state of WAY) await db.update(leg).set({ state }).where(eq(leg.paymentId, id));
  await db.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, id));
  await world.paidBy(id, 'w1', 'bitso_payout');
  const [payout] = await db.select().from(effect).where(eq(effect.externalId, 'w1'));
  await db.transaction(async (tx) => {
    for (const step of ['deposit', 'issuance', 'juno_redemption', 'bitso_credit', 'bitso_payout'] as const)
      await writeEntry(tx, {
        ...{ id: randomUUID(), key: `${step}:${randomUUID()}`, paymentId: id },
        ...(step === 'bitso_payout'
          ? ({ effectId: payout?.id ?? '', state: 'pending' } as const)
          : ({ effectId: null, state: 'posted' } as const)),
        postings: JOURNEY[step](centavos(150_000n)),
      });
  });
  // It was paid, came back, and Bitso calls it failed, all between two looks.
  await db.insert(bitsoWithdrawal).values({ id: 'w1', originId: 'key of w1', status: 'failed' });
  await world.advance(id);
  expect(await world.stateOf(id)).toBe('payout_failed');
  expect(await world.balances()).toMatchObject({ [`bitso ${id} MXN`]: '150000' });

  here.desk.bitsoReturns.push({
    ...{ fid: 'back', receiver_clabe: people.payer.depositClabe, amount: '1500.00', status: 'complete' },
    refunded_withdrawal: { wid: 'w1' },
  });
  for (let n = 0; n < 2; n++) await world.look();
  const there = Object.entries(await world.balances()).filter(([name]) => /^(bitso|returned)/.test(name));
  expect({ there, suspense: (await world.suspenseOf('back'))?.reason }).toEqual({
    there: [[`bitso ${id} MXN`, '150000']],
    suspense: undefined,
  });
});
