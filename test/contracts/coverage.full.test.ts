import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildContracts, runForge } from '../../contracts/scripts/build.ts';

const TIMEOUT_MS = 300_000;
const SOURCE = /^contracts\/src\/\w+\.sol$/;

beforeAll(buildContracts, 120_000);

test(
  'every line, function and branch of the contract is run by its unit tests',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kustodia-coverage-'));
    try {
      const file = join(folder, 'lcov.info');
      const unit = ['--no-match-contract', 'Invariant', '--fuzz-runs', '8'];
      // It compiles in its own way, which is nobody else's business.
      const settings = { FOUNDRY_OUT: join(folder, 'out'), FOUNDRY_CACHE_PATH: join(folder, 'cache') };
      const report = ['--report', 'lcov', '--report-file', file];
      await runForge(['coverage', ...report, ...unit], { timeoutMs: TIMEOUT_MS, settings });
      const sources = readFileSync(file, 'utf8').split('end_of_record').map(readRecord);
      const counted = sources.filter(({ source }) => SOURCE.test(source));
      expect(counted.map(({ source }) => source).toSorted()).toEqual([
        'contracts/src/EarlyApproval.sol',
        'contracts/src/EscrowAdmin.sol',
        'contracts/src/KustodiaEscrow.sol',
      ]);
      expect(counted.flatMap(({ missed }) => missed)).toEqual([]);
      const branches = counted.reduce((sum, { branches }) => sum + branches, 0);
      expect(branches).toBeGreaterThan(20);
      process.stdout.write(`forge coverage: ${branches} of ${branches} branches\n`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);

/** One file of an LCOV report: how many branches it has, and what of it was never run, as `file: line`. */
function readRecord(record: string): { source: string; branches: number; missed: string[] } {
  const lines = record.trim().split('\n');
  const source = lines.find((line) => line.startsWith('SF:'))?.slice(3) ?? '';
  const counts = lines.filter((line) => /^(DA|FNDA|BRDA):/.test(line));
  return {
    source,
    branches: counts.filter((line) => line.startsWith('BRDA:')).length,
    missed: counts.filter((line) => /^(DA|BRDA):.*,(0|-)$|^FNDA:0,/.test(line)).map((line) => `${source}: ${line}`),
  };
}
