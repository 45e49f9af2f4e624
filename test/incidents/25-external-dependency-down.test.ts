import { expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import { policyFor } from '../../src/reactor/rate/policy.ts';
import { readBreaker } from '../../src/reactor/rate/state.ts';
import { take } from '../../src/reactor/rate/take.ts';
import { effectView, NOW, useDatabase, viewOf } from './support.ts';

const db = useDatabase();
const POLICY = policyFor(240, 60);
const START_MS = Date.UTC(2026, 0, 1);

test('Juno is down: after five failures nobody calls, then one look at a time tries, and when it is well all go on', async () => {
  const ask = (at_s: number, wants: number[], failures = 0, wentWell = false) =>
    take(db(), 'one', POLICY, {
      wants,
      report: { done: failures, wentWell, failures, throttled: false },
      now: new Date(START_MS + at_s * 1_000),
    });
  expect((await ask(0, [5, 5, 0, 0])).granted).toEqual([5, 5, 0, 0]);
  expect(await ask(1, [5, 5, 0, 0], 5)).toMatchObject({ granted: [0, 0, 0, 0], reason: 'failing' });
  expect((await readBreaker(db(), new Date(START_MS + 1_000))).state).toBe('open');
  expect((await ask(2, [5, 5, 5, 5])).granted).toEqual([0, 0, 0, 0]);
  // What it may lose by trying is a look and never a payout.
  expect((await ask(7, [5, 5, 5, 5])).granted).toEqual([1, 0, 0, 0]);
  expect((await ask(8, [5, 5, 5, 5])).granted).toEqual([0, 0, 0, 0]);
  expect((await ask(9, [5, 5, 5, 5], 0, true)).granted.every((n) => n > 0)).toBe(true);
});

test('what does not get through waits longer each time, tells a person, and goes on by itself', () => {
  const stuck = (failures: number) =>
    decide(
      viewOf({
        state: 'withdrawing',
        effects: {
          juno_withdrawal: effectView('juno_withdrawal', {
            state: 'unknown',
            failures,
            externalId: null,
            nextLookAt: new Date(NOW.getTime() + 60_000),
          }),
        },
      }),
    );
  expect(stuck(1)).toMatchObject({ do: 'wait' });
  expect(stuck(8)).toMatchObject({ do: 'ask', code: 'juno_withdrawal_not_getting_through' });
});
