import { expect, test } from 'vitest';
import type { Line } from './orders.ts';
import { recoveriesOf } from './recovery.ts';

const reached = (at: number, pid: number, name: string): Line => ({ at, pid, port: '1', name, payments: ['p'] });
const died = (at: number, pid: number): Line => ({
  at,
  pid,
  port: '1',
  killed: [{ name: 'x', stands: 1 }],
  payments: ['p'],
});
const TAKEN = 'after commit of lane of payment taken';

test('a payment whose lane the dead process had counts from its death to the next who gets the lane', () => {
  const lines = [
    reached(0, 1, TAKEN),
    died(10, 1),
    reached(11, 2, 'before commit of lane of payment taken'),
    reached(50, 2, TAKEN),
    reached(60, 2, 'after commit of custody: withdrawn'),
  ];
  expect(recoveriesOf(lines)).toEqual({ held_ms: [40], woken_ms: [], abandoned: [] });
});

test('one whose lane it had not, or had given back, counts apart', () => {
  const back = reached(1, 1, 'before commit of lane of payment given back');
  expect(recoveriesOf([died(10, 1), reached(30, 2, TAKEN)])).toMatchObject({ held_ms: [], woken_ms: [20] });
  expect(recoveriesOf([reached(0, 1, TAKEN), back, died(10, 1), reached(30, 2, 'anything')]).woken_ms).toEqual([20]);
});

test('one that nobody comes back to is told, unless it was at its end or never was made', () => {
  const moved = reached(5, 1, 'after commit of custody: withdrawn');
  expect(recoveriesOf([moved, died(10, 1)])).toEqual({ held_ms: [], woken_ms: [], abandoned: ['p'] });
  expect(recoveriesOf([moved, died(10, 1), reached(11, 2, 'before commit of lane of payment taken')])).toMatchObject({
    abandoned: ['p'],
  });
  expect(recoveriesOf([moved, died(10, 1), reached(20, 2, TAKEN)])).toMatchObject({ abandoned: [] });
  const paid = reached(9, 1, 'after commit of claimed from juno_transaction + custody by bank_redemption: completed');
  expect(recoveriesOf([moved, paid, died(10, 1)])).toMatchObject({ abandoned: [] });
  const begun = reached(5, 1, 'before commit of payment of kind escrow created');
  expect(recoveriesOf([begun, died(10, 1)])).toMatchObject({ abandoned: [] });
});
