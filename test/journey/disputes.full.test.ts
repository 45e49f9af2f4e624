/** Disputes on the whole journey, on each version of the escrow contract. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ESCROW_VERSIONS } from '../../src/chain/escrow-versions.ts';
import { auditWorld } from '../../src/local/audit.ts';
import { type DisputeWorld, inTheContract, openDisputeWorld, STORIES } from './disputes.ts';
import { JOURNEY_TIMEOUT_MS } from './support.ts';

describe.each(ESCROW_VERSIONS)('on %s', (version) => {
  let here: DisputeWorld;
  beforeAll(async () => {
    here = await openDisputeWorld(version);
  }, JOURNEY_TIMEOUT_MS);
  afterAll(() => here?.world.stop());

  test('each story ends with the money where it was decided to go, and the auditor agrees', {
    timeout: JOURNEY_TIMEOUT_MS,
  }, async () => {
    await Promise.all(STORIES.map((story) => story(here)));
    await inTheContract(here);
    expect(await auditWorld(here.world)).toEqual([]);
  });
});
