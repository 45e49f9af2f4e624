import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startCountingJuno } from './counting-juno.ts';

const run = promisify(execFile);
/** As at Juno, in a second instead of a minute: 300 are allowed, 80 % of them are used. */
const LIMIT = 300;
const MOST = 240;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

test('two processes with 10,000 due calls are never told that they are too many, and use at least 90 % of the limit', async () => {
  const databaseUrl = await postgres.createDatabase();
  await (await openTestDatabase(databaseUrl)).$client.end();
  // Answers take a while, and never the same: what was let go evenly arrives in bunches.
  const juno = await startCountingJuno({ limit: LIMIT, window_ms: 1_000 }, () => ({
    status: 200,
    delay_ms: 5 + Math.random() * 60,
  }));
  const order = { databaseUrl, junoUrl: juno.url, most: MOST, window_s: 1 };
  const due = { look: 2_500, payout: 1_000, withdrawal: 1_000, registration: 500 };
  const script = join(import.meta.dirname, 'hammer.ts');
  const ends = await Promise.all(
    [1, 2].map(() => run(process.execPath, [script, JSON.stringify({ ...order, due })], { env: process.env })),
  );
  const told = ends.map(({ stdout }) => JSON.parse(stdout));
  const seen = juno.read();
  await juno.close();
  // One line for who reads the run: what was measured, not what was hoped for.
  process.stdout.write(`${JSON.stringify({ pace: Math.round(juno.pace()), ...seen, told })}\n`);
  expect(told.map(({ failures }) => failures)).toEqual([0, 0]);
  expect(seen).toMatchObject({ calls: 10_000, throttled: 0, overSliding: 0, overFixed: 0 });
  expect(seen.byKind).toEqual({ look: 5_000, payout: 2_000, withdrawal: 2_000, registration: 1_000 });
  expect(juno.pace()).toBeGreaterThanOrEqual(0.9 * MOST);
}, 180_000);
