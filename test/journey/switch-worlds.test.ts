import { expect, test } from 'vitest';
import { SWITCH_NAMES } from '../../src/sandbox/switches.ts';
import { holds, pairsOf } from '../support/pairs.ts';
import { APART, costsExtra, holdsReturns, QUESTIONS, WORLDS } from './switch-worlds.ts';

test('every two answers of any two switches meet in a world of the full run', () => {
  const pairs = pairsOf(QUESTIONS);
  const worlds = [...WORLDS, ...APART];
  const apart = pairs.filter((pair) => !worlds.some((answers) => holds(answers, pair)));
  expect(apart).toEqual([]);
  const answers = SWITCH_NAMES.map((name) => QUESTIONS[name]?.length ?? 0);
  const count = answers.reduce((sum, n, i) => sum + n * answers.slice(i + 1).reduce((a, b) => a + b, 0), 0);
  expect(pairs).toHaveLength(count);
  // One line for who reads the run; docs/sandbox.md says how many they were.
  process.stdout.write(`${JSON.stringify({ switches: answers.length, pairs: count, worlds: worlds.length })}\n`);
});

test('the worlds are few enough for the full run, and the same in every run', () => {
  expect(WORLDS.length).toBeLessThanOrEqual(26);
  expect(APART.length).toBeLessThanOrEqual(6);
  expect(WORLDS.some((answers) => costsExtra(answers) || holdsReturns(answers))).toBe(false);
  expect(APART.every((answers) => costsExtra(answers) || holdsReturns(answers))).toBe(true);
});
