/** The tree of branches beside the contract's tests names each of them, once, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../contracts/test');
const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8');

test('each branch of the specification has its tests, and each test is on a branch', () => {
  const leaves = read('KustodiaEscrow.tree')
    .split('\n')
    .slice(1)
    .flatMap((line) => line.split('→')[1]?.split(',') ?? []);
  const tests = readdirSync(FOLDER)
    .filter((file) => /^KustodiaEscrow.*\.t\.sol$/.test(file))
    .flatMap((file) => [...read(file).matchAll(/function ((?:test|invariant)\w+)/g)].map(([, name]) => name));
  expect(tests.length).toBeGreaterThan(150);
  expect(leaves.map((name) => name.trim()).toSorted()).toEqual(tests.toSorted());
});
