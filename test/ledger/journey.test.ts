import fc from 'fast-check';
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { JOURNEY, type JourneyStep, type Posting, postingsFor, totals } from '../../src/reactor/ledger/journey.ts';

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

function balancesAfter(entries: readonly (readonly Posting[])[]): Map<string, bigint> {
  const balances = new Map<string, bigint>();
  for (const { account, amount } of entries.flat()) {
    const key = `${account} ${amount.currency}`;
    balances.set(key, (balances.get(key) ?? 0n) + amount.units);
  }
  return balances;
}

test('after the whole journey every account is empty, and on the way none is overdrawn', () => {
  fc.assert(
    fc.property(amount, (units) => {
      const balances = balancesAfter(STEPS.map((step) => JOURNEY[step](centavos(units))));
      expect([...balances.values()].every((balance) => balance === 0n)).toBe(true);
    }),
  );
});

test('a commission is owed in an account of its own from when it is earned until it is paid', () => {
  fc.assert(
    fc.property(amount, (units) => {
      const until = (steps: readonly JourneyStep[]) =>
        balancesAfter(steps.map((step) => postingsFor('commission', step, centavos(units))));
      const earned = until(['deposit', 'issuance', 'earned']);
      expect([earned.get('liability MXN'), earned.get('commission MXN')]).toEqual([0n, -units]);
      const paid = until(['deposit', 'issuance', 'earned', 'juno_redemption', 'payout']);
      expect([...paid.values()].every((balance) => balance === 0n)).toBe(true);
      const back = until(['deposit', 'issuance', 'earned', 'juno_redemption', 'payout', 'payout_return']);
      expect(back.get('commission MXN')).toBe(-units);
    }),
  );
});
