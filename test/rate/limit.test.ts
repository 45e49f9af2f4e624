import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { JunoThrottledError, JunoUnknownError } from '../../src/juno/errors.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { junoCaller, junoLimit } from '../../src/reactor/db/schema.ts';
import { createJunoLimit, LimiterUnavailableError, RateLimitedError } from '../../src/reactor/rate/juno-limit.ts';
import { CALL_KINDS, policyFor } from '../../src/reactor/rate/policy.ts';
import { readBreaker } from '../../src/reactor/rate/state.ts';
import { type Report, take } from '../../src/reactor/rate/take.ts';
import { openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { call, openDoor, retryAfter, silent } from './calls.ts';
import { startCountingJuno } from './counting-juno.ts';

const POLICY = policyFor(240, 60);
const NOTHING: Report = { done: 0, wentWell: false, failures: 0, throttled: false };
const MANY = 1_000;
const START_MS = Date.UTC(2026, 0, 1);

let postgres: TestPostgres;
let db: Db;
beforeAll(async () => {
  postgres = await startPostgres();
  db = await openTestDatabase(await postgres.createDatabase());
});
afterAll(async () => {
  await db.$client.end();
  await postgres.stop();
});
beforeEach(async () => {
  await db.delete(junoLimit);
  await db.delete(junoCaller);
});

/** Asks at a second of a simulated time, as if everything let go before had been answered at once. */
function asker(caller: string) {
  let open = 0;
  return async (at_s: number, wants: readonly number[], heard: Partial<Report> = {}) => {
    const report = { ...NOTHING, done: open, wentWell: open > 0, ...heard };
    const taken = await take(db, caller, POLICY, { wants, report, now: new Date(START_MS + at_s * 1_000) });
    open += taken.granted.reduce((sum, n) => sum + n, 0) - report.done;
    return taken;
  };
}
const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

describe('shares', () => {
  test('who gets nothing because the rest is promised to others asks again after a moment, and not hundreds of times a second', async () => {
    const ask = asker('one');
    let at_s = 0;
    let asked = 0;
    for (; at_s < 120 && asked < MANY; asked++) {
      const { granted, wait_ms } = await ask(at_s, [10, 0, 0, 0]);
      at_s += granted[0] === 10 ? 0.01 : Math.max(5, wait_ms[0] ?? 0) / 1_000;
    }
    expect(at_s).toBeGreaterThanOrEqual(120);
  });

  test('whatever is asked and whenever: at most 240 in any minute, and at most 28 under way', async () => {
    // Milliseconds, and without a bias to small numbers: time must pass for the window to fill.
    const turn = fc.noBias(
      fc.record({
        gap_ms: fc.oneof(
          { weight: 30, arbitrary: fc.integer({ min: 0, max: 1_500 }) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 70_000 }) },
        ),
        wants: fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 4, maxLength: 4 }),
        donePercent: fc.oneof(fc.constant(100), fc.integer({ min: 0, max: 100 })),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 60, maxLength: 120 }), async (turns) => {
        await db.delete(junoLimit);
        await db.delete(junoCaller);
        let at_s = 0;
        let inFlight = 0;
        const calls: { at_s: number; count: number }[] = [];
        for (const { gap_ms, wants, donePercent } of turns) {
          at_s += gap_ms / 1_000;
          // A caller that says nothing for a minute is taken to be gone, and its calls with it.
          if (gap_ms > 60_000) inFlight = 0;
          const report = { ...NOTHING, done: Math.floor((inFlight * donePercent) / 100) };
          const now = new Date(START_MS + at_s * 1_000);
          const { granted } = await take(db, 'one', POLICY, { wants, report, now });
          inFlight += sum(granted) - report.done;
          expect(inFlight).toBeLessThanOrEqual(28);
          for (const [i, n] of granted.entries()) expect(n).toBeLessThanOrEqual(wants[i] ?? 0);
          calls.push({ at_s, count: sum(granted) });
          expect(sum(calls.filter((c) => c.at_s > at_s - 60).map((c) => c.count))).toBeLessThanOrEqual(240);
        }
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  test('a kind that floods leaves each other kind its part at once and for ever', async () => {
    const ask = asker('one');
    const got = [0, 0, 0, 0];
    // Ten minutes of payouts without end; from the third on, one of every other kind asks as much.
    for (let at_s = 0; at_s < 600; at_s += 0.5) {
      const { granted } = await ask(at_s, at_s < 180 ? [0, MANY, 0, 0] : [MANY, MANY, MANY, MANY]);
      if (at_s === 180) for (const n of granted.toSpliced(1, 1)) expect(n).toBeGreaterThanOrEqual(1);
      if (at_s >= 240) for (const [i, n] of granted.entries()) got[i] = (got[i] ?? 0) + n;
    }
    const perMinute = got.map((n) => n / 6);
    // 97 % of 240, by parts of 40, 25, 25 and 10 %.
    for (const [i, part] of [93, 58, 58, 23].entries()) expect(perMinute[i]).toBeGreaterThan(part * 0.9);
  });

  test('what others leave may be borrowed, but for the room that looks keep', async () => {
    const ask = asker('one');
    let payouts = 0;
    for (let at_s = 0; at_s < 360; at_s += 0.5) {
      const { granted } = await ask(at_s, [0, MANY, 0, 0]);
      if (at_s >= 120) payouts += granted[1] ?? 0;
    }
    // Its own part is 25 %.
    expect(payouts / 4).toBeGreaterThan(0.7 * 240);
    expect(payouts / 4).toBeLessThanOrEqual(0.85 * 240);
    // At the fullest moment of the sends, twenty looks still go at once.
    expect((await ask(360, [20, MANY, 0, 0])).granted[0]).toBe(20);
  });

  test('after a quiet time 28 calls go at once, and as many again when they are answered', async () => {
    const ask = asker('one');
    expect(sum((await ask(0, [30, 30, 30, 30])).granted)).toBe(28);
    expect(sum((await ask(0.3, [30, 30, 30, 30])).granted)).toBe(28);
  });

  test('what a process that is gone had under way is under way for a minute more, then its row goes', async () => {
    await asker('gone')(0, [30, 30, 30, 30]);
    const ask = asker('other');
    expect(sum((await ask(30, [30, 30, 30, 30])).granted)).toBe(0);
    expect(sum((await ask(61, [30, 30, 30, 30])).granted)).toBe(28);
    expect((await db.select().from(junoCaller)).map((row) => row.name)).toEqual(['other']);
  });

  test('a clock that is set back by an hour stops nobody for an hour and lets nobody go twice', async () => {
    const ask = asker('one');
    let before = 0;
    for (let at_s = 7_200; at_s < 7_230; at_s += 0.5) before += sum((await ask(at_s, [MANY, 64, 64, 64])).granted);
    let after = 0;
    for (let at_s = 3_600; at_s < 3_655; at_s += 0.5) after += sum((await ask(at_s, [MANY, 64, 64, 64])).granted);
    expect(before + after).toBeLessThanOrEqual(240);
    for (let at_s = 3_655; at_s < 3_720; at_s += 0.5) after += sum((await ask(at_s, [MANY, 64, 64, 64])).granted);
    expect(after).toBeGreaterThan(150);
  });

  test('nothing grows: a thousand calls later there is one row, and one for each process', async () => {
    const [one, two] = [asker('one'), asker('two')];
    for (let at_s = 0; at_s < 300; at_s += 0.6) await (at_s % 2 < 1 ? one : two)(at_s, [2, 1, 1, 1]);
    expect([await db.$count(junoLimit), await db.$count(junoCaller)]).toEqual([1, 2]);
    const [row] = await db.select().from(junoLimit);
    expect([row?.calls.length, row?.sends.length, row?.tokens.length]).toEqual([61, 61, CALL_KINDS.length + 1]);
  });
});

describe('the breaker', () => {
  const LOOK = [1, 0, 0, 0];
  const ALL = [1, 1, 1, 1];

  test('a 429 stops all processes for a minute; then one look tries, and its success lets all go', async () => {
    const [one, two] = [asker('one'), asker('two')];
    await one(0, ALL);
    expect((await one(1, [0, 0, 0, 0], { throttled: true })).closed_ms).toBe(60_000);
    for (const at_s of [1, 30, 60.9]) expect((await two(at_s, ALL)).granted).toEqual([0, 0, 0, 0]);
    expect(await readBreaker(db, new Date(START_MS + 30_000))).toMatchObject({
      state: 'open',
      reason: 'throttled',
      lockouts: 1,
    });
    expect((await two(61, [0, 1, 1, 1])).granted).toEqual([0, 0, 0, 0]);
    expect((await two(61, [5, 5, 5, 5])).granted).toEqual([1, 0, 0, 0]);
    expect((await one(61.5, [5, 5, 5, 5], { wentWell: false })).granted).toEqual([0, 0, 0, 0]);
    expect((await two(62, ALL, { wentWell: true })).granted).toEqual(ALL);
    expect(await readBreaker(db, new Date(START_MS + 62_000))).toMatchObject({ state: 'closed', reason: null });
  });

  test('a lock-out within a day of the last is twice as long, and late answers to the same one do not count', async () => {
    const ask = asker('one');
    const throttled = { throttled: true, wentWell: false };
    expect((await ask(0, LOOK, throttled)).closed_ms).toBe(60_000);
    expect((await ask(2, LOOK, throttled)).closed_ms).toBe(60_000);
    expect((await ask(3_600, LOOK, throttled)).closed_ms).toBe(120_000);
    expect((await ask(7_200, LOOK, throttled)).closed_ms).toBe(240_000);
    expect((await ask(7_200 + 86_401, LOOK, throttled)).closed_ms).toBe(60_000);
  });

  test('five failures in a row open it for five seconds, then each failed look for twice as long, to five minutes', async () => {
    const ask = asker('one');
    const failed = { failures: 1, wentWell: false };
    for (let i = 0; i < 4; i++) expect((await ask(i, LOOK, failed)).closed_ms).toBe(0);
    let at_s = 4;
    for (const open_s of [5, 10, 20, 40, 80, 160, 300, 300]) {
      expect((await ask(at_s, ALL, failed)).closed_ms).toBe(open_s * 1_000);
      at_s += open_s;
      expect((await ask(at_s, ALL, { wentWell: false })).granted).toEqual(LOOK);
      at_s += 1;
    }
  });

  test('a success between failures keeps it closed', async () => {
    const ask = asker('one');
    for (let i = 0; i < 20; i++) {
      const heard = i % 4 === 3 ? { wentWell: true } : { failures: 1, wentWell: false };
      expect((await ask(i, LOOK, heard)).closed_ms).toBe(0);
    }
  });

  test('a look that never came back is tried by another after half a minute', async () => {
    await asker('gone')(0, LOOK, { throttled: true });
    await asker('gone')(60, LOOK);
    const ask = asker('other');
    expect((await ask(70, LOOK)).granted).toEqual([0, 0, 0, 0]);
    expect((await ask(90, LOOK)).granted).toEqual(LOOK);
  });
});

describe('with the real door', () => {
  let juno: Awaited<ReturnType<typeof startCountingJuno>>;
  let answer = { status: 200, delay_ms: 0 };
  beforeEach(async () => {
    answer = { status: 200, delay_ms: 0 };
    juno = await startCountingJuno({ limit: 300, window_ms: 60_000 }, () => answer);
  });
  afterEach(() => juno.close());
  const open = (most: number, window_s: number) => {
    const limit = createJunoLimit({ db, most, window_s, caller: randomUUID(), sleep, log: silent });
    return { limit, door: openDoor(juno.url, limit, 1_000) };
  };
  const error = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (cause: unknown) => cause,
    );

  test('a send that finds no room is back within half a second and says when to come again', async () => {
    const { door } = open(4, 60);
    const errors = await Promise.all(Array.from({ length: 12 }, () => error(call(door, 'payout'))));
    const started = performance.now();
    const refused = await error(call(door, 'payout'));
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(retryAfter(refused)).toBeGreaterThan(400);
    // Those who were sent away together do not come back together.
    const waits = errors.map(retryAfter).filter((wait) => wait !== null);
    expect(new Set(waits).size).toBe(waits.length);
    expect(juno.read().calls).toBe(12 - waits.length);
  });

  test('a 429 to one process stops the other before its next call, and a look mends both', async () => {
    const [one, two] = [open(240, 2), open(240, 2)];
    await call(two.door, 'withdrawal');
    answer = { status: 429, delay_ms: 0 };
    expect(await error(call(one.door, 'payout'))).toBeInstanceOf(JunoThrottledError);
    while ((await readBreaker(db, new Date())).state === 'closed') await sleep(10);
    const before = juno.read().calls;
    for (const door of [one.door, two.door]) expect(retryAfter(await error(call(door, 'payout')))).toBeGreaterThan(100);
    expect(juno.read().calls).toBe(before);
    answer = { status: 200, delay_ms: 0 };
    await call(two.door, 'look');
    while ((await error(call(one.door, 'payout'))) !== undefined) await sleep(20);
  });

  test('5xx and time-outs open it; a send whose answer is lost stays unknown, the next is not sent', async () => {
    const { door } = open(240, 24);
    answer = { status: 503, delay_ms: 0 };
    let lost = 0;
    // What was heard is written down by itself; on a slow machine one more may go out before.
    while ((await readBreaker(db, new Date())).state === 'closed')
      if ((await error(call(door, 'payout'))) instanceof JunoUnknownError) lost += 1;
    expect(lost).toBeGreaterThanOrEqual(5);
    const before = juno.read().calls;
    expect(retryAfter(await error(call(door, 'payout')))).toBeGreaterThan(0);
    expect(juno.read().calls).toBe(before);
  });

  test('without the database nobody calls', async () => {
    const lost = await openTestDatabase(await postgres.createDatabase());
    await lost.execute('DROP FUNCTION reactor.juno_take');
    const limit = createJunoLimit({ db: lost, most: 240, window_s: 60, caller: 'lost', sleep, log: silent });
    expect(await error(limit.acquire({ endpoint: 'GET /x', kind: 'look' }))).toBeInstanceOf(LimiterUnavailableError);
    expect(RateLimitedError.name).toBe('RateLimitedError');
    await lost.$client.end();
  });
});
