/** A return that a reorganisation undid, under a leg that another took the place of: nobody is paid on it, whoever was to be. */
import { describe, expect, test } from 'vitest';
import { decide, decideLeg } from '../../src/reactor/payment/decide.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import type { LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { effectView, legView, standsOn, viewOf } from '../support/views.ts';

const sent = (state: 'confirmed' | 'dead') => ({
  chain_return: effectView('chain_return', { state, externalId: '0xfeed' }),
});
/** The leg, one between that was paid and came back, and the one that is to be paid. */
const standing = (state: 'confirmed' | 'dead', heir: Partial<LegView>): { view: PaymentView; heir: LegView } => {
  const first = legView({ id: 'first', state: 'replaced', effects: sent(state) });
  const between = legView({ id: 'between', state: 'replaced', replaces: 'first', kind: 'custody' });
  const last = legView({ id: 'last', replaces: 'between', kind: 'refund', ...heir });
  return { view: viewOf({}, { legs: [first, between, last] }), heir: last };
};
const RECORDED = { juno_redemption: effectView('juno_redemption', { state: 'recorded' }) };
const UNKNOWN = { juno_redemption: effectView('juno_redemption', { state: 'unknown' }) };

describe('a leg that took the place of one whose return is undone', () => {
  test.each(['reserved', 'accrued', 'paying_out'] as LegState[])(
    '%s: is not paid, and a person is told on it',
    (state) => {
      const { view } = standing('dead', { state, rail: 'bitso_spei' });
      expect(decide(view)).toMatchObject({
        ...{ do: 'ask', code: 'return_undone', leg: { id: 'last' } },
        sentence: expect.stringContaining('Juno credited the return 0xfeed, and a reorganisation undid it'),
      });
    },
  );
  test('is not ordered back to the payer either', () => {
    const { view } = standing('dead', { state: 'reserved', kind: 'custody', refund: { amount: legView().amount } });
    expect(decide(view)).toMatchObject({ do: 'ask', code: 'return_undone' });
  });
  test('to be paid out: what was recorded and not sent gives way', () => {
    const { view, heir } = standing('dead', { state: 'redeeming', effects: RECORDED });
    expect(decideLeg(view, heir)).toMatchObject({
      ...{ do: 'move', to: 'reserved', kills: RECORDED.juno_redemption, booking: { void: 'juno_redemption' } },
    });
  });
  test('perhaps paid out: it is looked for, and not sent again', () => {
    const { view, heir } = standing('dead', { state: 'redeeming', effects: UNKNOWN });
    expect(decideLeg(view, heir)).toMatchObject({ do: 'send', mayWrite: false });
  });
  test('is paid while the return stands, and where the leg that it took the place of never was on the chain', () => {
    expect(decide(standing('confirmed', { state: 'reserved' }).view)).toMatchObject({
      do: 'record',
      effect: 'juno_redemption',
    });
    const { view, heir } = standing('dead', { state: 'reserved', replaces: 'another' });
    expect(decideLeg(view, heir)).toMatchObject({ do: 'record', effect: 'juno_redemption' });
  });
});

test('a leg in the Bitso balance whose own return is undone is not paid from there', () => {
  const effects = { ...sent('dead'), juno_redemption: effectView('juno_redemption') };
  const leg = { state: 'paying_out', rail: 'bitso_spei', effects, facts: { standing: [standsOn('funded')] } } as const;
  expect(decide(viewOf(leg))).toMatchObject({ do: 'ask', code: 'return_undone' });
});
