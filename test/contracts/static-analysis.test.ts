/**
 * What reads the contract without running it finds nothing: every rule of forge's linter but the one that foundry.toml names, and of
 * solhint those of contracts/.solhint.json. Left out there is advice on gas that would cost clarity, and the rule against empty blocks: a
 * permit that fails is caught and rightly nothing done about it.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ContractsError, runForge } from '../../contracts/scripts/build.ts';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'contracts/cache');
const FAULTY = `// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;
contract Faulty {
    function pay(address payable to) external { require(tx.origin == msg.sender); to.send(1); }
}
`;

const solhint = (path: string) =>
  promisify(execFile)(
    join(ROOT, 'node_modules/.bin/solhint'),
    ['--disc', '--noPoster', '--max-warnings', '0', '--config', 'contracts/.solhint.json', path],
    { cwd: ROOT },
  ).then(
    () => 'nothing found',
    (cause: { stdout?: string }) => cause.stdout ?? String(cause),
  );

const lint = (path: string) =>
  runForge(['lint', path], { settings: { FOUNDRY_DENY: 'notes' } }).then(
    () => 'nothing found',
    (error: unknown) => {
      expect(error).toBeInstanceOf(ContractsError);
      return String(error);
    },
  );

test('forge lint finds nothing in the contract', async () => {
  expect(await lint('contracts/src')).toBe('nothing found');
}, 120_000);

test('solhint finds nothing in the contract', async () => {
  expect(await solhint('contracts/src/*.sol')).toBe('nothing found');
});

test('both find what is wrong where something is', async () => {
  mkdirSync(CACHE, { recursive: true });
  // Inside the repository: solhint passes over what is not.
  const folder = mkdtempSync(join(CACHE, 'faulty-'));
  try {
    const path = join(folder, 'Faulty.sol');
    writeFileSync(path, FAULTY);
    expect(await solhint(relative(ROOT, path))).toMatch(/avoid-tx-origin[\s\S]*check-send-result/);
    expect(await lint('contracts/test')).toContain('erc20-unchecked-transfer');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
