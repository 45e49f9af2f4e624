/** Disputes on the contract that is live, where a disputed escrow can only be cancelled. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditWorld } from '../../src/local/audit.ts';
import { appealedAndSplit, type DisputeWorld, forThePayer, openDisputeWorld } from './disputes.ts';
import { JOURNEY_TIMEOUT_MS } from './support.ts';

let here: DisputeWorld;
beforeAll(async () => {
  here = await openDisputeWorld('v2-pausable');
}, JOURNEY_TIMEOUT_MS);
afterAll(() => here?.world.stop());

test('on v2-pausable, disputed past their date: one goes back to the payer, one is split after an appeal, and the auditor agrees', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  await Promise.all([forThePayer(here), appealedAndSplit(here)]);
  expect(await auditWorld(here.world)).toEqual([]);
});
