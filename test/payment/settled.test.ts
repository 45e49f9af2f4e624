import { expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import { isFinal, LEG_STATES, type LegState } from '../../src/reactor/payment/states.ts';
import { viewOf } from '../support/views.ts';

const settlement = (state: LegState) => ({ paymentId: 'S', legId: 'the-leg-of-S', state });
const decided = (leg: 'accrued' | 'completed', of?: LegState) =>
  decide(viewOf({ state: leg, facts: of ? { settlement: settlement(of) } : {} }));

test('what is owed waits for its settlement, asks a person once that has ended unpaid, and is paid by nothing else', () => {
  expect(decided('accrued')).toMatchObject({ do: 'wait', for: 'what is owed to this account to reach Juno’s minimum' });
  for (const state of LEG_STATES)
    expect(decided('accrued', state), state).toMatchObject(
      state === 'completed'
        ? { do: 'move', to: 'completed', claims: [{ source: 'settlement', externalId: 'the-leg-of-S:leg' }] }
        : isFinal(state)
          ? { do: 'ask', code: 'settlement_ended', owner: 'operations' }
          : { do: 'wait' },
    );
});

test('what was owed for a month without becoming enough tells people how to end it, and still waits', () => {
  const owed = viewOf({ state: 'accrued', facts: {} });
  const since = (days: number) => ({
    ...owed,
    now: new Date((owed.legs[0]?.enteredAt.getTime() ?? 0) + days * 86_400_000),
  });
  const what = 'what is owed to this account to reach Juno’s minimum';
  expect(decide(since(29))).toMatchObject({ do: 'wait', for: what });
  expect(decide(since(31))).toMatchObject({
    do: 'wait',
    for: expect.stringMatching(/^what is owed .* For 31 days .* kustodia payment settle-outside \S+ --leg \S+$/),
  });
});

test('a settlement that waits for a person says for what', () => {
  expect(decided('accrued', 'redeeming')).toMatchObject({ for: 'settlement S, which pays it, to complete' });
  expect(decided('accrued', 'payout_failed')).toMatchObject({ for: expect.stringContaining('its payout failed') });
  expect(decided('accrued', 'payout_returned')).toMatchObject({
    for: expect.stringContaining('its payout came back, and a person gives a new account'),
  });
});

test('what was paid is owed again in every state of its settlement but completed', () => {
  for (const state of LEG_STATES)
    expect(decided('completed', state), state).toMatchObject(
      state === 'completed' ? { do: 'done' } : { do: 'move', to: 'accrued', claims: [], booking: {} },
    );
});
