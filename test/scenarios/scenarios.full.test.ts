/** Every story, each in a world of its contract. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ESCROW_VERSIONS, type EscrowVersion } from '../../src/chain/escrow-versions.ts';
import type { World } from '../../src/local/world.ts';
import { JOURNEY_TIMEOUT_MS } from '../journey/support.ts';
import { startWorldOf } from '../journey/versions.ts';
import { expected } from './judge.ts';
import { type Performance, perform } from './perform.ts';
import { SETTINGS } from './settings.ts';
import { ROWS } from './table.ts';

/** Ids of rows, with commas between them: these alone are told. */
const ONLY = process.env['KUSTODIA_SCENARIOS']?.split(',');
const rowsOn = (version: EscrowVersion) =>
  ROWS.filter(({ on = ['v3'], id }) => on.includes(version) && (!ONLY || ONLY.includes(id)));
const VERSIONS = ESCROW_VERSIONS.filter((version) => rowsOn(version).length > 0);

const worlds: World[] = [];
const performances = new Map<EscrowVersion, Performance>();
// The worlds side by side, for most of the time is waited.
beforeAll(async () => {
  await Promise.all(
    VERSIONS.map(async (version) => {
      const world = await startWorldOf(version, { settings: SETTINGS });
      worlds.push(world);
      performances.set(version, await perform(world, rowsOn(version)));
    }),
  );
}, 4 * JOURNEY_TIMEOUT_MS);
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

describe.each(VERSIONS)('on %s', (version) => {
  test.each(rowsOn(version))('$id', ({ id, expect: wanted }) => {
    const verdict = performances.get(version)?.verdicts.get(id);
    if (verdict instanceof Error) throw verdict;
    expect(verdict).toEqual(expected(wanted, version));
  });
  test('the second opinion finds nothing, nobody else was paid, and each currency sums to zero', () => {
    expect(performances.get(version)?.findings).toEqual([]);
  });
});
