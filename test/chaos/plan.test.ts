import { expect, test } from 'vitest';
import { CRASH_POINTS } from '../../src/chaos/coverage.ts';
import { drawFrom } from '../../src/chaos/draw.ts';
import { describePlan, planOf, SMALL } from '../../src/chaos/plan.ts';
import { FAULT_NAMES } from '../../src/sandbox/faults.ts';

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);

test('the same seed is the same plan, and another seed another', () => {
  expect(planOf(7)).toEqual(planOf(7));
  expect(new Set(SEEDS.map((seed) => describePlan(planOf(seed)))).size).toBe(SEEDS.length);
});

test('every kind of blow, every wire, every part and every fault that leaves a world to be judged is dealt', () => {
  const blows = SEEDS.flatMap((seed) => planOf(seed).blows);
  const dealt = new Set(blows.map((one) => ('what' in one ? `${one.do} ${one.what}` : `fault ${one.fault.name}`)));
  const parts = ['reactor 1', 'reactor 2', 'indexer'];
  const wires = ['postgres', 'juno', 'chain'];
  expect([...dealt].sort()).toEqual(
    [
      ...[...parts, 'postgres'].flatMap((part) => [`kill ${part}`, `restart ${part}`]),
      ...[...parts, 'anvil'].map((part) => `pause ${part}`),
      ...wires.flatMap((wire) => [`cut ${wire}`, `silence ${wire}`]),
      // Half of a page beside an error with HTTP 200 is a switch's matter.
      ...FAULT_NAMES.filter((name) => name !== 'partial_page_error').map((name) => `fault ${name}`),
    ].sort(),
  );
});

test('each plan kills a reactor, strikes Juno, tells every journey and locks out at most once', () => {
  for (const { blows, stories } of SEEDS.map((seed) => planOf(seed))) {
    expect(blows.some((one) => one.do === 'kill' && one.what.startsWith('reactor'))).toBe(true);
    expect(blows.filter((one) => one.do === 'fault' && one.fault.name === 'throttle').length).toBeLessThan(2);
    expect(new Set(stories.map(({ journey, rail }) => `${journey} ${rail}`)).size).toBe(7);
    expect(new Set(stories.filter((one) => one.hasTwin).map((one) => `${one.journey} ${one.rail}`)).size).toBe(7);
    expect(blows.map(({ at_ms }) => at_ms)).toEqual(blows.map(({ at_ms }) => at_ms).toSorted((a, b) => a - b));
  }
});

test('twenty plans aim at every point at which a reactor may die', () => {
  const aims = SEEDS.slice(0, 20).flatMap((seed) =>
    planOf(seed).blows.flatMap((one) => ('aim' in one ? [one.aim] : [])),
  );
  expect([...new Set(aims)].sort()).toEqual([...CRASH_POINTS].sort());
});

test('what is drawn lies below the bound, and is spread over it', () => {
  const draw = drawFrom('a seed');
  const drawn = Array.from({ length: 1_000 }, () => draw(10));
  expect(new Set(drawn).size).toBe(10);
  expect(drawn.every((one) => one >= 0 && one < 10)).toBe(true);
});

test('a small plan kills a reactor and strikes Juno too, and has twins', () => {
  for (const seed of SEEDS) {
    const { blows, stories } = planOf(seed, SMALL);
    expect(blows.some((one) => one.do === 'kill' && one.what.startsWith('reactor'))).toBe(true);
    expect(stories.filter(({ hasTwin }) => hasTwin)).toHaveLength(SMALL.twins);
    expect(stories).toHaveLength(SMALL.stories);
    expect(Math.max(...blows.map(({ at_ms }) => at_ms))).toBeLessThan(SMALL.lastBlow_ms + 500);
  }
});
