import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStatus } from '../../src/juno/status.ts';

const anyCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) => [...word].map((letter, i) => (upper[i] ? letter.toUpperCase() : letter)).join(''));

test.each([
  ['complete', 'complete'],
  ['completed', 'complete'],
  ['failed', 'failed'],
  ['pending', 'pending'],
  ['in_progress', 'in_progress'],
])('%s is %s in any case', (word, status) => {
  fc.assert(fc.property(anyCase(word), (text) => readStatus(text) === status));
});

test('a word that is not documented is unknown, never an end', () => {
  const documented = /^\s*(pending|in_progress|processing|completed?|failed)\s*$/i;
  const words = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'COMPLETE_REVERSED', ''));
  fc.assert(
    fc.property(words, (text) => documented.test(text) || readStatus(text) === 'unknown'),
    { numRuns: 1_000 },
  );
  expect(readStatus('__proto__')).toBe('unknown');
});
