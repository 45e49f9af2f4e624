import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { JunoClient } from '../../src/juno/client.ts';
import { JunoNotSentError, JunoUnavailableError, JunoUnknownError } from '../../src/juno/errors.ts';
import { type Db, openDatabase } from '../../src/reactor/db/client.ts';
import { createJunoLimit } from '../../src/reactor/rate/juno-limit.ts';
import { openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { CALLS, type Kind, retryAfter, silent } from './calls.ts';
import { countCalls } from './counting-juno.ts';
import { simulateTime } from './simulated.ts';

const LIMIT = 300;
const MOST = 240;
const PAYMENTS = 200;
const STEPS: readonly Kind[] = ['registration', 'look', 'withdrawal', 'look', 'look', 'payout', 'look'];

let postgres: TestPostgres;
let url: string;
beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase();
  await (await openTestDatabase(url)).$client.end();
});
afterAll(() => postgres.stop());

/** The same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('two reactors with 200 payments due at once: at most 300 calls in any minute, sliding or fixed, and no step is lost', async () => {
  const seed = 20_261_125;
  const random = randomFrom(seed);
  const time = simulateTime(Date.UTC(2026, 10, 25, 8, 0, 17));
  const juno = countCalls({ limit: LIMIT, window_ms: 60_000 });
  const dbs: Db[] = [1, 2].map(() => openDatabase(url, { max: 2 }));
  const doors = dbs.map((db, i) => {
    const limit = createJunoLimit({ db, most: MOST, window_s: 60, caller: `reactor ${i}`, ...time, log: silent });
    /** Slow now and then, and sometimes without an answer: what was let go evenly arrives in bunches. */
    const slow: JunoClient = {
      baseUrl: 'simulated',
      call: async ({ kind, method, route }, schema) => {
        const endpoint = `${method} ${route}`;
        await limit.acquire({ endpoint, kind }).catch((cause: unknown) => {
          throw new JunoNotSentError('no leave', { endpoint, cause });
        });
        await time.sleep(random() < 0.1 ? random() * 8_000 : random() * 200);
        expect(juno.arrive(time.now().getTime())).toBe(true);
        if (random() < 0.02) {
          await time.sleep(2_000);
          const ErrorClass = kind === 'send' ? JunoUnknownError : JunoUnavailableError;
          throw new ErrorClass('no answer', { endpoint });
        }
        await time.sleep(random() * 300);
        return { value: schema.parse({}), raw: '{}' };
      },
    };
    return limit.watch(slow);
  });
  const started_ms = time.now().getTime();
  let done = 0;
  const failures: unknown[] = [];
  for (let i = 0; i < PAYMENTS; i++)
    void (async () => {
      for (const step of STEPS) {
        for (;;) {
          try {
            await doors[i % 2]?.call(CALLS[step], z.unknown());
            break;
          } catch (error) {
            const wait_ms = retryAfter(error);
            if (wait_ms === null && error instanceof JunoNotSentError) throw error;
            await time.sleep(wait_ms ?? 1_000);
          }
        }
      }
      done++;
    })().catch((error: unknown) => failures.push(error));
  const isQuiet = () => dbs.every(({ $client: p }) => p.waitingCount === 0 && p.idleCount === p.totalCount);
  while (done + failures.length < PAYMENTS) {
    for (let quiet = 0; quiet < 3; quiet = isQuiet() ? quiet + 1 : 0) await turn();
    if (!time.step()) break;
  }
  await Promise.all(dbs.map((db) => db.$client.end()));
  const minutes = (time.now().getTime() - started_ms) / 60_000;
  process.stdout.write(`${JSON.stringify({ seed, minutes: Number(minutes.toFixed(2)), ...juno.read() })}\n`);
  expect(failures).toEqual([]);
  expect(done).toBe(PAYMENTS);
  expect(juno.read()).toMatchObject({ overSliding: 0, overFixed: 0 });
  expect(juno.read().calls).toBeGreaterThanOrEqual(PAYMENTS * STEPS.length);
}, 180_000);
