import { clabe as independent } from 'clabe-validator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BANKS, bankOf } from '../../src/money/banks.ts';
import { ClabeError, clabeControlDigit, isNvioClabe, maskClabe, parseClabe } from '../../src/money/clabe.ts';

describe('beside an independent library', () => {
  test('the control digit of any 17 digits is the same', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{17}$/), (first17) => {
        expect(clabeControlDigit(first17)).toBe(independent.computeChecksum(first17));
      }),
      { numRuns: 5_000 },
    );
  });

  test.each(Object.entries(BANKS))('%s is a bank there too: %s', (code) => {
    const first17 = `${code}18000000000001`;
    const clabe = `${first17}${clabeControlDigit(first17)}`;
    expect(bankOf(parseClabe(clabe))).not.toBeNull();
    const { valid } = independent.validate(clabe);
    expect(valid).toMatchObject({ format: true, bank: true });
  });

  test('a code that only the library has is of a bank that is gone or merged, or of an institution without accounts', () => {
    const gone = '022 032 037 103 116 126 129 131 134 136 139 607 610 618 626 629 633 684 699 812 814 821 846';
    const withoutAccounts = '615 622 623 640 649 651 674 901 902 903 999';
    const codes = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, '0'));
    const isThere = (code: string) => independent.validate(`${code}180000000000010`).bank !== null;
    const onlyThere = codes.filter((code) => isThere(code) && !(code in BANKS));
    expect(onlyThere).toEqual(`${gone} ${withoutAccounts}`.split(' ').toSorted());
  });

  test('a code that is nobody’s is no bank', () => {
    for (const code of ['000', '003', '500', '999']) expect(bankOf(`${code}180000000000010`)).toBeNull();
  });
});

describe('CLABE', () => {
  // Numbers that the facts page checked to be valid, and documentation samples that are not.
  test.each(['710969000000401454', '710969000000351106', '646180157042875763', '646180110400000007'])(
    '%s is valid',
    (text) => {
      expect(parseClabe(text)).toBe(text);
    },
  );
  test.each(['646180110412345678', '710969123456329002', '012180015040777777'])(
    '%s, a sample of the documents, is not',
    (text) => {
      expect(() => parseClabe(text)).toThrow('control digit');
    },
  );
  test.each(['', '64618015704287576', '6461801570428757633', '64618015704287576a'])('%j has not 18 digits', (text) => {
    expect(() => parseClabe(text)).toThrow(ClabeError);
  });

  test('any single mistyped digit is noticed', () => {
    const digits = fc.stringMatching(/^\d{17}$/);
    fc.assert(
      fc.property(digits, fc.nat(17), fc.integer({ min: 1, max: 9 }), (first17, at, by) => {
        const right = first17 + clabeControlDigit(first17);
        expect(parseClabe(right)).toBe(right);
        const wrong = right.slice(0, at) + ((Number(right[at]) + by) % 10) + right.slice(at + 1);
        expect(() => parseClabe(wrong)).toThrow(ClabeError);
      }),
    );
  });

  test('a mask keeps bank and tail only; an error never repeats the number', () => {
    expect(maskClabe('646180157042875763')).toBe('646…5763');
    expect(isNvioClabe(parseClabe('710969000000401454'))).toBe(true);
    expect(() => parseClabe('646180110412345678')).not.toThrow(/64618/);
  });
});
