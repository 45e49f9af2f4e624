import { describe, expect, test } from 'vitest';
import { parseClabe } from '../../src/money/clabe.ts';
import { type Ended, isSame, type Owed, TO_PAYER, waysOf } from '../../src/simulate/owed.ts';
import type { Part } from '../../src/simulate/population.ts';

const RECIPIENT = parseClabe('002010077777777771');
const BROKER = parseClabe('646180157042875763');
const part = (kind: Part['kind'], amount: bigint): Part => ({
  ...{ kind, amount },
  clabe: kind === 'commission' ? BROKER : RECIPIENT,
});
const PARTS = [part('custody', 60_000n), part('immediate', 40_000n), part('commission', 5_000n)];
const to = (who: string, amount: bigint): Owed => ({ to: who, amount });
const ways = (ended?: Ended, parts = PARTS) => waysOf({ parts }, ended);
/** In any order, none twice. */
const expectWays = (found: readonly Owed[][], wanted: readonly Owed[][]) => {
  expect(found).toHaveLength(wanted.length);
  for (const one of wanted) expect(found.filter((other) => isSame(one, other))).toHaveLength(1);
};

describe('who is to be paid what', () => {
  const [custody, immediate, fee] = [to(RECIPIENT, 60_000n), to(RECIPIENT, 40_000n), to(BROKER, 5_000n)];

  test('of a payment that ends as it was asked for: everybody', () => {
    const asAsked = [[custody, immediate, fee]];
    expectWays(ways(), asAsked);
    expectWays(ways({ what: { outcome: 'recipient' }, isCustodyThere: true }), asAsked);
    expectWays(ways({ what: 'settled_outside', isCustodyThere: false }), asAsked);
  });

  test('of one that was cancelled before its deposit: nobody', () => {
    expectWays(ways({ what: 'cancelled', isCustodyThere: false }), [[]]);
  });

  test('of one that goes back in custody: the payer, but for what had left', () => {
    const back = [to(TO_PAYER, 60_000n), to(TO_PAYER, 5_000n)];
    const both = [
      [...back, immediate],
      [...back, to(TO_PAYER, 40_000n)],
    ];
    expectWays(ways({ what: 'full', isCustodyThere: true }), both);
    expectWays(ways({ what: { outcome: 'payer' }, isCustodyThere: true }), both);
  });

  test('of one of which the custody part alone goes back: what that had earned goes back after it', () => {
    const back = [to(TO_PAYER, 60_000n), to(TO_PAYER, 5_000n)];
    expectWays(ways({ what: 'custody', isCustodyThere: true }), [
      [...back, immediate],
      [...back, to(TO_PAYER, 40_000n)],
    ]);
  });

  test('of one that is split: both, the custody first and rounded down, and a fee only where custody is left', () => {
    const bp = { what: { outcome: 'split', payerBasisPoints: 3_333 }, isCustodyThere: true } as const;
    expectWays(ways(bp), [
      // Of 600.00, and of 1000.00.
      [to(TO_PAYER, 19_998n), to(RECIPIENT, 40_002n), immediate, fee],
      [to(TO_PAYER, 33_330n), to(RECIPIENT, 26_670n), immediate, fee],
    ]);
    const most = { what: { outcome: 'split', payerBasisPoints: 7_000 }, isCustodyThere: true } as const;
    expectWays(ways(most), [
      [to(TO_PAYER, 42_000n), to(RECIPIENT, 18_000n), immediate, fee],
      [to(TO_PAYER, 60_000n), to(TO_PAYER, 10_000n), to(RECIPIENT, 30_000n), to(TO_PAYER, 5_000n)],
      [to(TO_PAYER, 60_000n), to(TO_PAYER, 10_000n), to(TO_PAYER, 30_000n), to(TO_PAYER, 5_000n)],
    ]);
    const fixed = { what: { outcome: 'split', payerAmount: '123.45' }, isCustodyThere: true } as const;
    for (const way of ways(fixed))
      expect(isSame(way, [to(TO_PAYER, 12_345n), to(RECIPIENT, 47_655n), immediate, fee])).toBe(true);
  });

  test('in every way, to the centavo, what came in', () => {
    const total = (all: readonly Readonly<{ amount: bigint }>[]) => all.reduce((sum, { amount }) => sum + amount, 0n);
    for (const isCustodyThere of [true, false])
      for (const what of [
        ...(['full', 'custody'] as const),
        { outcome: 'payer' } as const,
        { outcome: 'split', payerBasisPoints: 9_999 } as const,
        { outcome: 'split', payerAmount: '0.01' } as const,
      ])
        for (const way of ways({ what, isCustodyThere })) expect(total(way)).toBe(total(PARTS));
  });
});
