import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { FAULT_NAMES } from '../../src/sandbox/faults.ts';
import { CALLS, CELLS, UNCALLED } from './fault-calls.ts';
import { DESK_ENDPOINTS } from './fault-desk.ts';

const FOLDER = new URL('../../src/juno/', import.meta.url);
const pathOf = (endpoint: string) => endpoint.replace(/^[A-Z]+ /, '').replace('/:currency', '/mxn');

test('every route that the client of Juno and Bitso calls stands in the table of faults, and none that is left out of it', async () => {
  const files = await readdir(FOLDER);
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, FOLDER), 'utf8')));
  const routes = texts.flatMap((text) =>
    [...text.matchAll(/'(\/(?:api|spei|v3|v4|mint_platform)\/[^']+)'/g)].map((m) => m[1]),
  );
  const struck = [...Object.values(CALLS).map(({ endpoint }) => endpoint), ...DESK_ENDPOINTS].map(pathOf);
  expect(routes.length).toBeGreaterThan(20);
  // Bitso prints this one with two hosts, of which the sandbox is one.
  expect(routes.filter((route) => !struck.includes(route ?? '') && route !== '/v3/banks/mx')).toEqual([]);
  expect(UNCALLED.map(pathOf).filter((path) => routes.includes(path))).toEqual([]);
});

test('every fault strikes somewhere in the table', () => {
  expect(FAULT_NAMES.filter((fault) => !CELLS.some((cell) => cell.fault === fault))).toEqual([]);
});
