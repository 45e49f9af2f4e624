import fc from 'fast-check';
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { JOURNEY, type JourneyStep, totals } from '../../src/reactor/ledger/journey.ts';

const amount = fc.bigInt({ min: 10_000n, max: 10n ** 15n });
const STEPS = [
  'deposit',
  'issuance',
  'juno_withdrawal',
  'arrival',
  'chain_fund',
  'chain_release',
  'chain_return',
  'credit',
  'juno_redemption',
  'payout',
] as const satisfies readonly JourneyStep[];

test('every entry sums to zero in each currency', () => {
  fc.assert(
    fc.property(amount, fc.constantFrom(...(Object.keys(JOURNEY) as JourneyStep[])), (units, step) => {
      for (const total of totals(JOURNEY[step](centavos(units))).values()) expect(total).toBe(0n);
    }),
  );
});

test('after the whole journey every account is empty, and on the way none is overdrawn', () => {
  fc.assert(
    fc.property(amount, (units) => {
      const balances = new Map<string, bigint>();
      for (const step of STEPS) {
        for (const { account, amount } of JOURNEY[step](centavos(units))) {
          const key = `${account} ${amount.currency}`;
          balances.set(key, (balances.get(key) ?? 0n) + amount.units);
        }
      }
      expect([...balances.values()].every((balance) => balance === 0n)).toBe(true);
    }),
  );
});
