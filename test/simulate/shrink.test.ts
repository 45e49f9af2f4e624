import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandFor, shortest, type Without } from '../../src/simulate/shrink.ts';

const KINDS = ['restart', 'outage', 'timeout_after_success', 'reorg'];
const PLENTY = 100_000;

describe('the shortest history of a failure', () => {
  test('still fails, and leaves out all that the failure does not need', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }).chain((payments) =>
          fc.record({
            payments: fc.constant(payments),
            needed: fc.uniqueArray(fc.nat(payments - 1), { maxLength: 4 }),
            faults: fc.subarray(KINDS),
          }),
        ),
        async ({ payments, needed, faults }) => {
          const fails = async (without: Without) =>
            needed.every((one) => !without.payments.has(one)) && faults.every((one) => !without.faults.has(one));
          const found = await shortest({ payments, kinds: KINDS, mostRuns: PLENTY, fails });
          expect(await fails(found)).toBe(true);
          const left = Array.from({ length: payments }, (_, at) => at).filter((at) => !found.payments.has(at));
          // A world has one payment at least.
          if (needed.length > 0) expect(left).toEqual(needed.toSorted((a, b) => a - b));
          else expect(left).toHaveLength(1);
          expect([...found.faults].sort()).toEqual(KINDS.filter((kind) => !faults.includes(kind)).sort());
        },
      ),
    );
  });

  test('is looked for in so many runs and no more, and what has failed so far is told', async () => {
    let runs = 0;
    const fails = async ({ payments }: Without) => {
      runs++;
      return !payments.has(3) && !payments.has(150);
    };
    const found = await shortest({ payments: 200, kinds: KINDS, mostRuns: 9, fails });
    expect(runs).toBe(9);
    expect(await fails(found)).toBe(true);
    expect(found.payments.size).toBeGreaterThan(0);
  });

  test('of what fails only as a whole is the whole', async () => {
    const fails = async ({ payments, faults }: Without) => payments.size + faults.size === 0;
    expect(await shortest({ payments: 7, kinds: KINDS, fails })).toEqual({ payments: new Set(), faults: new Set() });
  });
});

test('the command that replays it names the world, and what it does without', () => {
  const world = { seed: 7, payments: 4 };
  expect(commandFor(world, { payments: new Set([0, 2]), faults: new Set(['reorg', 'outage']) })).toBe(
    'npm run simulate -- --world --seed 7 --payments 4 --without-payments 0,2 --without-faults reorg,outage --tell --no-shrink',
  );
  expect(commandFor(world, { payments: new Set(), faults: new Set() })).toBe(
    'npm run simulate -- --world --seed 7 --payments 4 --tell --no-shrink',
  );
});
