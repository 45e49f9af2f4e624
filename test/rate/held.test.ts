import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { JunoThrottledError } from '../../src/juno/errors.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { junoCaller, junoLimit } from '../../src/reactor/db/schema.ts';
import { holdLeave } from '../../src/reactor/rate/held.ts';
import { createJunoLimit } from '../../src/reactor/rate/juno-limit.ts';
import { policyFor } from '../../src/reactor/rate/policy.ts';
import { take } from '../../src/reactor/rate/take.ts';
import { openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { call, openDoor, retryAfter, silent } from './calls.ts';
import { startCountingJuno } from './counting-juno.ts';
import { simulateTime } from './simulated.ts';

const START_MS = Date.UTC(2026, 0, 1);
const LOOK = { endpoint: 'GET /x', kind: 'look' } as const;

let postgres: TestPostgres;
let db: Db;
let statements = 0;
beforeAll(async () => {
  postgres = await startPostgres();
  db = await openTestDatabase(await postgres.createDatabase());
  db.$client.on('acquire', () => statements++);
});
afterAll(async () => {
  await db.$client.end();
  await postgres.stop();
});
beforeEach(async () => {
  await db.delete(junoLimit);
  await db.delete(junoCaller);
  statements = 0;
});

function open() {
  const time = simulateTime(START_MS);
  return { time, limit: createJunoLimit({ db, most: 240, window_s: 60, caller: 'one', ...time, log: silent }) };
}
const underWay = async () => (await db.select().from(junoCaller)).find(({ name }) => name === 'one')?.inFlight ?? 0;

test('looks that follow one another take their leave in one statement, each counted as under way', async () => {
  const { limit } = open();
  limit.expectLooks(5);
  for (let n = 0; n < 6; n++) await limit.acquire(LOOK);
  expect(statements).toBe(1);
  expect(await underWay()).toBe(6);
  expect(limit.share()).toBe(6 / 240);
});

test('what was not used within two seconds is used no more, and is under way no more', async () => {
  const { limit, time } = open();
  limit.expectLooks(5);
  await limit.acquire(LOOK);
  expect(await underWay()).toBe(6);
  while (time.step());
  const before = statements;
  await limit.acquire(LOOK);
  expect(statements).toBeGreaterThan(before);
  await vi.waitFor(async () => {
    while (time.step());
    expect(await underWay()).toBe(2);
  });
});

test('a process that stood still uses no leave of before', () => {
  let now_ms = 0;
  const held = holdLeave({ now_ms: () => now_ms, sleep: () => new Promise(() => undefined), onOver: () => undefined });
  held.put(5);
  expect(held.use()).toBe(true);
  // Nothing of its own ran meanwhile, so nothing was given back.
  now_ms += 60_000;
  expect(held.use()).toBe(false);
  expect(held.drop()).toBe(4);
});

test('where half of the window is used nobody takes more than it has need of', async () => {
  const { limit } = open();
  let underWayThere = 0;
  for (let at_s = -30; at_s < 0; at_s++) {
    const report = { done: underWayThere, wentWell: true, failures: 0, throttled: false };
    const now = new Date(START_MS + at_s * 1_000);
    const { granted } = await take(db, 'another', policyFor(240, 60), { wants: [10, 0, 0, 0], report, now });
    underWayThere = granted[0] ?? 0;
  }
  await limit.acquire(LOOK);
  expect(limit.share()).toBeGreaterThan(0.5);
  limit.expectLooks(5);
  await limit.acquire(LOOK);
  expect(await underWay()).toBe(2);
});

test('once Juno wants to be left alone, leave that is held is none', async () => {
  const juno = await startCountingJuno({ limit: 300, window_ms: 60_000 }, () => ({ status: 429, delay_ms: 0 }));
  onTestFinished(() => juno.close());
  const { limit } = open();
  const door = openDoor(juno.url, limit, 1_000);
  limit.expectLooks(5);
  await expect(call(door, 'look')).rejects.toThrow(JunoThrottledError);
  expect(retryAfter(await call(door, 'look').catch((error: unknown) => error))).toBeGreaterThan(0);
  expect(juno.read().calls).toBe(1);
});
