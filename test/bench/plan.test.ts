import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PLAN } from '../../bench/plan.ts';

const TOOLS = ['compare', 'main', 'plan', 'table'];

test('every benchmark is one of those that run with all, under the name of its file', () => {
  const files = readdirSync(join(import.meta.dirname, '../../bench')).filter((name) => name.endsWith('.ts'));
  const names = files.map((name) => name.slice(0, -'.ts'.length)).filter((name) => !TOOLS.includes(name));
  expect(PLAN.map(({ name }) => name).sort()).toEqual(names.sort());
});
