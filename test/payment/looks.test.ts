/** How long a payment rests where nothing is to be done now. */
import { expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import { NOW, viewOf as view } from '../support/views.ts';

test('a payment that only its payer can go on with is looked at each hour, and more often while its account is made', () => {
  const waits = (account: { isReady: boolean; problem: null }) => {
    const payment = { id: 'p', expiresAt: new Date(NOW.getTime() + 86_400_000), depositsReadAt: NOW };
    const decision = decide(view({ state: 'requested', account }, { payment }));
    return decision.do === 'wait' ? decision.until.getTime() - NOW.getTime() : null;
  };
  expect(waits({ isReady: true, problem: null })).toBe(3_600_000);
  expect(waits({ isReady: false, problem: null })).toBe(30_000);
});

test('what a person was told of is looked at more rarely the longer it takes, and each five minutes at least', () => {
  const waits = (age_ms: number) => {
    const enteredAt = new Date(NOW.getTime() - age_ms);
    const attention = { code: 'payout_returned', text: '' };
    const decision = decide(view({ state: 'payout_returned', enteredAt, attention }));
    return decision.do === 'wait' ? decision.until.getTime() - NOW.getTime() : null;
  };
  expect([0, 600_000, 86_400_000].map(waits)).toEqual([30_000, 60_000, 300_000]);
});

test('an account that a person was told of is looked at each day at least: when it is mended, that makes the payment due', () => {
  const enteredAt = new Date(NOW.getTime() - 30 * 86_400_000);
  const account = { isReady: false, problem: 'Juno refuses it.' };
  const attention = { code: 'payout_account_unusable', text: '' };
  const decision = decide(view({ state: 'deposited', enteredAt, account, attention }));
  expect(decision).toMatchObject({ do: 'wait', until: new Date(NOW.getTime() + 86_400_000) });
});

test('a payment whose account a person was told of is looked at when it expires', () => {
  const enteredAt = new Date(NOW.getTime() - 3 * 86_400_000);
  const account = { isReady: false, problem: 'Juno refuses it.' };
  const attention = { code: 'payout_account_unusable', text: '' };
  const one = view({ state: 'requested', enteredAt, account, attention });
  const expiresAt = new Date(NOW.getTime() + 3_600_000);
  expect(decide({ ...one, payment: { ...one.payment, expiresAt } })).toMatchObject({ do: 'wait', until: expiresAt });
});

test('a payment that is held, or that a switch stops, is looked at each five minutes, and the sweep is told what it waits for', () => {
  const waits = (over: Parameters<typeof view>[1]) => {
    const decision = decide(view({ state: 'deposited' }, over));
    return decision.do === 'wait' ? [decision.until.getTime() - NOW.getTime(), decision.barrier] : null;
  };
  const hold = { kind: 'hold', sentence: 'somebody asks' } as const;
  expect(waits({ holds: [{ ...hold, over: 'rail:juno' }] })).toEqual([300_000, 'rail:juno']);
  expect(waits({ holds: [hold] })).toEqual([300_000, `payment:${view({}).payment.id}`]);
  expect(waits({ stopped: [{ name: 'all', reason: null }] })).toEqual([300_000, 'all']);
});
