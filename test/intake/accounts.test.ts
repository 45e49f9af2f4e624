import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { troubleBefore } from '../../src/reactor/advance/before.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { destination, effect, leg } from '../../src/reactor/db/schema.ts';
import { openBankAccounts } from '../../src/reactor/intake/bank-accounts.ts';
import { registerDestination } from '../../src/reactor/intake/subjects.ts';
import type { LegView } from '../../src/reactor/payment/view.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { sweep } from '../../src/reactor/watch/rescan.ts';
import { clientOf, json, type Peer, startPeer } from '../juno/peer.ts';
import { givePayment, KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { refused } from '../support/refused.ts';

const [CLABE, NAME, JUNOS_ID] = ['646180157042875763', 'Ana Ruiz', randomUUID()];

let postgres: TestPostgres;
let db: Db;
let juno: Peer;
let ctx: Context;
let account: string;
let view: LegView;
let clock_ms = 0;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  db = await openTestDatabase(await postgres.createDatabase());
  juno = await startPeer();
  // The rest of a context is for other parts; touching it here would throw.
  const { client } = clientOf(juno.url);
  ctx = {
    ...{ juno: client, bankAccounts: openBankAccounts({ juno: client, monotonic: () => clock_ms }) },
    ...{ db, queue: memoryQueue(), holder: 'test', log: pino({ level: 'silent' }) },
    settings: { keySecret: KEY_SECRET, junoReplayWindow_ms: 3_600_000, bridgesBefore: [] },
    ...{ now: () => new Date(), monotonic: () => performance.now(), newId: randomUUID },
  } as unknown as Context;
  const { legId } = await givePayment(db);
  const [row] = await db.select().from(leg).where(eq(leg.id, legId));
  account = row?.destinationId ?? '';
  view = {
    ...{ id: legId, kind: 'immediate', state: 'reserved', amount: centavos(150_000n), rail: 'bank_redemption' },
    ...{ destinationId: account, enteredAt: new Date(), deadline: null, attention: null, effects: {}, facts: {} },
    ...{ account: { isReady: true, problem: null }, stopped: null },
  };
});
afterEach(async () => {
  await db?.$client.end();
  await juno?.close();
});

const listed = (clabe = CLABE, legalName = NAME) => json([{ id: JUNOS_ID, clabe, recipient_legal_name: legalName }]);
const rowOf = async () => (await db.select().from(destination).where(eq(destination.id, account)))[0];

describe('incident 14, the account that is paid', () => {
  test('once it is read back, all that waits for it is due, whatever wake-up is lost', async () => {
    await db.update(leg).set({ dueAt: sql`now() + interval '1 hour'` });
    juno.answers.push(json({ id: JUNOS_ID }), listed());
    const queue = memoryQueue();
    await registerDestination({ ...ctx, queue: { ...queue, enqueue: async () => undefined } }, account);
    await sweep({ ...ctx, queue });
    expect(queue.pending()).toContainEqual({ lane: 'payment', id: (await db.select().from(leg))[0]?.paymentId });
  });

  test('is good for money when Juno’s own record of it was read back and is the same', async () => {
    juno.answers.push(json({ id: JUNOS_ID }), listed());
    await registerDestination(ctx, account);
    expect(await rowOf()).toMatchObject({ verifiedAt: expect.any(Date), differs: false, junoAccountId: JUNOS_ID });
  });
  test.each([
    ['CLABE', '012180015040777777', NAME],
    ['name', CLABE, 'Eva Ruiz'],
  ])('with another %s at Juno is never good for money', async (_, clabe, name) => {
    juno.answers.push(json({ id: JUNOS_ID }), listed(clabe, name));
    await registerDestination(ctx, account);
    expect(await rowOf()).toMatchObject({ verifiedAt: null, differs: true });
  });
  test('and that two users are paid to is both users’, each by a registration of its own', async () => {
    // A seller who is a user twice. Juno answers for a CLABE that it has with the account that it has.
    const [of] = await db.select().from(destination).where(eq(destination.id, account));
    const other = await givePayment(db);
    expect(await db.$count(destination, eq(destination.clabe, of?.clabe ?? ''))).toBe(2);
    for (const id of [account, other.destinationId]) {
      juno.answers.splice(0, juno.answers.length, json({ id: JUNOS_ID }), listed());
      await registerDestination(ctx, id);
    }
    const rows = await db.select().from(destination);
    expect(rows.map(({ junoAccountId, verifiedAt }) => [junoAccountId, verifiedAt !== null])).toEqual([
      [JUNOS_ID, true],
      [JUNOS_ID, true],
    ]);
    expect(await db.$count(effect, eq(effect.externalId, JUNOS_ID))).toBe(2);
    // Of another CLABE it is nobody's: one of them is not what was read back.
    const third = await givePayment(db, { payoutClabe: '012180015040777777' });
    const isThird = eq(destination.id, third.destinationId);
    await db.update(destination).set({ junoAccountId: JUNOS_ID }).where(isThird);
    await refused(db.update(destination).set({ verifiedAt: new Date() }).where(isThird), /at Juno is of another CLABE/);
  });
  test('of which the other user’s is known already is found again when its own answer was lost', async () => {
    const other = await givePayment(db);
    juno.answers.push(json({ id: JUNOS_ID }), listed());
    await registerDestination(ctx, other.destinationId);
    juno.answers.splice(0, juno.answers.length, { status: 502, body: '{}' }, listed());
    for (let n = 0; n < 2; n++) {
      await registerDestination(ctx, account);
      await db.update(effect).set({ nextLookAt: sql`reactor.now()` });
    }
    expect(await rowOf()).toMatchObject({ junoAccountId: JUNOS_ID, verifiedAt: expect.any(Date) });
  });
  test('may be written in capitals by Juno, and is the same', async () => {
    juno.answers.push(json({ id: JUNOS_ID }), listed(CLABE, NAME.toUpperCase()));
    await registerDestination(ctx, account);
    expect(await rowOf()).toMatchObject({ verifiedAt: expect.any(Date), differs: false });
    expect(await troubleBefore(ctx, { leg: view, effect: 'juno_redemption' }, { isFirst: true })).toBeNull();
  });
  test('that is not listed yet is asked for again, and registered once', async () => {
    juno.answers.push(json({ id: JUNOS_ID }), json([]), listed());
    await registerDestination(ctx, account);
    expect((await rowOf())?.verifiedAt).toBeNull();
    await registerDestination(ctx, account);
    expect((await rowOf())?.verifiedAt).not.toBeNull();
    expect(juno.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(await db.$count(effect)).toBe(1);
  });
  test('of whose making there is no trace is looked for ever more rarely, and no sweep hurries that', async () => {
    const queue = memoryQueue();
    const look = () => registerDestination({ ...ctx, queue }, account);
    juno.answers.push({ status: 502, body: '{}' }, json([]));
    await look();
    await db.update(effect).set({ failures: 20, nextLookAt: sql`reactor.now()` });
    await look();
    const wait_s = sql<number>`extract(epoch FROM ${effect.nextLookAt} - reactor.now())::float8`;
    const [left] = await db.select({ state: effect.state, wait_s }).from(effect);
    expect(left).toEqual({ state: 'unknown', wait_s: expect.closeTo(3_600, -2) });
    const swept = async () => {
      await sweep({ ...ctx, queue });
      return queue.pending().filter(({ lane }) => lane === 'destination');
    };
    expect(await swept()).toEqual([]);
    await db.update(effect).set({ nextLookAt: sql`reactor.now()` });
    expect(await swept()).toEqual([{ lane: 'destination', id: account }]);
  });
  test.each([
    ['has its CLABE and another name', CLABE, 'Eva Ruiz', false],
    ['has its name and another CLABE', '012180015040777777', NAME, false],
    ['has both', CLABE, NAME, true],
  ])('whose answer was lost is found again by CLABE and name: one that %s', async (_, clabe, name, isFound) => {
    juno.answers.push({ status: 502, body: '{}' }, listed(clabe, name), listed(clabe, name));
    for (let n = 0; n < 2; n++) {
      await registerDestination(ctx, account);
      await db.update(effect).set({ nextLookAt: sql`reactor.now()` });
    }
    const [row] = await db.select().from(effect);
    expect(row).toMatchObject(
      isFound ? { state: 'confirmed', externalId: JUNOS_ID } : { state: 'unknown', externalId: null },
    );
    expect(juno.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
  test('that Juno refused waits for two people, and is not looked at each second', async () => {
    const asked: Date[] = [];
    const queue = {
      ...memoryQueue(),
      enqueue: async (_: unknown, options?: { at?: Date }) => void asked.push(options?.at ?? ctx.now()),
    };
    juno.answers.push({
      status: 400,
      body: JSON.stringify({ success: false, error: { code: '0303' } }),
    });
    const before_ms = ctx.now().getTime();
    await registerDestination({ ...ctx, queue }, account);
    expect(await db.select({ state: effect.state }).from(effect)).toEqual([{ state: 'rejected' }]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.getTime()).toBeGreaterThanOrEqual(before_ms + 60_000);
  });
});

describe('before each redemption', () => {
  const redemption = ({ isFirst = true } = {}) =>
    troubleBefore(ctx, { leg: view, effect: 'juno_redemption' }, { isFirst });
  beforeEach(async () => {
    await db.update(destination).set({ junoAccountId: JUNOS_ID, verifiedAt: new Date() });
  });

  test('the account is read back once more', async () => {
    juno.answers.push(listed());
    expect(await redemption()).toBeNull();
    expect(juno.received).toHaveLength(1);
  });
  test.each([
    ['another CLABE', '012180015040777777', NAME],
    ['another name', CLABE, 'Eva Ruiz'],
  ])('with %s nothing is paid and a person is told', async (_, clabe, name) => {
    juno.answers.push(listed(clabe, name));
    expect(await redemption()).toMatchObject({ do: 'ask', code: 'payout_account_differs' });
  });
  test('one that was made since others read the list is not refused by what they read', async () => {
    juno.answers.push(json([]), listed());
    await ctx.bankAccounts.read({ age_ms: 0 });
    expect(await redemption()).toBeNull();
    expect(juno.received).toHaveLength(2);
  });
  test('where Juno does not answer nothing is paid, and it is asked again ever more rarely', async () => {
    juno.answers.push({ status: 503, body: '{}' });
    const pauses: number[] = [];
    for (let failures = 1; failures <= 9; failures++) {
      const trouble = await redemption();
      if (trouble?.do !== 'unread') throw new Error('it was read');
      // Once it has failed for minutes, whoever is due is told; until then nobody is.
      expect(trouble.ask?.code).toBe(failures < 8 ? undefined : 'payout_account_unread');
      pauses.push(trouble.pause_ms);
      clock_ms += trouble.pause_ms;
    }
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300].map((s) => s * 1_000));
    expect((await redemption())?.do).toBe('unread');
    juno.answers.splice(0, 1, listed());
    clock_ms += 300_000;
    expect(await redemption()).toBeNull();
  });
  test('while it waits to be asked again, nobody else asks', async () => {
    juno.answers.push({ status: 503, body: '{}' });
    for (let due = 0; due < 20; due++) expect((await redemption())?.do).toBe('unread');
    expect(juno.received).toHaveLength(1);
  });
  test('those that are due at one moment ask once; what was read five seconds ago is read again', async () => {
    juno.answers.push(listed(), listed(CLABE, 'Eva Ruiz'));
    expect(await Promise.all(Array.from({ length: 20 }, () => redemption()))).toEqual(Array(20).fill(null));
    clock_ms += 4_999;
    expect(await redemption()).toBeNull();
    expect(juno.received).toHaveLength(1);
    clock_ms += 1;
    expect(await redemption()).toMatchObject({ code: 'payout_account_differs' });
  });
  test('who cannot use the list that is being read shares the next one', async () => {
    juno.answers.push(json([]), listed());
    const fresh = () => ctx.bankAccounts.read({ age_ms: 0 });
    const [first, ...others] = await Promise.all(Array.from({ length: 10 }, fresh));
    expect(first).toEqual([]);
    for (const other of others) expect(other.map(({ id }) => id)).toEqual([JUNOS_ID]);
    expect(juno.received).toHaveLength(2);
  });
  test('a repeat is compared with what Juno says after the first send', async () => {
    juno.answers.push(listed(), listed(CLABE, 'Eva Ruiz'));
    expect(await redemption()).toBeNull();
    expect(await redemption({ isFirst: false })).toMatchObject({ code: 'payout_account_differs' });
  });

  test('what it stands on is read from the chain again when it waited; what took another leg’s place was never there', async () => {
    const again = (effects: LegView['effects']) =>
      troubleBefore(ctx, { leg: { ...view, kind: 'custody', effects }, effect: 'juno_redemption' }, { isFirst: false });
    const returned = { chain_return: { kind: 'chain_return', state: 'confirmed' } } as unknown as LegView['effects'];
    const [row] = await db.select().from(leg).where(eq(leg.id, view.id));
    if (!row) throw new Error('no leg');
    const gone = { do: 'ask', code: 'evidence_gone' };
    expect(await again({})).toMatchObject(gone);
    // As the rules of the database let it: it begins where the money of the one before it is.
    await db.transaction(async (tx) => {
      await tx.execute(sql`SET LOCAL session_replication_role = replica`);
      await tx.update(leg).set({ replaces: row.id }).where(eq(leg.id, row.id));
    });
    expect(await again(returned)).toMatchObject(gone);
    juno.answers.push(listed());
    expect(await again({})).toBeNull();
  });
});
