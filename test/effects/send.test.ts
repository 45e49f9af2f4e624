import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { beforeAll, describe, expect, test } from 'vitest';
import { mxnbUnits } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { effect, guardSwitch, hold, lane as laneTable } from '../../src/reactor/db/schema.ts';
import type { Driver, EffectRow, Outcome } from '../../src/reactor/effects/driver.ts';
import { type Lane, LaneLostError, withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { GuardClosedError } from '../../src/reactor/guards/check.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = database();
});

const HOUR_MS = 3_600_000;
const SWITCHES = ['all', 'rail:juno'];

/** What these tests touch of a context; its clocks can be set. */
function contextAt(clock: { now_ms?: number; monotonic?: () => number } = {}): Context {
  const settings = { keySecret: KEY_SECRET, junoReplayWindow_ms: HOUR_MS };
  const now = () => new Date(clock.now_ms ?? Date.now());
  // The rest of a context is for other parts; touching it here would throw.
  return {
    db,
    settings,
    log: pino({ level: 'silent' }),
    now,
    monotonic: clock.monotonic ?? (() => performance.now()),
    newId: randomUUID,
    holder: 'test',
  } as unknown as Context;
}

/** A rail that answers as told and remembers what was written to it. */
function rail(answers: Outcome[], { isRepeatable = true, found = 'none' as 'none' | 'several' | 'one' } = {}) {
  const written: { key: string; request: unknown }[] = [];
  const driver: Driver = {
    isRepeatable,
    send: async (_ctx, row: EffectRow, guard) => {
      try {
        await guard();
      } catch (error) {
        return { is: 'not_sent', code: 'deadline', text: String(error) };
      }
      written.push({ key: row.key, request: row.request });
      return answers.shift() ?? { is: 'unknown', code: 'no_answer', text: 'no answer was given to play' };
    },
    look: async () => (found === 'one' ? { found, externalId: 'seen' } : { found }),
  };
  return { driver, written };
}

const inLane = async <T>(name: string, work: (lane: Lane) => Promise<T>): Promise<T> => {
  const result = await withLane({ db, holder: `holder-${randomUUID()}` }, name, work);
  if (result === 'busy') throw new Error(`${name} is busy`);
  return result;
};
const recorded = async (ctx = contextAt()) => {
  const payment = await givePayment(db);
  const name = `payment:${payment.paymentId}`;
  const record = (lane: Lane, attempt = 1) =>
    db.transaction((tx) =>
      recordEffect(tx, ctx, lane, {
        subjectKind: 'leg',
        subjectId: payment.legId,
        kind: 'juno_withdrawal',
        attempt,
        paymentId: payment.paymentId,
        request: { body: '{"amount":"1500.00"}' },
        amount: mxnbUnits(1n),
        switches: SWITCHES,
        outgoing: null,
        postings: null,
      }),
    );
  const id = await inLane(name, (lane) => record(lane));
  const row = async () => {
    const [found] = await db.select().from(effect).where(eq(effect.id, id));
    if (!found) throw new Error('no effect');
    return found;
  };
  const age = (ms: number) =>
    db
      .update(effect)
      .set({ firstSentAt: sql`first_sent_at - ${ms} * interval '1 millisecond'` })
      .where(eq(effect.id, id));
  const send = (driver: Driver, at = ctx) =>
    inLane(name, (lane) => sendEffect(at, lane, driver, id, { switches: SWITCHES }));
  return { ...payment, name, id, row, age, send, record };
};
const UNKNOWN: Outcome = { is: 'unknown', code: 'time_out', text: 'no answer in time' };

describe('an answer that never came', () => {
  test('is unknown, and repeated with the same key and the same bytes', async () => {
    const e = await recorded();
    const { driver, written } = rail([UNKNOWN, { is: 'confirmed', externalId: randomUUID() }]);
    await e.send(driver);
    expect((await e.row()).state).toBe('unknown');
    await e.send(driver);
    expect((await e.row()).state).toBe('confirmed');
    expect(written).toHaveLength(2);
    expect(written[0]).toEqual(written[1]);
  });

  test('is only looked for when the replay window is over', async () => {
    const e = await recorded();
    const { driver, written } = rail([UNKNOWN], { found: 'several' });
    await e.send(driver);
    await e.age(HOUR_MS + 1_000);
    // By the database's clock alone: a process whose clock is behind must not send again what Juno may have forgotten.
    await e.send(driver, contextAt({ now_ms: Date.now() - 3 * HOUR_MS + 1_000 }));
    expect(written).toHaveLength(1);
    expect(await e.row()).toMatchObject({ state: 'unknown', error: { code: 'look_found_several' } });
    const { driver: seen } = rail([], { found: 'one' });
    await e.send(seen, contextAt({ now_ms: Date.now() + HOUR_MS + 1_000 }));
    expect(await e.row()).toMatchObject({ state: 'confirmed', externalId: 'seen' });
  });

  test('is repeated within a window that its first send began, and no repeat begins anew', async () => {
    const e = await recorded();
    const { driver, written } = rail([UNKNOWN, UNKNOWN]);
    await e.send(driver);
    const { firstSentAt } = await e.row();
    await e.age(HOUR_MS - 5_000);
    await e.send(driver);
    expect(written).toHaveLength(2);
    expect((await e.row()).firstSentAt).toEqual(new Date((firstSentAt?.getTime() ?? 0) - HOUR_MS + 5_000));
    await e.age(5_000);
    await e.send(driver);
    expect(written).toHaveLength(2);
  });

  test('is never posted again where the rail has no idempotency', async () => {
    const e = await recorded();
    const { driver, written } = rail([UNKNOWN], { isRepeatable: false });
    for (let i = 0; i < 3; i++) await e.send(driver);
    expect(written).toHaveLength(1);
  });

  test('is not repeated past a dispute or a kill switch, though it is inside the window', async () => {
    const e = await recorded();
    const { driver, written } = rail([UNKNOWN, UNKNOWN]);
    await e.send(driver);
    await db.insert(hold).values({
      id: randomUUID(),
      paymentId: e.paymentId,
      kind: 'dispute',
      reasonCode: 'contested',
      sentence: 'the buyer contests',
      owner: 'support',
    });
    await e.send(driver);
    expect(written).toHaveLength(1);
    expect((await e.row()).state).toBe('unknown');
  });

  test('a refusal of the repeat says nothing of the send before it', async () => {
    const e = await recorded();
    const { driver } = rail([UNKNOWN, { is: 'rejected', code: '0379', text: 'insufficient' }]);
    await e.send(driver);
    await e.send(driver);
    expect((await e.row()).state).toBe('unknown');
  });
});

describe('a process that dies or sleeps', () => {
  test('takeover while sending: the next holder takes it for unknown and repeats the same', async () => {
    const e = await recorded();
    await db
      .update(effect)
      .set({ state: 'sending', sends: 1, firstSentAt: sql`clock_timestamp()` })
      .where(eq(effect.id, e.id));
    const { driver, written } = rail([{ is: 'confirmed', externalId: randomUUID() }]);
    await e.send(driver);
    expect(written).toEqual([{ key: (await e.row()).key, request: { body: '{"amount":"1500.00"}' } }]);
    const { rows } = await db.execute<{ to_state: string }>(
      sql`SELECT to_state FROM reactor.effect_history WHERE effect_id = ${e.id} ORDER BY id`,
    );
    expect(rows.map((r) => r.to_state)).toEqual(['recorded', 'sending', 'unknown', 'sending', 'confirmed']);
  });

  test('a sender that wakes late writes nothing, and the intent can still be sent', async () => {
    const e = await recorded();
    const { driver, written } = rail([]);
    let looks = 0;
    await e.send(driver, contextAt({ monotonic: () => (looks++ === 0 ? 0 : 10_001) }));
    expect(written).toEqual([]);
    expect(await e.row()).toMatchObject({ state: 'recorded', sends: 0, firstSentAt: null });
  });

  test('a holder whose lane was taken over can neither send nor settle', async () => {
    const e = await recorded();
    const { driver, written } = rail([{ is: 'confirmed', externalId: randomUUID() }]);
    const slow: Driver = {
      ...driver,
      send: async (...args) => {
        const outcome = await driver.send(...args);
        await db.update(laneTable).set({ epoch: sql`epoch + 1`, holder: 'another' }).where(eq(laneTable.name, e.name));
        return outcome;
      },
    };
    await expect(e.send(slow)).rejects.toThrow(LaneLostError);
    expect(written).toHaveLength(1);
    expect((await e.row()).state).toBe('sending');
  });

  test.each(['none', 'several', 'one'] as const)(
    'a holder whose lane was taken over while it looked writes nothing of what it found: %s',
    async (found) => {
      const e = await recorded();
      const { driver } = rail([UNKNOWN], { isRepeatable: false, found });
      await e.send(driver);
      const before = await e.row();
      const slow: Driver = {
        ...driver,
        look: async (...args) => {
          await db
            .update(laneTable)
            .set({ epoch: sql`epoch + 1`, holder: 'another' })
            .where(eq(laneTable.name, e.name));
          return driver.look(...args);
        },
      };
      await expect(e.send(slow)).rejects.toThrow(LaneLostError);
      expect(await e.row()).toEqual(before);
    },
  );

  test('a lane has one holder at a time, and a dead holder’s lease ends', async () => {
    const name = `lane:${randomUUID()}`;
    const inside = await withLane({ db, holder: 'a' }, name, async () =>
      withLane({ db, holder: 'b' }, name, async () => 'both'),
    );
    expect(inside).toBe('busy');
    await db
      .update(laneTable)
      .set({ holder: 'dead', heldUntil: sql`clock_timestamp() - interval '1 second'` })
      .where(eq(laneTable.name, name));
    expect(await withLane({ db, holder: 'c' }, name, async (lane) => lane.epoch)).toBe(2);
  });
});

describe('intent before effect', () => {
  test('two reactors at once: one effect', async () => {
    const payment = await givePayment(db);
    const ctx = contextAt();
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        inLane(`payment:${payment.paymentId}`, (lane) =>
          db.transaction((tx) =>
            recordEffect(tx, ctx, lane, {
              subjectKind: 'leg',
              subjectId: payment.legId,
              kind: 'juno_withdrawal',
              attempt: 1,
              paymentId: payment.paymentId,
              request: {},
              amount: mxnbUnits(1n),
              switches: SWITCHES,
              outgoing: null,
              postings: null,
            }),
          ),
        ),
      ),
    );
    expect(tries.filter((t) => t.status === 'fulfilled')).toHaveLength(1);
  });

  test('a switch that is off, and one that does not exist, stop the intent; nothing is written', async () => {
    const payment = await givePayment(db);
    const before = await db.$count(effect);
    const record = (switches: string[]) =>
      inLane(`payment:${payment.paymentId}`, (lane) =>
        db.transaction((tx) =>
          recordEffect(tx, contextAt(), lane, {
            subjectKind: 'leg',
            subjectId: payment.legId,
            kind: 'juno_withdrawal',
            attempt: 1,
            paymentId: payment.paymentId,
            request: {},
            amount: mxnbUnits(1n),
            switches,
            outgoing: null,
            postings: null,
          }),
        ),
      );
    await db.insert(guardSwitch).values({ name: 'rail:test', isStopped: true, reason: 'drill' });
    await expect(record(['all', 'rail:test'])).rejects.toThrow(GuardClosedError);
    await expect(record(['all', 'rail:nowhere'])).rejects.toThrow('There is no switch');
    expect(await db.$count(effect)).toBe(before);
  });
});
