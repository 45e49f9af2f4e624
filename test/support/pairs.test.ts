import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coverPairs, holds, pairsOf } from './pairs.ts';
import { randomFrom } from './random.ts';

const questions = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 12 })
  .map((counts) => Object.fromEntries(counts.map((n, i) => [`q${i}`, Array.from({ length: n }, (_, k) => k)])));

test('whatever the questions: every two answers meet, and each row answers every question with one of its answers', () => {
  fc.assert(
    fc.property(questions, fc.integer(), (asked, seed) => {
      const rows = coverPairs(asked, randomFrom(seed));
      expect(pairsOf(asked).filter((pair) => !rows.some((row) => holds(row, pair)))).toEqual([]);
      for (const row of rows) for (const [name, answers] of Object.entries(asked)) expect(answers).toContain(row[name]);
      expect(coverPairs(asked, randomFrom(seed))).toEqual(rows);
    }),
  );
});

test('a pair that may not meet does not, and all others do', () => {
  const three = fc.constant({ a: [0, 1, 2], b: [0, 1, 2], c: [0, 1], d: [true, false] });
  fc.assert(
    fc.property(three, fc.nat(2), fc.nat(2), fc.integer(), (asked, a, b, seed) => {
      const forbidden = [
        ['a', a],
        ['b', b],
      ] as const;
      const rows = coverPairs(asked, randomFrom(seed), [forbidden]);
      const missing = pairsOf(asked).filter((pair) => !rows.some((row) => holds(row, pair)));
      expect(missing).toEqual([forbidden]);
    }),
  );
});

test('a hundred switches of two answers and twenty of three need a few rows more than the nine that three answers of two need', () => {
  const many = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`q${i}`, i < 20 ? [0, 1, 2] : [false, true]]));
  expect(coverPairs(many, randomFrom(1)).length).toBeLessThanOrEqual(26);
});
