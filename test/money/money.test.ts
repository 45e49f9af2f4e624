import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  centavos,
  formatDecimal,
  formatMoney,
  type Money,
  MoneyError,
  money,
  parseDecimal,
  subtract,
  sum,
  toMxn,
  toMxnb,
} from '../../src/money/money.ts';

const anyUnits = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
const anyCurrency = fc.constantFrom('MXN' as const, 'MXNB' as const, 'ETH' as const);

describe('Money', () => {
  test('text and back is the same amount, for every currency', () => {
    fc.assert(
      fc.property(anyCurrency, anyUnits, (currency, units) => {
        expect(parseDecimal(currency, formatDecimal(money(currency, units)))).toEqual(money(currency, units));
      }),
    );
  });

  test('what was added can be taken away', () => {
    fc.assert(
      fc.property(anyUnits, anyUnits, (a, b) => {
        expect(subtract(add(centavos(a), centavos(b)), centavos(b))).toEqual(centavos(a));
        expect(sum('MXN', [centavos(a), centavos(b)])).toEqual(centavos(a + b));
      }),
    );
  });

  test('pesos to MXNB and back is exact; a fraction of a centavo is refused, not rounded', () => {
    fc.assert(
      fc.property(anyUnits, (units) => {
        expect(toMxn(toMxnb(centavos(units)))).toEqual(centavos(units));
      }),
    );
    expect(() => toMxn(money('MXNB', 10_001n))).toThrow(MoneyError);
  });

  test('a centavo is ten thousand units of MXNB, which has six decimals on every network', () => {
    expect(toMxnb(centavos(150_050n))).toEqual(money('MXNB', 1_500_500_000n));
    expect(parseDecimal('MXNB', '1500.50')).toEqual(money('MXNB', 1_500_500_000n));
  });

  test('currencies do not mix, even past the compiler', () => {
    expect(() => add(centavos(1n) as Money, money('MXNB', 1n))).toThrow('cannot combine MXN with MXNB');
  });

  test.each(['1,500.00', '1e3', ' 1', '', '.5', '01', '0x10', 'NaN', '1.', '--1', '١'])(
    '%j is not a decimal',
    (text) => {
      expect(() => parseDecimal('MXN', text)).toThrow(MoneyError);
    },
  );

  test('three decimals are refused unless the third is zero', () => {
    expect(() => parseDecimal('MXN', '100.001')).toThrow('MXN has at most 2 decimals');
    expect(parseDecimal('MXN', '100.010')).toEqual(centavos(10_001n));
  });

  test('people read thousands and cents', () => {
    expect(formatMoney(centavos(123_456_789n))).toBe('1,234,567.89 MXN');
    expect(formatMoney(centavos(-1n))).toBe('-0.01 MXN');
    expect(formatDecimal(money('MXNB', 3_000_001n))).toBe('3.000001');
  });
});
