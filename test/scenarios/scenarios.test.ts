/** The table and its page in every run, and a few of its stories. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBooks } from '../../src/local/books.ts';
import { drive } from '../../src/local/drive.ts';
import { isFlawless, judge } from '../../src/local/report.ts';
import type { World } from '../../src/local/world.ts';
import { JOURNEY_TIMEOUT_MS } from '../journey/support.ts';
import { startWorldOf } from '../journey/versions.ts';
import { PAGE, renderScenarios } from './document.ts';
import { expected } from './judge.ts';
import { type Performance, perform } from './perform.ts';
import { SETTINGS } from './settings.ts';
import { ROWS, THEMES } from './table.ts';

const LEAST = 60;

describe('the table', () => {
  test('is what docs/scenarios.md says', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(renderScenarios(THEMES));
  });
  test(`has at least ${LEAST} stories, each with a name of its own`, () => {
    expect(ROWS.length).toBeGreaterThanOrEqual(LEAST);
    const ids = ROWS.map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });
});

describe('told', () => {
  const rows = ROWS.filter(({ quick }) => quick);
  let world: World;
  let performed: Performance;
  let flawless: unknown;
  beforeAll(async () => {
    world = await startWorldOf('v3', { escrows: ['v3'], settings: SETTINGS });
    // What npm start shows, before anything else is in the books.
    const driven = await drive({ api: world.api, deposit: world.deposit, payments: 3, isMixed: true });
    const asked = driven.map((one) => ({ ...one, hasDeposited: true }));
    const report = judge(asked, await readBooks(world, driven, 0));
    flawless = { ...report, isFlawless: isFlawless(report) };
    performed = await perform(world, rows);
  }, JOURNEY_TIMEOUT_MS);
  afterAll(() => world?.stop());

  test('what npm start shows is flawless, with half in custody and fees too', () => {
    expect(flawless).toMatchObject({ payments: 3, completed: 3, spei_payouts: 6, payouts_asked: 6, isFlawless: true });
  });
  test.each(rows)('$id', ({ id, expect: wanted }) => {
    const verdict = performed.verdicts.get(id);
    if (verdict instanceof Error) throw verdict;
    expect(verdict).toEqual(expected(wanted));
  });
  test('the second opinion finds nothing, nobody else was paid, and each currency sums to zero', () => {
    expect(performed.findings).toEqual([]);
  });
});
