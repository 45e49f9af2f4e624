/** What the bars of the overview count. */
import { expect, test } from 'vitest';
import { countsOf } from '../../src/console/pages/overview/counts.ts';

const [NOON, ONE] = ['2026-11-27T18:00:00Z', '2026-11-27T19:00:00Z'];

test('an hour in which all came and went is no empty one: what ended in it is counted beside what was open at its end', () => {
  const points = [
    { from: NOON, legs: [], completed: 6, ended: 1 },
    { from: ONE, legs: [], completed: 0, ended: 0 },
  ];
  expect(countsOf(points)).toEqual({
    stations: ['completed', 'ended'],
    rows: [
      { from: NOON, values: [6, 1] },
      { from: ONE, values: [0, 0] },
    ],
  });
});

test('states of one station are counted together, in the order of the journey; what is nowhere has no bar', () => {
  const legs = [
    { state: 'payout_failed', count: 1 },
    { state: 'withdrawn', count: 2 },
    { state: 'withdrawing', count: 3 },
    { state: 'requested', count: 4 },
  ] as const;
  expect(countsOf([{ from: NOON, legs: [...legs], completed: 0, ended: 0 }])).toEqual({
    stations: ['requested', 'withdrawing', 'trouble'],
    rows: [{ from: NOON, values: [4, 5, 1] }],
  });
  expect(countsOf([{ from: NOON, legs: [], completed: 0, ended: 0 }]).stations).toEqual([]);
});
