import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMonotonic } from '../../src/reactor/clock.ts';

const given = () => {
  const at = { steady: 5_000, wall: 1_000_000 };
  return { at, now: createMonotonic({ steady: () => at.steady, wall: () => at.wall }) };
};

test('a deadline of before a machine was suspended has passed when it wakes, though its steady clock stood still', () => {
  const { at, now } = given();
  const deadline = now() + 2_000;
  at.steady += 3;
  at.wall += 3_600_000;
  expect(now()).toBeGreaterThan(deadline);
});

test('it passes a deadline by the steady clock alone, and a wall clock that is set back takes nothing back', () => {
  const { at, now } = given();
  const deadline = now() + 2_000;
  at.wall -= 86_400_000;
  expect(now()).toBeLessThan(deadline);
  at.steady += 2_001;
  expect(now()).toBeGreaterThan(deadline);
});

test('whatever the clocks do, it never goes back, and never falls behind the steady one', () => {
  const step = fc.record({ steady: fc.nat(10_000), wall: fc.integer({ min: -100_000, max: 100_000 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { at, now } = given();
      let last = now();
      for (const { steady, wall } of steps) {
        at.steady += steady;
        at.wall += wall;
        const next = now();
        if (next < last || next < at.steady) return false;
        last = next;
      }
      return true;
    }),
  );
});
