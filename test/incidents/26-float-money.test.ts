import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../src/juno/json.ts';
import { centavos, formatDecimal, MoneyError, parseDecimal, toMxn, toMxnb } from '../../src/money/money.ts';

const SOURCE = join(import.meta.dirname, '../../src');

test('an amount that was written comes back to the centavo, through text, MXNB and JSON', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), (units) => {
      const amount = centavos(units);
      const text = formatDecimal(amount);
      expect(parseDecimal('MXN', text)).toEqual(amount);
      expect(toMxn(toMxnb(amount))).toEqual(amount);
      expect(parseJson(`{"amount":${text}}`)).toEqual({ amount: text });
    }),
  );
});

test('what a float would have changed is not changed, and what cannot be exact is refused', () => {
  expect(parseJson('{"a":0.1,"b":1234567890123456.78,"c":100.10}')).toEqual({
    a: '0.1',
    b: '1234567890123456.78',
    c: '100.10',
  });
  expect(toMxnb(parseDecimal('MXN', '1234567890123456.78')).units).toBe(1_234_567_890_123_456_780_000n);
  for (const text of ['1.005', '1e3', 'NaN', '0x10', ' 1', '1,000.00', ''])
    expect(() => parseDecimal('MXN', text)).toThrow(MoneyError);
});

test('no source that handles money reads a float, or rounds anything but a time', () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^(money|juno|auditor|reactor\/(payment|ledger|effects|advance|intake|suspense|settlement|wallet))\/.*\.ts$/.test(
      name,
    ),
  );
  expect(files.length).toBeGreaterThan(80);
  const offending = files.filter((name) =>
    /parseFloat|toFixed|Math\.(round|trunc)\((?!.*(now|_ms))|Number\([^)]*(amount|units|centavos|money)/i.test(
      readFileSync(join(SOURCE, name), 'utf8'),
    ),
  );
  expect(offending).toEqual([]);
});
