import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClabeError, clabeControlDigit, isNvioClabe, maskClabe, parseClabe } from '../../src/money/clabe.ts';

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
