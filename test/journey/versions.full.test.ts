/** The whole journey, from the deposit to the SPEI payout, on each version of the escrow contract. */
import { afterEach, expect, test } from 'vitest';
import { ESCROW_VERSIONS } from '../../src/chain/escrow-versions.ts';
import { auditWorld } from '../../src/local/audit.ts';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { isFlawless } from '../../src/local/report.ts';
import type { World } from '../../src/local/world.ts';
import { JOURNEY_TIMEOUT_MS, query } from './support.ts';
import { startWorldOf } from './versions.ts';

const PAYMENTS = 5;
let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

test.each(ESCROW_VERSIONS)('on %s', { timeout: JOURNEY_TIMEOUT_MS }, async (version) => {
  world = await startWorldOf(version);
  const report = await driveAndJudge(world, { payments: PAYMENTS, timeoutMs: JOURNEY_TIMEOUT_MS - 120_000 });
  expect(report).toMatchObject({ payments: PAYMENTS, completed: PAYMENTS, spei_payouts: PAYMENTS, paid_twice: 0 });
  expect(isFlawless(report)).toBe(true);
  expect(await auditWorld(world)).toEqual([]);
  const held = await query<{ contract: string; status: string }>(world, 'SELECT contract, status FROM indexed.escrow');
  expect(held).toEqual(Array(PAYMENTS).fill({ contract: world.contracts.escrow, status: 'released' }));
});
