/**
 * `npm test`, and with `--full` `npm run test:full`: types, lint, import directions, then every test. Ends with the line `N passed, N failed` and an exit code that
 * agrees with it. Each check counts as one.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import { missingFrom, searchLogs } from './private.ts';

const isFull = process.argv.includes('--full');
const given = process.argv.slice(2).filter((argument) => argument !== '--full');
const bin = join(import.meta.dirname, '../../node_modules/.bin');
const env = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${bin}${delimiter}${process.env['PATH']}`,
  PONDER_TELEMETRY_DISABLED: 'true',
  ...(isFull ? { KUSTODIA_TEST_FULL: '1' } : {}),
};
const root = join(import.meta.dirname, '../..');

const CHECKS: readonly (readonly [string, string, ...string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['types of the indexer', 'tsc', '-p', 'indexer'],
  ['types of the console', 'tsc', '-p', 'src/console'],
  // The browser’s test sees it as it is now.
  ['the console is built', 'vite', 'build', 'src/console', '--logLevel', 'warn'],
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['import directions', 'depcruise', 'src', '--config', '.dependency-cruiser.cjs'],
];

let passed = 0;
let failed = 0;

for (const [name, command, ...args] of CHECKS) {
  const started = performance.now();
  const { status } = spawnSync(join(bin, command), args, { cwd: root, env, stdio: 'inherit' });
  const isGood = status === 0;
  if (isGood) passed++;
  else failed++;
  console.log(`${isGood ? '✓' : '✗'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

const folder = mkdtempSync(join(tmpdir(), 'kustodia-test-'));
const report = join(folder, 'report.json');
const logs = join(folder, 'logs');
mkdirSync(logs);
// Hundreds of processes of ours are started: what one has compiled the next need not.
const compiled = join(folder, 'compiled');
try {
  const { status } = spawnSync(
    join(bin, 'vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...given],
    // Every process that a test starts leaves its log here, and says as much as it can, to be searched when all is done.
    {
      cwd: root,
      env: { ...env, KUSTODIA_LOGS: logs, LOG_LEVEL: 'debug', NODE_COMPILE_CACHE: compiled },
      stdio: 'inherit',
    },
  );
  const REPORT = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), numFailedTestSuites: z.number() });
  const counts = REPORT.parse(JSON.parse(readFileSync(report, 'utf8')));
  passed += counts.numPassedTests;
  // A file that could not even be loaded has no failed test in it, and is a failure all the same.
  failed +=
    counts.numFailedTests + (counts.numFailedTests === 0 && status !== 0 ? Math.max(1, counts.numFailedTestSuites) : 0);
  const searched = searchLogs(logs);
  const { files, lines, secrets } = searched;
  // A few tests alone may leave nothing; the whole suite does not.
  const found = [...searched.found, ...(given.length === 0 ? missingFrom(searched) : [])];
  const isClean = found.length === 0;
  if (isClean) passed++;
  else failed++;
  for (const line of found.slice(0, 20)) console.log(`  ${line}`);
  console.log(
    `${isClean ? '✓' : '✗'} none of ${secrets} secrets, no signature and no whole CLABE in ${lines} log lines of ${files} processes, and each line of a payment names it`,
  );
} catch (error) {
  failed++;
  console.log(`✗ the tests did not run to their end: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
