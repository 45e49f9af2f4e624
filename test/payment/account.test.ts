/** What a leg waits for whose payout account Juno does not know yet. */
import { expect, test } from 'vitest';
import { decide, decideLeg } from '../../src/reactor/payment/decide.ts';
import { explain } from '../../src/reactor/payment/explain.ts';
import type { LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { NOW, viewOf } from '../support/views.ts';

/** Longer than Juno may take before a person is told. */
const LONG_AGO = new Date(NOW.getTime() - 3 * 3_600_000);
const UNREGISTERED = { account: { isReady: false, problem: null }, enteredAt: LONG_AGO };
const decided = (leg: Partial<LegView>, given: Partial<Omit<PaymentView, 'payment'>> = {}) => {
  const view = viewOf({ ...UNREGISTERED, ...leg }, given);
  expect(decideLeg(view, view.legs[0] as LegView)).toEqual(decide(view));
  return decide(view);
};
const hold = (over: string) => ({ kind: 'hold' as const, sentence: 'is looked into', over });

test.each([
  ['deposited', 'custody'],
  ['reserved', 'immediate'],
] as const)('with nothing in the way a person is told of the account (%s)', (state, kind) => {
  expect(decided({ state, kind })).toMatchObject({ do: 'ask', code: 'payout_account_overdue' });
});

test.each([
  ['a hold on whoever the account is', { held: hold('user:broker') }, {}, 'user:broker'],
  ['a switch over whoever the account is', { stopped: { name: 'user:broker', reason: 'a drill' } }, {}, 'user:broker'],
  ['a hold on Juno', {}, { holds: [hold('rail:juno')] }, 'rail:juno'],
  ['the switch over Juno', {}, { stopped: [{ name: 'rail:juno', reason: 'a drill' }] }, 'rail:juno'],
  ['the switch over everything', {}, { stopped: [{ name: 'all', reason: 'a drill' }] }, 'all'],
  ['what a restored backup lost', {}, { stopped: [{ name: 'recovery', reason: 'a drill' }] }, 'recovery'],
])('%s is what it waits for, and not the account, however long', (_, leg, given, barrier) => {
  for (const state of ['deposited', 'reserved'] as const) {
    const decision = decided({ ...leg, state, kind: state === 'deposited' ? 'custody' : 'immediate' }, given);
    expect(decision).toMatchObject({ do: 'wait', barrier });
    expect(explain(decision)).toMatch(/^It waits for the (hold|switch).*(is looked into|a drill)/);
  }
});

test.each([
  ['a hold on the payment', { holds: [{ kind: 'hold' as const, sentence: 'is looked into', over: null }] }],
  ['a switch over another rail', { stopped: [{ name: 'rail:bitso_spei', reason: null }] }],
  ['the switch over the chain', { stopped: [{ name: 'rail:chain', reason: null }] }],
])('%s keeps no account from being registered, so that the account is told', (_, given) => {
  expect(decided({ state: 'deposited' }, given)).toMatchObject({ do: 'ask', code: 'payout_account_overdue' });
});

test('an account that can never be used is told whatever else stands', () => {
  const account = { isReady: false, problem: 'Juno refuses it.' };
  const leg = { state: 'deposited', account, held: hold('user:broker') } as const;
  expect(decided(leg)).toMatchObject({ do: 'ask', code: 'payout_account_unusable' });
});

test('a hold on whoever an account is stands over all that its leg begins', () => {
  const ready = { account: { isReady: true, problem: null }, held: hold('user:broker') };
  expect(decided({ state: 'reserved', kind: 'immediate', ...ready })).toMatchObject({
    do: 'wait',
    barrier: 'user:broker',
  });
});
