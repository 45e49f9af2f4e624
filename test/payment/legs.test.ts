/** What a payment of several legs does: the deposit moves all of them, and a commission waits until it is earned. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, decideLeg } from '../../src/reactor/payment/decide.ts';
import { isFinal, LEG_STATES, type LegState } from '../../src/reactor/payment/states.ts';
import type { LegView } from '../../src/reactor/payment/view.ts';
import { effectView, legView, NOW, viewOf } from '../support/views.ts';

const complete = { id: 'i', status: 'complete' as const };
const three = (state: LegState, facts: LegView['facts'] = {}) => [
  legView({ id: 'custody', kind: 'custody', state, facts }),
  legView({ id: 'immediate', kind: 'immediate', state, facts }),
  legView({ id: 'commission', kind: 'commission', state, facts }),
];

describe('the one deposit', () => {
  const facts = { deposit: { id: 'd', claimedAt: NOW }, issuance: complete };

  test('moves every leg at once, and is claimed for the payment', () => {
    const legs = three('requested', facts);
    for (const first of legs) {
      const decision = decideLeg(viewOf({}, { legs }), first);
      if (decision.do !== 'move') throw new Error(`it is ${decision.do}`);
      const moved = [{ leg: decision.leg, to: decision.to }, ...(decision.beside ?? [])];
      expect(Object.fromEntries(moved.map(({ leg, to }) => [leg.id, to]))).toEqual({
        custody: 'deposited',
        immediate: 'reserved',
        commission: 'reserved',
      });
      expect(decision.booking).toEqual({ write: 'issuance' });
      expect(decision.claims).toEqual([
        {
          source: 'juno_transaction',
          externalId: 'i',
          detail: { depositId: 'd' },
          subject: { kind: 'payment', id: 'payment' },
        },
      ]);
    }
  });

  test('given from suspense, moves every leg at once', () => {
    const decision = decide(viewOf({}, { legs: three('requested', { assigned: { id: 'part' } }) }));
    expect(decision).toMatchObject({ do: 'move', to: 'deposited', booking: {} });
    expect(decision).toHaveProperty('beside.length', 2);
  });

  test('that does not come in time ends every leg at once', () => {
    const later = { now: new Date(NOW.getTime() + 600_000), payment: { expiresAt: NOW } };
    const depositsReadAt = new Date(NOW.getTime() + 600_000);
    const given = { ...later, payment: { ...later.payment, depositsReadAt }, legs: three('requested') };
    expect(decide(viewOf({}, given))).toMatchObject({
      do: 'move',
      to: 'expired',
      beside: [{ to: 'expired' }, { to: 'expired' }],
    });
  });

  test('that Juno did not issue is told once, not leg by leg', () => {
    const failed = { deposit: { id: 'd', claimedAt: NOW }, issuance: { id: 'i', status: 'failed' as const } };
    const legs = three('requested', failed);
    const all = legs.map((leg) => decideLeg(viewOf({}, { legs }), leg).do);
    expect(all).toEqual(['ask', 'wait', 'wait']);
  });
});

describe('a commission', () => {
  const beside = (custody: Partial<LegView> | null, facts: LegView['facts'] = {}) => {
    const legs = [
      ...(custody ? [legView({ id: 'custody', kind: 'custody', ...custody })] : []),
      legView({ id: 'commission', kind: 'commission', state: 'reserved', facts }),
    ];
    return decideLeg(viewOf({}, { legs }), legs.at(-1) ?? legView());
  };

  test('waits in reserved until the part in custody is paid, and says so', () => {
    for (const state of ['deposited', 'withdrawn', 'in_custody', 'releasing', 'released', 'returned'] as const)
      expect(beside({ state })).toMatchObject({
        do: 'wait',
        for: expect.stringMatching(/^the custody leg to be released and paid/),
      });
  });

  test('is booked as earned with the custody leg’s payout, then paid', () => {
    for (const state of ['redeeming', 'paying_out', 'completed', 'accrued'] as const)
      expect(beside({ state })).toMatchObject({ do: 'move', to: 'reserved', booking: { write: 'earned' } });
    expect(beside({ state: 'redeeming' }, { isEarned: true })).toMatchObject({
      do: 'record',
      effect: 'juno_redemption',
    });
  });

  test('is earned at once where nothing is in custody', () => {
    expect(beside(null)).toMatchObject({ do: 'move', to: 'reserved', booking: { write: 'earned' } });
  });

  test('of a custody that ended unpaid is for a person', () => {
    expect(beside({ state: 'replaced' })).toMatchObject({ do: 'ask', code: 'commission_open' });
  });

  test('that was earned stays earned, whatever becomes of the custody leg', () => {
    expect(beside({ state: 'replaced' }, { isEarned: true })).toMatchObject({ do: 'record' });
  });

  test('leaves for nobody before the custody leg does, whatever the states', () => {
    const IS_LEAVING: readonly LegState[] = [
      ...(['redeeming', 'paying_out', 'completed', 'payout_failed', 'payout_returned', 'accrued'] as const),
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...LEG_STATES), { minLength: 1, maxLength: 3 }), (states) => {
        const custody = states.map((state, i) => legView({ id: `custody ${i}`, kind: 'custody', state }));
        const commission = legView({ id: 'commission', kind: 'commission', state: 'reserved' });
        const d = decideLeg(viewOf({}, { legs: [...custody, commission] }), commission);
        const isEarned = d.do === 'move' && d.booking.write === 'earned';
        expect(isEarned).toBe(states.some((state) => IS_LEAVING.includes(state)));
        if (!isEarned) expect(d.do).toBe(states.every(isFinal) ? 'ask' : 'wait');
      }),
    );
  });
});

describe('each leg for itself', () => {
  test('the immediate leg is paid while the custody leg is on its way', () => {
    const legs = [
      legView({
        id: 'custody',
        state: 'withdrawing',
        effects: { juno_withdrawal: effectView('juno_withdrawal') },
      }),
      legView({ id: 'immediate', kind: 'immediate', state: 'reserved' }),
    ];
    expect(decide(viewOf({}, { legs }))).toMatchObject({ do: 'record', leg: { id: 'immediate' } });
  });

  test('an account that cannot be paid keeps its own leg and no other', () => {
    const lost = { isReady: false, problem: 'Juno refuses it.' };
    const legs = [
      legView({ id: 'commission', kind: 'commission', state: 'reserved', account: lost, facts: { isEarned: true } }),
      legView({ id: 'immediate', kind: 'immediate', state: 'reserved' }),
    ];
    expect(decide(viewOf({}, { legs }))).toMatchObject({ do: 'record', leg: { id: 'immediate' } });
    expect(decideLeg(viewOf({}, { legs }), legs[0] ?? legView())).toMatchObject({ code: 'payout_account_unusable' });
  });

  test('the switch of whoever a leg pays keeps that leg', () => {
    const stopped = { name: 'user:broker', reason: 'is looked into' };
    expect(decide(viewOf({ kind: 'immediate', state: 'reserved', stopped }))).toMatchObject({
      do: 'wait',
      for: expect.stringContaining('user:broker'),
    });
  });
});
