/** What a command prints for people. */
import { expect, test } from 'vitest';
import { facts, table } from '../../src/cli/output.ts';

/** As the bank of whoever pays in has their name: wipes the screen, goes back over the line, turns what follows around. */
const NAME = 'Ana\u001b[2J\r\u0007\u009b1A\u202eRuiz';

test('what others wrote moves no cursor, begins no line and turns nothing around', () => {
  const shown = [table(['who', 'what'], [[`${NAME}\nBeto`, 'x']]), facts([['who', NAME]])].join('\n');
  expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  expect(shown.split('\n')).toHaveLength(4);
  expect(shown).toContain('Ana');
});

test('columns are as wide as their widest cell, and what is on several lines of its own stays so', () => {
  expect(table(['a', 'b'], [['xyz', 'ñ']])).toBe('a    b\n───  ─\nxyz  ñ');
  expect(facts([['a', 'one\ntwo']])).toBe('a  one\ntwo');
});
