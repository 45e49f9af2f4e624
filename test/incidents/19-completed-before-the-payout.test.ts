import { expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import { canMove, LEG_KINDS, LEG_STATES } from '../../src/reactor/payment/states.ts';
import { effectView, viewOf } from './support.ts';

test('no leg can be completed before its payout, whoever approves it: only the states of a payout lead there (approvals themselves are not in the product yet)', () => {
  for (const kind of LEG_KINDS)
    expect(LEG_STATES.filter((state) => canMove(kind, state, 'completed'))).toEqual([
      'redeeming',
      'paying_out',
      'accrued',
    ]);
});

test('and it is completed on the far end’s evidence alone: a confirmed call is none', () => {
  const effects = { juno_redemption: effectView('juno_redemption', { state: 'confirmed' }) };
  const leg = (status: 'pending' | 'in_progress' | 'unknown' | 'complete') =>
    decide(viewOf({ state: 'redeeming', effects, facts: { redemption: { id: 'x', status } } }));
  expect(decide(viewOf({ state: 'redeeming', effects }))).toMatchObject({ do: 'wait' });
  for (const status of ['pending', 'in_progress', 'unknown'] as const)
    expect(leg(status)).toMatchObject({ do: 'wait' });
  expect(leg('complete')).toMatchObject({
    do: 'move',
    to: 'completed',
    claims: [{ source: 'juno_transaction', externalId: 'x' }],
    booking: { post: 'juno_redemption', write: 'payout' },
  });
});
