import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { FAULT_NAMES } from '../../src/sandbox/faults.ts';
import { CALLS, CELLS, UNCALLED } from './fault-calls.ts';
import { DESK_ENDPOINTS } from './fault-desk.ts';

const FOLDER = new URL('../../src/juno/', import.meta.url);
const IS_CALL = /^(create|get|list|update|delete|register)[A-Z]/;
const ROUTE = /['`](\/(?:api|spei|v3|v4|mint_platform)\/[^'`$]+)['`]/g;

/** Method and route of each call that a function of the client makes; those of a list in parts are its parts'. */
function callsIn(text: string): string[] {
  const [, method = text.includes("from './send.ts'") ? 'POST' : undefined] =
    /method: '(GET|POST|PUT|DELETE)'/.exec(text) ?? [];
  if (method === undefined) return [];
  const routes = [...text.replaceAll(/\$\{BITSO_WITHDRAWALS\}/g, '/v3/withdrawals').matchAll(ROUTE)].map(
    ([, one]) => one,
  );
  if (/route(:| =) BITSO_WITHDRAWALS\b/.test(text)) routes.push('/v3/withdrawals');
  return routes.map((route) => `${method} ${route}`.replace('/mxn', '/:currency'));
}

test('every call that the client of Juno and Bitso makes stands in the table of faults, and none that is left out of it', async () => {
  const files = (await readdir(FOLDER)).filter((file) => IS_CALL.test(file));
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, FOLDER), 'utf8')));
  const calls = texts.flatMap(callsIn);
  const struck: readonly string[] = [...Object.values(CALLS).map(({ endpoint }) => endpoint), ...DESK_ENDPOINTS];
  // They are made of others, or are told their route.
  const others = ['createBitsoTransfer.ts', 'listAllBitsoDeposits.ts', 'listAllDeposits.ts', 'listWebhookKeys.ts'];
  expect(files.filter((_, n) => callsIn(texts[n] ?? '').length === 0).toSorted()).toEqual(others);
  // Bitso prints this one with two hosts, of which the sandbox is one.
  expect(calls.filter((call) => !struck.includes(call) && call !== 'GET /v3/banks/mx')).toEqual([]);
  expect(UNCALLED.filter((endpoint) => calls.includes(endpoint))).toEqual([]);
});

test('every fault strikes somewhere in the table', () => {
  expect(FAULT_NAMES.filter((fault) => !CELLS.some((cell) => cell.fault === fault))).toEqual([]);
});
