import { expect, test } from 'vitest';
import { LEASE_MS, SEND_LEASE_MS } from '../../src/reactor/effects/lane.ts';
import { ORPHANS_MS } from '../../src/reactor/reactor.ts';

const GOES_ON_WITHIN_MS = 15_000;

test('what a dead process was working on goes on elsewhere within 15 s: its lease and the look for it together', () => {
  expect(Math.max(LEASE_MS, SEND_LEASE_MS) + ORPHANS_MS).toBeLessThan(GOES_ON_WITHIN_MS);
});
