import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { effect, evidence, leg } from '../../src/reactor/db/schema.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { canMove, LEG_KINDS, LEG_STATES, type LegState } from '../../src/reactor/payment/states.ts';
import { useIntakeWorld } from '../intake/use-world.ts';
import { PAYOUT } from '../intake/world.ts';
import { refused } from '../support/refused.ts';

const here = useIntakeWorld();
const BEFORE: readonly LegState[] = [
  ...(['deposited', 'withdrawing', 'withdrawn', 'funding', 'in_custody'] as const),
  ...(['releasing', 'released', 'returning', 'returned'] as const),
];
/** What the books say of a payment whose money has come back to Juno's pool. */
const BOOKED = [
  ...(['deposit', 'issuance', 'juno_withdrawal', 'arrival'] as const),
  ...(['chain_fund', 'chain_release', 'chain_return', 'credit'] as const),
];

test('no leg of any kind is completed before its payout, whoever says so: the database refuses it too', async () => {
  for (const kind of LEG_KINDS)
    expect(LEG_STATES.filter((state) => canMove(kind, state, 'completed'))).toEqual([
      'redeeming',
      'paying_out',
      'accrued',
    ]);
  const { world } = here;
  const paymentId = await world.createPayment(await world.people(), '1500.00');
  const move = (state: LegState) => world.db.update(leg).set({ state }).where(eq(leg.paymentId, paymentId));
  for (const state of BEFORE) {
    await move(state);
    await refused(move('completed'), /completed/);
  }
});

test('a payment is completed only by evidence of its payout: neither by the call that Juno accepted nor by any state of its redemption but complete', async () => {
  const { world, desk } = here;
  const { db } = world;
  const paymentId = await world.createPayment(await world.people(), '1500.00');
  const { id: legId, amount } = await world.legOf(paymentId);
  for (const state of [...BEFORE, 'redeeming'] as const) await db.update(leg).set({ state }).where(eq(leg.id, legId));
  const id = 'the-redemption';
  await world.paidBy(paymentId, id);
  const [sent] = await db.select().from(effect).where(eq(effect.externalId, id));
  const steps = [...BOOKED, 'juno_redemption'] as const;
  for (const step of steps) {
    const isSent = step === 'juno_redemption';
    const postings = JOURNEY[step](centavos(amount));
    await db.transaction((tx) =>
      writeEntry(tx, {
        ...{ id: randomUUID(), key: `${step}:${legId}`, paymentId, postings },
        ...{ effectId: isSent ? (sent?.id ?? null) : null, state: isSent ? 'pending' : 'posted' },
      }),
    );
  }
  const redemption = {
    ...{ id, amount: '1500.00', transaction_type: 'REDEMPTION', summary_status: '' },
    ...{ created_at: new Date().toISOString(), details: { receiver: { clabe: PAYOUT.clabe } } },
  };
  const after = async () => {
    await world.look();
    const claimed = await db.select().from(evidence).where(eq(evidence.externalId, id));
    return [(await world.legOf(paymentId)).state, claimed.map(({ subjectId }) => subjectId)];
  };
  expect(await after()).toEqual(['redeeming', []]);
  desk.transactions.push(redemption);
  for (const status of ['PENDING', 'IN_PROGRESS', 'SENT_TO_THE_BANK']) {
    redemption.summary_status = status;
    expect(await after(), status).toEqual(['redeeming', []]);
  }
  redemption.summary_status = 'COMPLETE';
  expect(await after()).toEqual(['completed', [legId]]);
});
