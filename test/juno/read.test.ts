import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainDecimal, readAmount } from '../../src/juno/amount.ts';
import { parseJson } from '../../src/juno/json.ts';
import { readMoment } from '../../src/juno/moment.ts';
import { createNonce } from '../../src/juno/nonce.ts';
import { readStatus } from '../../src/juno/status.ts';
import { readWebhook } from '../../src/juno/webhook.ts';
import { centavos, formatDecimal, mxnbUnits } from '../../src/money/money.ts';

const anyCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) => [...word].map((letter, i) => (upper[i] ? letter.toUpperCase() : letter.toLowerCase())).join(''));

describe('a status', () => {
  test.each([
    ['complete', 'complete'],
    ['completed', 'complete'],
    ['failed', 'failed'],
    ['pending', 'pending'],
    ['in_progress', 'in_progress'],
    ['processing', 'in_progress'],
  ])('%s is %s in any case', (word, status) => {
    fc.assert(fc.property(anyCase(word), (text) => void expect(readStatus(text)).toBe(status)));
  });

  test('that is no documented word is unknown, never an end', () => {
    const documented = /^\s*(pending|in_progress|processing|completed?|failed)\s*$/i;
    const strange = fc.oneof(
      fc.string(),
      fc.constantFrom('constructor', '__proto__', 'toString', 'COMPLETE_REVERSED', 'FAILED_RETRYING', ''),
    );
    fc.assert(
      fc.property(
        strange.filter((text) => !documented.test(text)),
        (text) => void expect(readStatus(text)).toBe('unknown'),
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('an amount', () => {
  const units = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });

  test('is read exactly, as number and as text', () => {
    fc.assert(
      fc.property(units, (value) => {
        const decimal = formatDecimal(mxnbUnits(value));
        const { number, text } = parseJson(`{"number":${decimal},"text":"${decimal}"}`) as Record<string, string>;
        expect(readAmount('MXNB', number ?? '').units).toBe(value);
        expect(readAmount('MXNB', text ?? '').units).toBe(value);
      }),
    );
  });

  test('is read exactly with an exponent, wherever its point stands', () => {
    fc.assert(
      fc.property(units, fc.integer({ min: -20, max: 20 }), fc.constantFrom('e', 'E', 'E+'), (value, shift, mark) => {
        const sign = value < 0n ? '-' : '';
        const digits = (value < 0n ? -value : value).toString();
        // The same value with its point after the first digit, and the exponent that makes up for it.
        const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
        const exponent = digits.length - 1 - 6;
        const text = `${sign}${mantissa}${exponent < 0 ? 'E' : mark}${exponent}`;
        expect(readAmount('MXNB', text).units).toBe(value);
        // A plain number is not touched by it.
        expect(plainDecimal(`${sign}${digits}.${Math.abs(shift)}`)).toBe(`${sign}${digits}.${Math.abs(shift)}`);
      }),
    );
  });

  test.each([
    ['1E+3', 100_000n],
    ['1.0E7', 1_000_000_000n],
    ['1.23456789E7', 1_234_567_890n],
    ['1.5e-1', 15n],
    ['0E-8', 0n],
    ['1000', 100_000n],
    ['1000.000000', 100_000n],
  ])('%s MXN are %s centavos', (text, value) => expect(readAmount('MXN', text)).toEqual(centavos(value)));

  test.each(['', '1,000.00', '1e99', 'NaN', 'Infinity', '0x10', ' 1', '1.005', '1E-3', '--1', '1e', 'e1'])(
    '%j is refused, not guessed',
    (text) => expect(() => readAmount('MXN', text)).toThrow(),
  );
});

describe('a timestamp', () => {
  const moment = fc.date({ min: new Date('1970-01-02'), max: new Date('2200-01-01'), noInvalidDate: true });

  test('with a zone is the moment that it names, nanoseconds cut', () => {
    const zone = fc.integer({ min: -14 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(moment, zone, fc.integer({ min: 0, max: 999_999 }), fc.boolean(), (at, offset_min, nanos, colon) => {
        const local = new Date(at.getTime() + offset_min * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(offset_min);
        const [hours, minutes] = [Math.trunc(size / 60), size % 60].map((n) => String(n).padStart(2, '0'));
        const text = `${local}${String(nanos).padStart(6, '0')}${offset_min < 0 ? '-' : '+'}${hours}${colon ? ':' : ''}${minutes}`;
        expect(readMoment(text)).toEqual(at);
      }),
    );
  });

  test('without a zone is no moment: nobody says that it is UTC', () => {
    fc.assert(fc.property(moment, (at) => void expect(readMoment(at.toISOString().slice(0, 19))).toBeNull()));
  });

  test.each([
    '2025-02-30T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-01-31T25:00:00Z',
    '2025-01-31',
    'yesterday',
    '',
    null,
  ])('%j is no moment', (text) => expect(readMoment(text)).toBeNull());

  test('as the pages print it', () => {
    expect(readMoment('2025-01-31T17:58:57.350820016Z')?.toISOString()).toBe('2025-01-31T17:58:57.350Z');
    expect(readMoment('2024-02-14T15:53:39+00:00')?.toISOString()).toBe('2024-02-14T15:53:39.000Z');
  });
});

describe('a nonce', () => {
  test('never repeats over a million draws, whatever the clocks of the processes say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 10 ** 12, max: 10 ** 13 - 1 }), { minLength: 1, maxLength: 200 }),
        fc.bigInt({ min: 0n, max: 2n ** 62n }),
        async (clocks, first) => {
          let next = first;
          const nextSequence = async () => next++;
          const drawn = await Promise.all(clocks.map((clock) => createNonce({ nextSequence, now: () => clock })()));
          expect(new Set(drawn).size).toBe(clocks.length);
          for (const nonce of drawn) expect(nonce).toMatch(/^\d{19}$/);
        },
      ),
    );
  });

  test('is the time and the last six digits of the sequence', async () => {
    const nonce = createNonce({ nextSequence: async () => 7_000_042n, now: () => 1_731_349_200_123 });
    expect(await nonce()).toBe('1731349200123000042');
  });

  test.each([
    ['a clock before 2001', 0n, 999_999_999_999],
    ['a clock with fractions', 0n, 1_731_349_200_123.5],
    ['no clock', 0n, Number.NaN],
    ['a sequence that went below zero', -1n, 1_731_349_200_123],
  ])('is refused for %s', async (_, sequence, clock) => {
    await expect(createNonce({ nextSequence: async () => sequence, now: () => clock })()).rejects.toThrow(RangeError);
  });
});

describe('a webhook', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', '<xml/>'],
    ['no id', '{"event":"TRANSACTION"}'],
    ['an id without end', JSON.stringify({ id: 'x'.repeat(201) })],
    ['a nest without end', '['.repeat(200_000)],
    ['a nest of payloads', '{"payload":'.repeat(20_000)],
    ['more than it may be', JSON.stringify({ id: 't-1', more: 'x'.repeat(300_000) })],
  ])('with %s is unreadable', (_, text) => {
    expect(readWebhook(new TextEncoder().encode(text))).toEqual({ kind: 'unreadable' });
  });

  test('never throws, whatever arrives', () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(bytes, (body) => {
        const hint = readWebhook(body);
        if (hint.kind === 'hint') expect([...hint.transactionIds, ...hint.bitsoIds]).not.toHaveLength(0);
      }),
      { numRuns: 500 },
    );
  });
});
