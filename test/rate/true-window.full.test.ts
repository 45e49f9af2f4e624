import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createJunoClient, type JunoClient } from '../../src/juno/client.ts';
import { JunoNotSentError } from '../../src/juno/errors.ts';
import { type Db, openDatabase } from '../../src/reactor/db/client.ts';
import { junoCaller, junoLimit } from '../../src/reactor/db/schema.ts';
import { createJunoLimit } from '../../src/reactor/rate/juno-limit.ts';
import { openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { randomFrom } from '../support/random.ts';
import { retryAfter, silent } from './calls.ts';
import { callOf, DETAIL, LOOK_CALLS, PAYMENT_CALLS, RAILS } from './payment-calls.ts';
import { openSandboxLimit } from './sandbox-limit.ts';
import { simulateTime } from './simulated.ts';

/** As Juno is taken to count (A/general-concepts), and the part of it that the reactor uses. */
const LIMIT = 300;
const MOST = 240;
const PAYMENTS = 200;
const SEED = 20_261_125;
/** Read in one look, one after the other, as in src/reactor/intake/transactions.ts. */
const MOST_DETAILS = 50;
/** Between two looks at Juno while something always happens, in milliseconds: as in src/reactor/reactor.ts. */
const GAP_MS = { idle: 500, busy: 4_000 };

let postgres: TestPostgres;
let dbs: Db[] = [];
let url: string;
beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase();
  await (await openTestDatabase(url)).$client.end();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  // Nothing of this outlives the run, so no commit waits for the disk.
  dbs = [1, 2].map(() => openDatabase(`${url}?options=-c%20synchronous_commit%3Doff`, { max: 2 }));
  await dbs[0]?.delete(junoLimit);
  await dbs[0]?.delete(junoCaller);
});
afterEach(() => Promise.all(dbs.map((db) => db.$client.end())));

type Door = Readonly<{ client: JunoClient; share: () => number; expectLooks: (calls: number) => void }>;

/**
 * 200 payments over all rails, all due at once, from two reactors that look at Juno besides: each makes the calls that a payment
 * of a real world makes, one after the other, through the real client; details are read by the looks, as they are there. Goes on
 * until all are finished, or `isOver`.
 */
async function drivePayments(hasLimit: boolean, isOver: (throttled: number) => boolean = () => false) {
  const random = randomFrom(SEED);
  const time = simulateTime(Date.UTC(2026, 10, 25, 8, 0, 17));
  const juno = openSandboxLimit({ most: LIMIT, now_ms: () => time.now().getTime() });
  const doors = dbs.map((db, i): Door => {
    const limit = createJunoLimit({ db, most: MOST, window_s: 60, caller: `reactor ${i}`, ...time, log: silent });
    const client = createJunoClient({
      ...{ baseUrl: 'http://127.0.0.1:9', apiKey: 'key', apiSecret: 'secret', nonce: () => '1731349200123000042' },
      acquire: hasLimit ? limit.acquire : async () => undefined,
      now: () => time.now().getTime(),
      log: () => undefined,
      /** Slow now and then, and sometimes without an answer: what was let go evenly arrives in bunches. */
      exchange: async (request) => {
        await time.sleep(random() < 0.05 ? random() * 8_000 : random() * 150);
        const answer = await juno.arrive(request);
        if (random() < 0.02) {
          await time.sleep(2_000);
          throw juno.noAnswer();
        }
        await time.sleep(random() * 150);
        return answer;
      },
    });
    return hasLimit
      ? { ...limit, client: limit.watch(client) }
      : { client, share: () => 0, expectLooks: () => undefined };
  });

  /** Until it gets through, as an effect is sent: it comes back when the limiter says, or a second later. */
  async function insist({ client }: Door, endpoint: string): Promise<void> {
    for (;;) {
      try {
        await client.call(callOf(endpoint), z.unknown());
        return;
      } catch (error) {
        const wait_ms = retryAfter(error);
        if (wait_ms === null && error instanceof JunoNotSentError) throw error;
        await time.sleep(wait_ms ?? 1_000);
      }
    }
  }

  let done = 0;
  const failures: unknown[] = [];
  const isOpen = () => done + failures.length < PAYMENTS && !isOver(juno.throttled());
  let isLooking = false;
  /** Transactions whose detail a payment waits for. */
  const due: { read: () => void }[] = [];
  /** One of the reactors looks at a time; what does not get through ends the look, and the next one begins anew. */
  async function look(door: Door): Promise<void> {
    while (isOpen()) {
      if (!isLooking) {
        isLooking = true;
        await lookOnce(door).catch(() => undefined);
        isLooking = false;
      }
      await time.sleep(door.share() < 0.5 ? GAP_MS.idle : GAP_MS.busy);
    }
  }
  async function lookOnce({ client, expectLooks }: Door): Promise<void> {
    expectLooks(LOOK_CALLS.length - 1);
    for (const endpoint of LOOK_CALLS) await client.call(callOf(endpoint), z.unknown());
    for (const detail of due.slice(0, MOST_DETAILS)) {
      const answer = await client.call(callOf(DETAIL), z.unknown()).catch((error: unknown) => {
        if (error instanceof JunoNotSentError) throw error;
      });
      if (!answer) continue;
      due.splice(due.indexOf(detail), 1);
      detail.read();
    }
  }
  for (const door of doors) void look(door).catch((error: unknown) => failures.push(error));
  const started_ms = time.now().getTime();
  for (let i = 0; i < PAYMENTS; i++)
    void (async () => {
      for (const endpoint of PAYMENT_CALLS[RAILS[i % RAILS.length] ?? 'bank_redemption'])
        if (endpoint === DETAIL) await new Promise<void>((read) => void due.push({ read }));
        else await insist(doors[i % doors.length] as Door, endpoint);
      done++;
    })().catch((error: unknown) => failures.push(error));

  const isQuiet = () =>
    juno.isQuiet() && dbs.every(({ $client: p }) => p.waitingCount === 0 && p.idleCount === p.totalCount);
  while (isOpen()) {
    for (let quiet = 0; quiet < 3; quiet = isQuiet() ? quiet + 1 : 0) await turn();
    if (!time.step()) break;
  }
  const minutes = Number(((time.now().getTime() - started_ms) / 60_000).toFixed(2));
  return { done, failures, minutes, ...juno.read() };
}

test('two reactors with 200 payments due at once, and their looks: no 429 in any minute, sliding or fixed, and all are finished', async () => {
  const { failures, byEndpoint, ...seen } = await drivePayments(true);
  // One line for who reads the run: what was measured, not what was hoped for.
  process.stdout.write(`${JSON.stringify({ seed: SEED, ...seen, byEndpoint })}\n`);
  expect(failures).toEqual([]);
  expect(seen).toMatchObject({ done: PAYMENTS, throttled: 0 });
  const sends = Object.entries(byEndpoint).filter(([endpoint]) => callOf(endpoint).kind === 'send');
  expect(sends.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThanOrEqual(PAYMENTS * 4);
}, 180_000);

test('the same without the limiter is too much for Juno', async () => {
  const { throttled, calls } = await drivePayments(false, (count) => count > 0);
  expect(throttled).toBe(1);
  expect(calls).toBe(LIMIT + 1);
}, 180_000);
