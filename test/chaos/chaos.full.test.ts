import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../../src/chaos/main.ts');

test('two runs of chaos lose nothing, pay nothing twice, and say so in one line', { timeout: 15 * 60_000 }, () => {
  const seed = randomInt(2 ** 30);
  process.stdout.write(`chaos: seed ${seed}\n`);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [MAIN, '--runs', '2', '--seed', String(seed), '--json'],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  expect(status, stderr).toBe(0);
  const report: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  expect(report).toMatchObject({
    runs: 2,
    paid_twice: 0,
    lost_centavos: 0,
    stuck: 0,
    audit_findings: 0,
    died: 0,
    seed,
  });
  expect(Object.keys(report as object)).toEqual(
    expect.arrayContaining(['crash_points', 'crash_points_hit', 'payments', 'needs_attention', 'recovery_ms']),
  );
});
