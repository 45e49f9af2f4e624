/** How a payment’s money is split: whatever the terms, to the centavo. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centavos, compare, formatDecimal, type Money, sum } from '../../src/money/money.ts';
import { amountOf, type Fee, type Split, split } from '../../src/reactor/payment/split.ts';

const amount = fc.bigInt({ min: 10_000n, max: 99_999_999_999n }).map(centavos);
const bearer = fc.constantFrom('payer' as const, 'recipient' as const);
const fee: fc.Arbitrary<Fee> = fc.oneof(
  fc.record({ bearer, basisPoints: fc.integer({ min: 1, max: 10_000 }) }),
  fc.record({ bearer, fixed: fc.bigInt({ min: 1n, max: 200_000n }).map(centavos) }),
);
const terms = fc.record({
  amount,
  custodyBasisPoints: fc.oneof(fc.constantFrom(0, 1, 5_000, 9_999, 10_000), fc.integer({ min: 0, max: 10_000 })),
  fees: fc.array(fee, { maxLength: 11 }),
});

const soundSplit = (given: Parameters<typeof split>[0]): Split => {
  const parts = split(given);
  if (Array.isArray(parts)) throw new Error(parts.map(({ message }) => message).join('; '));
  return parts;
};
const partsOf = ({ custody, immediate, fees }: Split): Money<'MXN'>[] => [
  custody,
  immediate,
  ...fees.map((one) => one.amount),
];

describe('for any terms', () => {
  test('the legs sum to the deposit, none is less than nothing, and none is more than was agreed', () => {
    let sound = 0;
    fc.assert(
      fc.property(terms, (given) => {
        const parts = split(given);
        if (Array.isArray(parts)) return void expect(parts.every(({ message }) => message !== '')).toBe(true);
        sound++;
        expect(sum('MXN', partsOf(parts))).toEqual(parts.deposit);
        for (const part of partsOf(parts)) expect(part.units).toBeGreaterThanOrEqual(0n);
        for (const { fee, amount: due } of parts.fees) {
          expect(due.units).toBeGreaterThan(0n);
          if (fee.basisPoints === undefined) expect(due).toEqual(fee.fixed);
          // Never a centavo more than the share, and less than one centavo short of it.
          else {
            const exact = given.amount.units * BigInt(fee.basisPoints);
            expect(due.units * 10_000n <= exact && exact < (due.units + 1n) * 10_000n).toBe(true);
          }
        }
        const part = parts.custody.units + parts.immediate.units;
        const held = part * BigInt(given.custodyBasisPoints);
        expect(parts.custody.units * 10_000n <= held && held < (parts.custody.units + 1n) * 10_000n).toBe(true);
        expect(compare(parts.deposit, given.amount)).toBeGreaterThanOrEqual(0);
        expect(part > 0n && part <= given.amount.units).toBe(true);
        // What was agreed on can be told again from what is kept.
        const kept = parts.fees.map((one) => ({ bearer: one.fee.bearer, amount: one.amount }));
        expect(amountOf(parts.deposit, kept)).toEqual(given.amount);
      }),
      { numRuns: 2_000 },
    );
    expect(sound).toBeGreaterThan(200);
  });

  test('the order of the fees changes nothing', () => {
    fc.assert(
      fc.property(terms, fc.infiniteStream(fc.nat(1_000)), (given, draws) => {
        const shuffled = given.fees
          .map((one) => ({ one, at: draws.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        const [first, second] = [split(given), split({ ...given, fees: shuffled })];
        if (Array.isArray(first) || Array.isArray(second)) return void expect(second).toEqual(first);
        const { fees: a, ...rest } = first;
        const { fees: b, ...same } = second;
        expect(same).toEqual(rest);
        for (const { fee: own, amount: due } of b) expect(a.find((one) => one.fee === own)?.amount).toEqual(due);
      }),
    );
  });

  test('without a share in custody nothing is, and with all of it nothing is paid at once', () => {
    fc.assert(
      fc.property(amount, (whole) => {
        expect(soundSplit({ amount: whole, custodyBasisPoints: 0, fees: [] }).custody.units).toBe(0n);
        expect(soundSplit({ amount: whole, custodyBasisPoints: 10_000, fees: [] }).immediate.units).toBe(0n);
      }),
    );
  });
});

describe('the rounding', () => {
  test.each<[string, Parameters<typeof split>[0], Record<'deposit' | 'custody' | 'immediate', string>, string[]]>([
    [
      'a half of an odd amount: the centavo is paid at once',
      { amount: centavos(100_001n), custodyBasisPoints: 5_000, fees: [] },
      { deposit: '1000.01', custody: '500.00', immediate: '500.01' },
      [],
    ],
    [
      'a fee of the recipient rounds down and leaves the rest with the recipient',
      { amount: centavos(100_001n), custodyBasisPoints: 5_000, fees: [{ bearer: 'recipient', basisPoints: 300 }] },
      { deposit: '1000.01', custody: '485.00', immediate: '485.01' },
      ['30.00'],
    ],
    [
      'a fee of the payer is added, rounded down',
      { amount: centavos(100_001n), custodyBasisPoints: 10_000, fees: [{ bearer: 'payer', basisPoints: 333 }] },
      { deposit: '1033.31', custody: '1000.01', immediate: '0.00' },
      ['33.30'],
    ],
    [
      'a basis point of a hundred pesos is a centavo',
      { amount: centavos(10_000n), custodyBasisPoints: 0, fees: [{ bearer: 'payer', basisPoints: 1 }] },
      { deposit: '100.01', custody: '0.00', immediate: '100.00' },
      ['0.01'],
    ],
  ])('%s', (_, given, expected, fees) => {
    const parts = soundSplit(given);
    const { deposit, custody, immediate } = parts;
    expect({
      deposit: formatDecimal(deposit),
      custody: formatDecimal(custody),
      immediate: formatDecimal(immediate),
    }).toEqual(expected);
    expect(parts.fees.map((one) => formatDecimal(one.amount))).toEqual(fees);
  });
});

describe('what cannot be split is told', () => {
  const of = (given: Partial<Parameters<typeof split>[0]>) =>
    split({ amount: centavos(10_000n), custodyBasisPoints: 10_000, fees: [], ...given });
  test.each([
    [
      'fees that leave the recipient nothing',
      of({ fees: [{ bearer: 'recipient', fixed: centavos(10_000n) }] }),
      [{ field: 'fees', message: expect.stringMatching(/come to 100\.00 MXN and leave nothing/) }],
    ],
    [
      'fees of the payer over the amount',
      of({ fees: [{ bearer: 'payer', fixed: centavos(10_001n) }] }),
      [{ field: 'fees', message: expect.stringMatching(/come to 100\.01 MXN, more than the amount/) }],
    ],
    [
      'a share in custody of less than a centavo',
      of({ custodyBasisPoints: 1, fees: [{ bearer: 'recipient', fixed: centavos(1n) }] }),
      [
        {
          field: 'custodyBasisPoints',
          message: expect.stringMatching(/less than a centavo of the recipient’s 99\.99/),
        },
      ],
    ],
  ])('%s', (_, problems, expected) => {
    expect(problems).toEqual(expected);
  });
});
