import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildContracts, ContractsError, readArtifact, runForge } from '../../contracts/scripts/build.ts';
import { forgeTests } from './suites.ts';

const BUILD_SCRIPT = new URL('../../contracts/scripts/build.ts', import.meta.url).href;

describe('contracts', () => {
  beforeAll(buildContracts, 120_000);

  test('forge test passes', async () => {
    const results = await forgeTests();
    expect(results.filter(({ status }) => status !== 'Success')).toEqual([]);
    expect(results.length).toBeGreaterThan(170);
    process.stdout.write(`forge: ${results.length} tests passed\n`);
  }, 120_000);

  test('a forge that fails is an error that says why', async () => {
    const failure = await runForge(['inspect', 'NoSuchContract', 'abi']).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ContractsError);
    expect(String(failure)).toContain('No contract found with the name `NoSuchContract`');
  }, 60_000);

  test('processes that build at once wait for each other', async () => {
    const build = `import('${BUILD_SCRIPT}').then(({ buildContracts }) => buildContracts())`;
    const builds = [1, 2].map(() => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', build]));
    await expect(Promise.all([...builds, buildContracts(), buildContracts()])).resolves.toBeDefined();
    expect(readArtifact('KustodiaEscrow').bytecode.length).toBeGreaterThan(1000);
  }, 120_000);
});
