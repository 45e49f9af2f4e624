import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centavos, compare, type Money } from '../../src/money/money.ts';
import { FINALITY_STEPS, finalityFor, isAtLeast } from '../../src/reactor/finality/policy.ts';
import { DEFAULT_POLICY, describeRow, readFinalityPolicy } from '../../src/reactor/finality/read-policy.ts';
import { type Testimony, weigh } from '../../src/reactor/finality/weigh.ts';

const row = (fromMxn: string, given: object = {}) => ({ fromMxn, within: 0, return: 0, redemption: 0, ...given });
const depth = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant('finalized' as const));
/** Any table that has the right shape; most of them ask less somewhere, and are refused. */
const anyTable = fc
  .array(fc.record({ within: depth, return: depth, redemption: depth, bothRpcs: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((rows) => rows.map((one, i) => row(String(i * 1_000), one)));
const sorted = (list: readonly (number | 'finalized')[]) =>
  list.toSorted((a, b) => (a === 'finalized' ? 1 : b === 'finalized' ? -1 : a - b));
/** Tables that are sorted in both directions. */
const goodTable = fc.tuple(fc.array(depth, { minLength: 5, maxLength: 5 }), fc.nat(3)).map(([depths, both]) => {
  const d = sorted(depths);
  return [0, 1, 2].map((i) =>
    row(String(i * 1_000), { within: d[i], return: d[i + 1], redemption: d[i + 2], bothRpcs: i >= both }),
  );
});
const anyAmount = fc.bigInt({ min: 0n, max: 400_000n }).map(centavos);

describe('the finality policy', () => {
  test('never asks less of a larger amount or of a less reversible step, whatever the table', () => {
    let read = 0;
    const holds = (table: object, amounts: readonly Money<'MXN'>[]) => {
      const [a, b] = amounts.toSorted(compare);
      if (!a || !b) return;
      let policy: ReturnType<typeof readFinalityPolicy>;
      try {
        policy = readFinalityPolicy(JSON.stringify(table));
      } catch {
        return;
      }
      read++;
      for (const [i, step] of FINALITY_STEPS.entries()) {
        const [small, large] = [finalityFor(policy, a, step), finalityFor(policy, b, step)];
        expect(isAtLeast(large, small)).toBe(true);
        expect(large.bothRpcs || !small.bothRpcs).toBe(true);
        expect(large.blocks <= policy.largeBlocks).toBe(true);
        for (const earlier of FINALITY_STEPS.slice(0, i))
          expect(isAtLeast(small, finalityFor(policy, a, earlier))).toBe(true);
      }
    };
    fc.assert(fc.property(fc.oneof(anyTable, goodTable), fc.array(anyAmount, { minLength: 2, maxLength: 2 }), holds), {
      numRuns: 2_000,
    });
    // Or nothing would have been shown.
    expect(read).toBeGreaterThan(300);
  });

  test('asks Juno’s own credit before every redemption, and the finalised block of large ones, unless told otherwise', () => {
    const policy = readFinalityPolicy(DEFAULT_POLICY);
    expect(finalityFor(policy, centavos(1n), 'within')).toMatchObject({ blocks: 0n, junoCredit: false });
    for (const amount of [0n, 1n, 9_999_999n, 10_000_000n, 10n ** 15n])
      expect(finalityFor(policy, centavos(amount), 'redemption').junoCredit).toBe(true);
    expect(finalityFor(policy, centavos(9_999_999n), 'redemption')).toMatchObject({
      finalized: false,
      bothRpcs: false,
    });
    expect(finalityFor(policy, centavos(10_000_000n), 'redemption')).toMatchObject({
      finalized: true,
      blocks: 12n,
      bothRpcs: true,
    });
    expect(policy.rows.map(describeRow)).toEqual([
      'from 0.00 MXN: within 0, return 0, redemption 0',
      'from 100000.00 MXN: within 12, return 12, redemption 12 + finalized, both RPCs',
    ]);
  });

  test.each([
    ['[]', /row 1/],
    ['{}', /row 1/],
    ['[', /JSON/],
    [[row('1')], /first row must be from "0"/],
    [[row('0'), row('0')], /does not come after/],
    [[row('0', { within: 3 })], /asks less for a step that is less reversible/],
    [[row('0', { return: 'finalized', redemption: 20 })], /asks less for a step that is less reversible/],
    [[row('0', { redemption: 5 }), row('10', { redemption: 4 })], /row 2 .*asks less for redemption/],
    [[row('0', { redemption: 'finalized' }), row('10', { redemption: 500 })], /row 2 .*asks less for redemption/],
    [[row('0', { bothRpcs: true }), row('10')], /asks one RPC where smaller amounts ask both/],
    [[row('0', { within: -1 })], /row 1 within/],
    [[row('0', { within: 'safe' })], /row 1 within/],
    [[row('0', { wihtin: 1 })], /wihtin/],
    [[row('1e3')], /not an amount of pesos/],
  ])('%j refuses to boot', (table, complaint) => {
    expect(() => readFinalityPolicy(typeof table === 'string' ? table : JSON.stringify(table))).toThrow(complaint);
  });
});

describe('what the RPCs say is weighed', () => {
  const testimony: fc.Arbitrary<Testimony> = fc.oneof(
    fc.record({
      seen: fc.constant('here' as const),
      depth: fc.bigInt({ min: 0n, max: 20n }),
      finalized: fc.constantFrom(true, false, null),
      blockNumber: fc.constant(1n),
      blockHash: fc.constant('0xb' as const),
    }),
    fc.constantFrom<Testimony>({ seen: 'not_here' }, { seen: 'behind' }, { seen: 'no_answer' }),
  );
  const finality = fc.record({
    blocks: fc.bigInt({ min: 0n, max: 20n }),
    finalized: fc.boolean(),
    bothRpcs: fc.boolean(),
    junoCredit: fc.boolean(),
  });

  test('final is only what every one of them has, as deep as is asked, and finalised where that is asked', () => {
    fc.assert(
      fc.property(finality, fc.array(testimony, { maxLength: 3 }), (asked, said) => {
        const isFinal =
          said.length > 0 &&
          said.every(
            (one) => one.seen === 'here' && one.depth >= asked.blocks && (!asked.finalized || one.finalized === true),
          );
        expect(weigh(asked, said) === 'final').toBe(isFinal);
      }),
      { numRuns: 2_000 },
    );
  });

  test('another testimony makes nothing more final, and asking more neither', () => {
    fc.assert(
      fc.property(finality, fc.array(testimony, { minLength: 1, maxLength: 2 }), testimony, (asked, said, more) => {
        if (weigh(asked, said) !== 'final') expect(weigh(asked, [...said, more])).not.toBe('final');
        if (weigh({ ...asked, finalized: true, blocks: asked.blocks + 1n }, said) === 'final')
          expect(weigh(asked, said)).toBe('final');
      }),
    );
  });

  const here = { seen: 'here', depth: 5n, finalized: true, blockNumber: 1n, blockHash: '0xb' } as const;
  const asked = { blocks: 3n, finalized: true, bothRpcs: true, junoCredit: true };
  test.each<[string, Testimony[], string]>([
    ['nobody was asked', [], 'unreachable'],
    ['one does not answer', [here, { seen: 'no_answer' }], 'unreachable'],
    ['one has it and the other does not', [here, { seen: 'not_here' }], 'rpcs_disagree'],
    ['neither has it', [{ seen: 'not_here' }, { seen: 'not_here' }], 'mismatch'],
    ['the second has not come so far', [here, { seen: 'behind' }], 'shallow'],
    ['the second is not so deep', [here, { ...here, depth: 2n }], 'shallow'],
    ['not finalised at one of them', [here, { ...here, finalized: false }], 'shallow'],
    ['one does not know what is finalised', [here, { ...here, finalized: null }], 'finalized_unknown'],
    ['both have it', [here, here], 'final'],
  ])('%s', (_name, said, verdict) => {
    expect(weigh(asked, said)).toBe(verdict);
  });
});
