import { randomUUID } from 'node:crypto';
import { eq, type SQL, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { applyAsk, applyCalm, applyMove, applyRebind, applyRecord } from '../../src/reactor/advance/apply.ts';
import { StaleViewError } from '../../src/reactor/advance/stale.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import {
  cap,
  chainPin,
  destination,
  effect,
  evidence,
  guardSwitch,
  hold,
  lane as laneTable,
  ledgerEntry,
  leg,
  payment,
} from '../../src/reactor/db/schema.ts';
import type { Driver, Outcome } from '../../src/reactor/effects/driver.ts';
import { extendLane, type Lane, LaneLostError, withLane } from '../../src/reactor/effects/lane.ts';
import { type RecordEffectParameters, recordEffect } from '../../src/reactor/effects/record.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { assertGuards, GuardClosedError } from '../../src/reactor/guards/check.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import type { Ask, LegView, Move } from '../../src/reactor/payment/view.ts';
import { capsOf, givePayment, KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { refused } from '../support/refused.ts';
import { effectView } from '../support/views.ts';

let postgres: TestPostgres;
let db: Db;
let ctx: Context;
let given: Awaited<ReturnType<typeof givePayment>>;
beforeAll(async () => {
  postgres = await startPostgres();
  db = await openTestDatabase(await postgres.createDatabase());
  const settings = {
    keySecret: KEY_SECRET,
    junoReplayWindow_ms: 3_600_000,
    caps: capsOf({ day: 100_000n }),
    mxnPerUdi: null,
    chainId: 31337,
    juno: { amountAs: 'text' },
  };
  // The rest of a context is for other parts; touching it here would throw.
  ctx = {
    db,
    settings,
    log: pino({ level: 'silent' }),
    now: () => new Date(),
    monotonic: () => performance.now(),
    newId: randomUUID,
    holder: 'test',
  } as unknown as Context;
});
afterAll(async () => {
  await db?.$client.end();
  await postgres?.stop();
});
beforeEach(async () => {
  given = await givePayment(db);
});

const SWITCHES = ['all', 'rail:juno'];
const inLane = async <T>(work: (lane: Lane) => Promise<T>): Promise<T> => {
  const result = await withLane({ db, holder: 'test' }, `payment:${given.paymentId}`, work);
  if (result === 'busy') throw new Error('busy');
  return result;
};
const record = (lane: Lane, fields: Partial<RecordEffectParameters> = {}) =>
  db.transaction((tx) =>
    recordEffect(tx, ctx, lane, {
      subjectKind: 'leg',
      subjectId: given.legId,
      kind: 'juno_redemption',
      attempt: 1,
      paymentId: given.paymentId,
      request: { body: '{}' },
      amount: centavos(1n),
      switches: SWITCHES,
      outgoing: null,
      postings: null,
      ...fields,
    }),
  );
const driverOf = (send: Driver['send']): Driver => ({
  isRepeatable: true,
  send,
  look: async () => ({ found: 'none' }),
});
const rowOf = async (id: string) => (await db.select().from(effect).where(eq(effect.id, id)))[0];
const answering = (...outcomes: Outcome[]) =>
  driverOf(async () => outcomes.shift() ?? { is: 'unknown', code: 'none', text: 'no answer was given to play' });
const UNKNOWN: Outcome = { is: 'unknown', code: 'time_out', text: 'no answer in time' };

const view = (fields: Partial<LegView>): LegView => ({
  id: given.legId,
  kind: 'custody',
  account: { isReady: true, problem: null },
  stopped: null,
  state: 'requested',
  amount: centavos(given.amount),
  rail: 'bank_redemption',
  destinationId: 'account',
  enteredAt: new Date(),
  deadline: null,
  attention: null,
  effects: {},
  facts: {},
  ...fields,
});

describe('before a byte is written', () => {
  test('the intent to send is committed, for whoever takes over to see', async () => {
    const seen: unknown[] = [];
    await inLane(async (lane) => {
      const id = await record(lane);
      const driver = driverOf(async () => {
        seen.push(await rowOf(id));
        return UNKNOWN;
      });
      await sendEffect(ctx, lane, driver, id, { switches: SWITCHES });
    });
    expect(seen).toMatchObject([{ state: 'sending', sends: 1 }]);
  });

  test('the lease begins anew and outlives the deadline of the write, so that whoever takes over finds the sender unable', async () => {
    const left_s: number[] = [];
    await inLane(async (lane) => {
      const id = await record(lane);
      await db
        .update(laneTable)
        .set({ heldUntil: sql`clock_timestamp() + interval '3 seconds'` })
        .where(eq(laneTable.name, lane.name));
      const started = performance.now();
      const driver = driverOf(async () => {
        const { rows } = await db.execute<{ left_s: number }>(
          sql`SELECT extract(epoch FROM held_until - clock_timestamp())::float8 AS left_s FROM reactor.lane WHERE name = ${lane.name}`,
        );
        left_s.push((rows[0]?.left_s ?? 0) + (performance.now() - started) / 1000);
        return UNKNOWN;
      });
      await sendEffect(ctx, lane, driver, id, { switches: SWITCHES });
    });
    expect(left_s[0]).toBeGreaterThan(10);
  });

  test('a renewal of the lane leaves the lease of a send as long as it is, and makes no other so long', async () => {
    const asked: Promise<unknown>[] = [];
    let renew = () => {};
    const watched: Db = Object.create(db, {
      execute: {
        value: (query: SQL) => {
          const answer = db.execute(query).then((result) => result);
          asked.push(answer);
          return answer;
        },
      },
    });
    const every = (_ms: number, work: () => void) => {
      renew = work;
      return () => undefined;
    };
    const leftOf = async (name: string): Promise<number> => {
      const { rows } = await db.execute<{ left_s: number }>(
        sql`SELECT extract(epoch FROM held_until - clock_timestamp())::float8 AS left_s FROM reactor.lane WHERE name = ${name}`,
      );
      return rows[0]?.left_s ?? 0;
    };
    const lasts = await withLane({ db: watched, holder: 'a', every }, `lane:${randomUUID()}`, async (lane) => {
      const idle_s = await leftOf(lane.name);
      await db.transaction((tx) => extendLane(tx, lane));
      const sending_s = await leftOf(lane.name);
      renew();
      await asked.at(-1);
      return { idle_s, sending_s, after_s: await leftOf(lane.name) };
    });
    if (lasts === 'busy') throw new Error('busy');
    expect(lasts.idle_s).toBeLessThan(lasts.sending_s - 4);
    expect(lasts.after_s).toBeGreaterThan(lasts.idle_s + 2);
  });

  test('what may only be looked for is not sent, though it is recorded', async () => {
    const sent: string[] = [];
    const id = await inLane(async (lane) => {
      const recorded = await record(lane);
      const driver = driverOf(async (_ctx, { key }) => {
        sent.push(key);
        return UNKNOWN;
      });
      await sendEffect(ctx, lane, driver, recorded, { switches: SWITCHES, mayWrite: false });
      return recorded;
    });
    expect(sent).toEqual([]);
    expect((await rowOf(id))?.state).toBe('recorded');
  });

  test('a repeat that was not written says nothing of the send before it: it stays unknown', async () => {
    const id = await inLane(async (lane) => {
      const recorded = await record(lane);
      const driver = answering(UNKNOWN, { is: 'not_sent', code: 'deadline', text: 'too late' });
      for (let i = 0; i < 2; i++) await sendEffect(ctx, lane, driver, recorded, { switches: SWITCHES });
      return recorded;
    });
    expect(await rowOf(id)).toMatchObject({ state: 'unknown', firstSentAt: expect.any(Date) });
  });
});

describe('an intent', () => {
  test('is not committed by a holder whose lease is over, though nobody has taken over yet', async () => {
    await inLane(async (lane) => {
      await db
        .update(laneTable)
        .set({ heldUntil: sql`clock_timestamp() - interval '1 second'` })
        .where(eq(laneTable.name, lane.name));
      await expect(record(lane)).rejects.toThrow(LaneLostError);
    });
    expect(await db.$count(effect, eq(effect.subjectId, given.legId))).toBe(0);
  });

  test('is not committed past a hold', async () => {
    await db.insert(hold).values({
      id: randomUUID(),
      paymentId: given.paymentId,
      kind: 'dispute',
      reasonCode: 'contested',
      sentence: 'the buyer contests',
      owner: 'support',
    });
    await expect(inLane(record)).rejects.toThrow('open dispute');
  });

  test('takes its part of the day’s cap, and waits where there is none left', async () => {
    const outgoing = centavos(60_000n);
    await inLane((lane) => record(lane, { amount: outgoing, outgoing }));
    given = await givePayment(db);
    const over = inLane((lane) => record(lane, { amount: outgoing, outgoing }));
    await expect(over).rejects.toThrow(GuardClosedError);
    await expect(over).rejects.toMatchObject({ code: 'cap' });
    expect((await db.select().from(cap)).map(({ used, limit }) => [used, limit])).toEqual([
      [60_000n, 100_000n],
      [60_000n, 1_000_000_000n],
      [60_000n, 1_000_000_000n],
    ]);
  });

  test('is waited for by whoever throws a switch or opens a hold, and by nobody else', async () => {
    await db.transaction(async (tx) => {
      await assertGuards(tx, { paymentId: given.paymentId, switches: SWITCHES });
      const impatient = (statement: ReturnType<typeof sql>) =>
        db.transaction(async (other) => {
          await other.execute(sql`SET LOCAL lock_timeout = '200ms'`);
          await other.execute(statement);
        });
      await refused(
        impatient(sql`UPDATE reactor.guard_switch SET is_stopped = true WHERE name = 'rail:juno'`),
        /lock timeout/,
      );
      await refused(
        impatient(sql`SELECT 1 FROM reactor.payment WHERE id = ${given.paymentId} FOR UPDATE`),
        /lock timeout/,
      );
      // Others who only read it go on side by side.
      await impatient(sql`SELECT 1 FROM reactor.guard_switch WHERE name = 'rail:juno' FOR SHARE`);
    });
    const [open] = await db.select().from(guardSwitch).where(eq(guardSwitch.name, 'rail:juno'));
    expect(open?.isStopped).toBe(false);
  });
});

test('a redemption and its leg’s move are one commit: pending in the books, counted in the day’s cap', async () => {
  given = await givePayment(db, { amount: 20_000n });
  const { legId, paymentId } = given;
  const amount = centavos(20_000n);
  for (const step of ['deposit', 'issuance'] as const)
    await db.transaction((tx) =>
      writeEntry(tx, {
        ...{ id: randomUUID(), key: randomUUID(), paymentId, effectId: null, state: 'posted' },
        postings: JOURNEY[step](amount),
      }),
    );
  const [row] = await db.select().from(leg).where(eq(leg.id, legId));
  const account = { junoAccountId: randomUUID(), verifiedAt: new Date() };
  await db
    .update(destination)
    .set(account)
    .where(eq(destination.id, row?.destinationId ?? ''));
  const way: LegState[] = [
    ...(['deposited', 'withdrawing', 'withdrawn', 'funding', 'in_custody', 'releasing'] as const),
    ...(['released', 'returning', 'returned'] as const),
  ];
  for (const state of way) await db.update(leg).set({ state }).where(eq(leg.id, legId));
  const intent = { do: 'record', effect: 'juno_redemption', attempt: 1, to: 'redeeming', cause: 'x' } as const;
  const id = await inLane((lane) =>
    applyRecord(ctx, lane, paymentId, { ...intent, leg: view({ state: 'returned', amount }) }),
  );
  expect((await rowOf(id))?.caps[0]).toMatch(/^payouts:/);
  expect((await db.select().from(leg).where(eq(leg.id, legId)))[0]?.state).toBe('redeeming');
  const [entry] = await db.select().from(ledgerEntry).where(eq(ledgerEntry.effectId, id));
  expect(entry?.state).toBe('pending');
});

describe('a move', () => {
  const moveOf = (fields: Partial<Move> & Pick<Move, 'leg' | 'to'>): Move => ({
    do: 'move',
    cause: 'a test',
    claims: [],
    booking: {},
    ...fields,
  });

  test('over a view that is no longer so writes nothing, not even its evidence', async () => {
    const claims = [{ source: 'juno_transaction' as const, externalId: randomUUID(), detail: {} }];
    const deposited = moveOf({ leg: view({}), to: 'deposited', claims });
    await inLane((lane) => applyMove(ctx, lane, given.paymentId, deposited));
    const again = { ...deposited, claims: [{ ...claims[0], externalId: 'another' }] as Move['claims'] };
    await expect(inLane((lane) => applyMove(ctx, lane, given.paymentId, again))).rejects.toThrow(StaleViewError);
    expect(await db.$count(evidence, eq(evidence.externalId, 'another'))).toBe(0);
  });

  test('gives up no effect that has gone on since it was seen', async () => {
    const id = await inLane((lane) => record(lane));
    const kills = effectView('juno_redemption', { id, state: 'recorded' });
    await inLane((lane) => sendEffect(ctx, lane, answering(UNKNOWN), id, { switches: SWITCHES }));
    const move = moveOf({ leg: view({}), to: 'deposited', kills });
    await expect(inLane((lane) => applyMove(ctx, lane, given.paymentId, move))).rejects.toThrow(StaleViewError);
    expect((await rowOf(id))?.state).toBe('unknown');
  });

  test('to expired is not made over a deposit that was claimed meanwhile', async () => {
    await db.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, given.paymentId));
    const expired = moveOf({ leg: view({}), to: 'expired' });
    await expect(inLane((lane) => applyMove(ctx, lane, given.paymentId, expired))).rejects.toThrow(StaleViewError);
    expect((await db.select().from(leg).where(eq(leg.id, given.legId)))[0]?.state).toBe('requested');
  });

  test('an escrow is not written down anew for a leg that has left custody', async () => {
    const escrow = { contract: '0x1', escrowId: 1n, deadline: 1 };
    const rebind = { do: 'rebind', leg: view({ state: 'in_custody' }), escrow } as const;
    await expect(inLane((lane) => applyRebind(ctx, lane, rebind))).rejects.toThrow(StaleViewError);
    expect((await db.select().from(leg).where(eq(leg.id, given.legId)))[0]?.escrowId).toBeNull();
  });

  test('is made under the present lane alone, and so is a mark, its taking away, and an escrow’s new id', async () => {
    const lost = await inLane(async (lane) => lane);
    await inLane(async () => undefined);
    const mine = view({});
    const ask: Ask = { do: 'ask', leg: mine, code: 'rejected:x', sentence: 'x', owner: 'ops' };
    const escrow = { contract: '0x1', escrowId: 1n, deadline: 1 };
    for (const act of [
      () => applyMove(ctx, lost, given.paymentId, moveOf({ leg: mine, to: 'deposited' })),
      () => applyAsk(ctx, lost, ask),
      () => applyCalm(ctx, lost, [given.legId]),
      () => applyRebind(ctx, lost, { do: 'rebind', leg: mine, escrow }),
    ])
      await expect(act()).rejects.toThrow(LaneLostError);
    const [row] = await db.select().from(leg).where(eq(leg.id, given.legId));
    expect(row).toMatchObject({ state: 'requested', attentionCode: null });
  });

  test('on what happened on chain pins its block: the newest that this database acted on', async () => {
    await db.insert(chainPin).values({ chainId: 31337, genesisHash: '0x0', blockNumber: 5, blockHash: '0x5' });
    const at = (blockNumber: string, blockHash: string): Move['claims'] => [
      { source: 'chain', externalId: randomUUID(), detail: { txHash: '0x1', blockNumber, blockHash } },
    ];
    const pinned = async () => (await db.select().from(chainPin))[0];
    await inLane((lane) =>
      applyMove(ctx, lane, given.paymentId, moveOf({ leg: view({}), to: 'deposited', claims: at('9', '0x9') })),
    );
    expect(await pinned()).toMatchObject({ blockNumber: 9, blockHash: '0x9' });
    const older = moveOf({ leg: view({ state: 'deposited' }), to: 'withdrawing', claims: at('7', '0x7') });
    await inLane((lane) => applyMove(ctx, lane, given.paymentId, older));
    expect(await pinned()).toMatchObject({ blockNumber: 9, blockHash: '0x9' });
    const [row] = await db.select().from(leg).where(eq(leg.id, given.legId));
    expect(row?.state).toBe('withdrawing');
  });
});
