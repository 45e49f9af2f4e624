import { expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import { LEG_KINDS } from '../../src/reactor/payment/states.ts';
import { effectView, viewOf } from './support.ts';

const IMMEDIATE = LEG_KINDS.filter((kind) => kind !== 'custody');

test('a payout without custody that fails is told to a person until it has been paid or replaced, and never left', () => {
  for (const kind of IMMEDIATE) {
    const failed = viewOf({
      kind,
      state: 'redeeming',
      effects: { juno_redemption: effectView('juno_redemption') },
      facts: { redemption: { id: 'x', status: 'failed' } },
    });
    expect(decide(failed)).toMatchObject({ do: 'ask', code: 'failed_not_returned' });
    for (const state of ['payout_failed', 'payout_returned'] as const)
      expect(decide(viewOf({ kind, state }))).toMatchObject({ do: 'ask', code: state });
  }
});

test('with no custody at all a leg goes from its deposit straight to its payout, and ends: it does not stay funded for ever', () => {
  for (const kind of IMMEDIATE) {
    const requested = viewOf({
      kind,
      facts: { deposit: { id: 'd', claimedAt: new Date(0) }, issuance: { id: 'i', status: 'complete' } },
    });
    expect(decide(requested)).toMatchObject({ do: 'move', to: 'reserved' });
    expect(decide(viewOf({ kind, state: 'reserved', facts: { isEarned: true } }))).toMatchObject({
      do: 'record',
      effect: 'juno_redemption',
    });
    const redeeming = viewOf({
      kind,
      state: 'redeeming',
      effects: { juno_redemption: effectView('juno_redemption') },
      facts: { redemption: { id: 'x', status: 'complete' } },
    });
    expect(decide(redeeming)).toMatchObject({ do: 'move', to: 'completed' });
  }
});
