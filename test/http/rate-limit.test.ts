import { afterAll, beforeAll, expect, test } from 'vitest';
import { user } from '../../src/reactor/db/schema.ts';
import { startPostgres } from '../support/postgres.ts';
import { openWorld, type World } from './world.ts';

/** One comes back in 20 seconds: longer than these tests take. */
const MOST = 3;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let world: World;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase(), { API_RATE_PER_MINUTE: String(MOST) });
});
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

/** Asks until it is told to wait. */
async function untilRefused(key: string) {
  for (let answered = 0; answered < 2 * MOST; answered++) {
    const response = await world.get('/api/v1/guards', key);
    if (response.status !== 200) return { answered, response };
  }
  throw new Error(`${2 * MOST} requests were answered`);
}

test('a key that asks more than its share is told when to come again, and nothing is done', async () => {
  const { viewer, operator } = world.keys;
  const ask = async (key: string) => (await world.get('/api/v1/guards', key)).status;
  const { answered, response } = await untilRefused(operator);
  expect(answered).toBeGreaterThanOrEqual(MOST);
  expect([response.status, response.headers.get('content-type'), response.headers.get('retry-after')]).toEqual([
    ...[429, 'application/problem+json', expect.stringMatching(/^(20|1\d)$/)],
  ]);
  expect(await response.json()).toMatchObject({ code: 'too_many_requests', status: 429 });
  const users = await world.db.$count(user);
  const wanted = { fullName: 'Ana Torres', email: 'ana@example.mx' };
  expect((await world.post('/api/v1/users', wanted, { key: operator })).status).toBe(429);
  expect(await world.db.$count(user)).toBe(users);
  // Another key has its own share; an unknown one is told that it is unknown.
  expect([await ask(viewer), await ask('kus_unknown')]).toEqual([200, 401]);
  world.pass(Number(response.headers.get('retry-after')) * 1_000);
  expect(await ask(operator)).toBe(200);
});

test('what a key did not use for long is no more than its share', async () => {
  world.pass(3_600_000);
  expect((await untilRefused(world.keys.admin)).answered).toBeGreaterThanOrEqual(MOST);
});
