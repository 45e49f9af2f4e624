/** The whole journey on a fork with each version of the escrow contract, and with none. */
import { afterEach, expect, test } from 'vitest';
import { auditWorld } from '../../src/local/audit.ts';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { isFlawless } from '../../src/local/report.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { JOURNEY_TIMEOUT_MS, query, SHORT_DELAYS } from '../journey/support.ts';
import { startUpstream, type TestUpstream } from './upstream.ts';

const PAYMENTS = 5;
let upstream: TestUpstream | undefined;
let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  await upstream?.stop();
  world = undefined;
  upstream = undefined;
});

test.each([
  ['v2', true],
  ['v2-pausable', true],
  ['v3', true],
  ['v3', false],
] as const)('on a fork with %s (named: %s)', { timeout: JOURNEY_TIMEOUT_MS }, async (version, isNamed) => {
  upstream = await startUpstream(version);
  const { url, token, escrow } = upstream;
  const before = await upstream.state();
  world = await startWorld({
    fork: { rpcUrl: url, token, ...(isNamed && { escrow }) },
    sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS },
  });
  const { contracts } = world;
  expect(contracts.version).toBe(version);
  expect(contracts.escrow === escrow.toLowerCase()).toBe(isNamed);
  const report = await driveAndJudge(world, {
    ...{ payments: PAYMENTS, isMixed: true, timeoutMs: JOURNEY_TIMEOUT_MS - 120_000 },
  });
  expect(report).toMatchObject({ payments: PAYMENTS, completed: PAYMENTS, paid_twice: 0 });
  expect(isFlawless(report)).toBe(true);
  expect(await auditWorld(world)).toEqual([]);
  const held = await query(world, 'SELECT contract, status FROM indexed.escrow');
  expect(held).toEqual(Array(PAYMENTS).fill({ contract: contracts.escrow, status: 'released' }));
  expect(await upstream.state()).toEqual(before);
});
