import fc from 'fast-check';
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { DISPUTE_OUTCOMES } from '../../src/reactor/payment/disputed.ts';
import { type Part, sharesOf, splittable } from '../../src/reactor/payment/shares.ts';

const amount = fc.bigInt({ min: 1n, max: 10n ** 12n }).map(centavos);
const parts = fc
  .array(
    fc.record({ kind: fc.constantFrom('custody' as const, 'immediate' as const, 'commission' as const), amount }),
    {
      maxLength: 5,
    },
  )
  .map((all): Part[] => all.map((one, i) => ({ ...one, id: String(i) })));
const decided = fc.record({
  outcome: fc.constantFrom(...DISPUTE_OUTCOMES),
  payerBasisPoints: fc.option(fc.integer({ min: 1, max: 9_999 })),
  payerAmount: fc.option(amount),
});

test('no share is more than its part, all of them are what was decided, and what is left is the others’', () => {
  fc.assert(
    fc.property(decided, parts, (how, all) => {
      const shares = sharesOf(how, all);
      expect(new Set(shares.map(({ id }) => id)).size).toBe(shares.length);
      let total = 0n;
      for (const { id, amount: taken } of shares) {
        const part = all.find((one) => one.id === id);
        expect(taken.units > 0n && taken.units <= (part?.amount.units ?? 0n)).toBe(true);
        if (how.outcome === 'split') expect(part?.kind).not.toBe('commission');
        total += taken.units;
      }
      const [pot, whole] = [splittable(all).units, all.reduce((sum, one) => sum + one.amount.units, 0n)];
      const wanted = how.payerAmount?.units ?? (pot * BigInt(how.payerBasisPoints ?? 0)) / 10_000n;
      const right = { recipient: 0n, payer: whole, split: wanted < pot ? wanted : pot }[how.outcome];
      expect(total).toBe(right);
    }),
    { numRuns: 2_000 },
  );
});

test('what is in custody goes first, and a share is rounded down to the centavo', () => {
  const all: Part[] = [
    { id: 'now', kind: 'immediate', amount: centavos(100n) },
    { id: 'later', kind: 'custody', amount: centavos(99n) },
  ];
  const split = (payerBasisPoints: number) =>
    sharesOf({ outcome: 'split', payerBasisPoints, payerAmount: null }, all).map((one) => [one.id, one.amount.units]);
  expect(split(3_333)).toEqual([['later', 66n]]);
  expect(split(5_000)).toEqual([['later', 99n]]);
  expect(split(9_000)).toEqual([
    ['later', 99n],
    ['now', 80n],
  ]);
});
