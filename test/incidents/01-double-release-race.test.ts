import { expect, test } from 'vitest';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { chainFact, effectView, recordFor, useDatabase, viewOf } from './support.ts';

const db = useDatabase();

test('a manual release and the timer’s at the same moment: one works on the payment, and one release can exist', async () => {
  const payment = await givePayment(db());
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const first = withLane({ db: db(), holder: 'the timer' }, `payment:${payment.paymentId}`, async () => {
    begun.resolve();
    await done.promise;
  });
  await begun.promise;
  expect(
    await withLane({ db: db(), holder: 'the manual one' }, `payment:${payment.paymentId}`, async () => 'released'),
  ).toBe('busy');
  done.resolve();
  await first;

  await recordFor(db(), payment, 'chain_release');
  await refused(recordFor(db(), payment, 'chain_release'), /effect_key_unique|effect_attempt|effect_one_live/);
  await refused(recordFor(db(), payment, 'chain_release', 2), /effect_one_live/);
});

test('the chain’s own release is the gate: a leg that was released is not released again', () => {
  const released = chainFact();
  const unlocked = chainFact({ id: '31337:0x1:1' });
  for (const state of ['recorded', 'sending', 'unknown', 'confirmed'] as const)
    expect(
      decide(
        viewOf({
          state: 'releasing',
          deadline: 1,
          effects: { chain_release: effectView('chain_release', { state }) },
          facts: { released, unlocked },
        }),
      ),
    ).toMatchObject({ do: 'move', to: 'released' });
  // And while it is under way, nothing new is begun beside it.
  expect(
    decide(viewOf({ state: 'in_custody', deadline: 1, effects: { chain_release: effectView('chain_release') } })),
  ).toMatchObject({ do: 'ask', code: 'effect_out_of_place' });
});
