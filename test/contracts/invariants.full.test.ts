import { beforeAll, expect, test } from 'vitest';
import { buildContracts } from '../../contracts/scripts/build.ts';
import { forgeTests } from './suites.ts';

const [RUNS, DEPTH] = [256, 500];
const TIMEOUT_MS = 30 * 60_000;

beforeAll(buildContracts, 120_000);

test(
  'the contract keeps its invariants: 256 runs of 500 calls',
  async () => {
    const [held, ...others] = await forgeTests(['--match-test', 'invariant_'], {
      timeoutMs: TIMEOUT_MS,
      settings: { FOUNDRY_INVARIANT_RUNS: String(RUNS), FOUNDRY_INVARIANT_DEPTH: String(DEPTH) },
    });
    expect(held).toMatchObject({
      status: 'Success',
      kind: { Invariant: { runs: RUNS, calls: RUNS * DEPTH, reverts: 0 } },
    });
    expect(others).toEqual([]);
  },
  TIMEOUT_MS,
);
