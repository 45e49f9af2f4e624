import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { applyRecord } from '../../src/reactor/advance/apply.ts';
import { loadView } from '../../src/reactor/advance/load.ts';
import { cap, destination, effect, lane as laneTable } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { assertGuards } from '../../src/reactor/guards/check.ts';
import { parseLimit, parseUdiRate, pesosOf, printLimit } from '../../src/reactor/guards/limit.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { openReplaceWorld } from '../replace/world.ts';
import { refused } from '../support/refused.ts';
import { REASON, useDesk } from './desk.ts';

const desk = useDesk();
const change = (name: string, limit: string, key?: string) =>
  desk().ask('PUT', `/guards/caps/${name}`, { limit, reason: REASON }, key);
/** Raises a cap as two people do. */
const raise = async (name: string, limit: string) => {
  const { body } = await change(name, limit);
  if (body['proposal']) expect((await desk().approve(body['proposal'])).status).toBe(201);
};
const payOut = (payment: { paymentId: string; legId: string; amount: bigint }) =>
  desk().record(payment, { kind: 'juno_redemption', outgoing: centavos(payment.amount) });
const seen = async (name: string) =>
  ((await desk().look('/guards'))['caps'] as Record<string, unknown>[]).find((one) => one['name'] === name);

/** A payment to an account that no other has. */
const toAnAccount = () =>
  desk().givenDeposited({ payoutClabe: `012180${String(Math.floor(Math.random() * 1e12)).padStart(12, '0')}` });
const CONFIRMED = () => ({ is: 'confirmed', externalId: randomUUID() }) as const;
const errorOf = async (id: string) =>
  (await desk().db.select().from(effect).where(eq(effect.id, id)))[0]?.error as { code: string } | null;
/** What of the day's cap is used, of today or of the day that is over. */
const usedOf = async (day: string) =>
  (await desk().db.select().from(cap)).find(({ name }) => name === `payouts:${day}`)?.used ?? 0n;
const today = () => new Date().toISOString().slice(0, 10);
const YESTERDAY = '2000-01-01';
/** The day ends: all that was counted today was counted on another one. */
const midnight = async () => {
  await desk().db.execute(sql`UPDATE reactor.cap SET name = replace(name, ${today()}, ${YESTERDAY})`);
  await desk().db.execute(sql`UPDATE reactor.effect SET caps = string_to_array(replace(array_to_string(caps, '|'), ${today()}, ${YESTERDAY}), '|')
    WHERE state = 'recorded' AND cardinality(caps) > 0`);
};

beforeEach(async () => {
  for (const name of ['day', 'payment', 'user_day']) await raise(name, '5000000');
});

describe('a cap', () => {
  test('is lowered by one person at once, and raised by two', async () => {
    const d = desk();
    expect((await change('payment', '1000', d.keys.viewer)).status).toBe(403);
    expect(await change('payment', '1000')).toMatchObject({
      status: 200,
      body: { limit: '1000.00 MXN', proposal: null },
    });
    expect(await seen('payment')).toMatchObject({ limit: '1000.00 MXN', changedBy: 'the operator' });
    const { body } = await change('payment', '2000');
    expect(await seen('payment')).toMatchObject({ limit: '1000.00 MXN' });
    expect((await d.approve(body['proposal'], d.keys.operator)).status).toBe(403);
    await d.approve(body['proposal']);
    expect(await seen('payment')).toMatchObject({ limit: '2000.00 MXN' });
    expect((await d.audited('cap:payment')).slice(-3)).toEqual([
      ['the operator', 'guard lower-cap', REASON],
      ['the operator', 'propose guard raise-cap', REASON],
      ['somebody else', 'approve guard raise-cap', REASON],
    ]);
    const tried = await d.ask('PUT', '/guards/caps/payment?dryRun=true', { limit: '1', reason: REASON });
    expect(tried).toMatchObject({ status: 200, body: { dryRun: true, limit: '1.00 MXN', needs: null } });
    expect(await seen('payment')).toMatchObject({ limit: '2000.00 MXN' });
    expect((await change('nothing', '1')).status).toBe(404);
  });

  test('of a payment forbids one that is larger, when it is made and when it is paid out', async () => {
    const d = desk();
    const payment = await d.givenDeposited({ amount: 150_001n });
    await change('payment', '1500');
    await expect(payOut(payment)).rejects.toMatchObject({ code: 'payment_cap' });
    const [payer, recipient] = [await d.createUser(), await d.createUser()];
    const terms = {
      ...{ payerId: payer.id, recipientId: recipient.id, custodySeconds: 3, concept: 'Renta' },
      payout: { clabe: '646180157042875763', legalName: 'Juan' },
    };
    expect(await d.ask('POST', '/payments', { ...terms, amount: '1500.01' })).toMatchObject({
      status: 422,
      body: { code: 'over_cap', errors: [{ field: 'amount' }] },
    });
    expect((await d.ask('POST', '/payments', { ...terms, amount: '1500.00' })).status).toBe(201);
    await raise('payment', '1500.01');
    await payOut(payment);
  });

  test('of a user and a day counts what goes to the accounts of one user, and gives back what came to nothing', async () => {
    const d = desk();
    await change('user_day', '2000');
    const [one, other] = [await toAnAccount(), await toAnAccount()];
    const id = await payOut(one);
    await payOut(other);
    const again = await toAnAccount();
    await d.db.execute(sql`ALTER TABLE reactor.destination DISABLE TRIGGER destination_guard`);
    await d.db.execute(
      sql`UPDATE reactor.destination SET user_id = ${one.recipientId}, legal_name = 'Ana' WHERE id = ${again.destinationId}`,
    );
    await d.db.execute(sql`ALTER TABLE reactor.destination ENABLE TRIGGER destination_guard`);
    await expect(payOut(again)).rejects.toMatchObject({
      code: 'cap',
      message: expect.stringContaining(`user:${one.recipientId}`),
    });
    expect(await seen('user_day')).toMatchObject({
      usedByUser: expect.arrayContaining([{ userId: one.recipientId, usedToday: '1500.00' }]),
    });
    // It was never sent and is given up: its part is free again, in the day's cap too.
    const used = async () =>
      (await d.db.select().from(cap)).map(
        ({ name, used: part }) => [name.replace(/^payouts:[^:]*/, ''), part] as const,
      );
    const before = new Map(await used());
    const [row] = await d.db
      .select()
      .from(laneTable)
      .where(eq(laneTable.name, `payment:${one.paymentId}`));
    await d.db
      .update(effect)
      .set({ state: 'dead', laneEpoch: row?.epoch ?? 0 })
      .where(eq(effect.id, id));
    const after = new Map(await used());
    expect((before.get('') ?? 0n) - (after.get('') ?? 0n)).toBe(150_000n);
    expect(after.get(`:user:${one.recipientId}`)).toBe(0n);
    expect(after.get(`:user:${other.recipientId}`)).toBe(150_000n);
    await payOut(again);
  });

  test('of a user and a day counts one account once, however many users call it theirs', async () => {
    const d = desk();
    await change('user_day', '2000');
    const payoutClabe = '012180015040777777';
    const [one, other] = [await d.givenDeposited({ payoutClabe }), await d.givenDeposited({ payoutClabe })];
    await payOut(one);
    await expect(payOut(other)).rejects.toMatchObject({
      code: 'cap',
      message: expect.stringContaining('this account'),
    });
    await payOut(await toAnAccount());
    // Nobody reads the account off what is counted.
    expect((await d.db.select().from(cap)).filter(({ name }) => name.includes(payoutClabe))).toEqual([]);
  });

  test.each(['payment', 'day', 'user_day'])(
    'of a %s that was lowered after the intent was recorded keeps it unsent, and a repeat too',
    async (name) => {
      const d = desk();
      const [first, again] = [await toAnAccount(), await toAnAccount()];
      const [id, lost] = [await payOut(first), await payOut(again)];
      await d.send(again.paymentId, lost, { is: 'unknown', code: 'lost', text: 'no answer' });
      expect((await change(name, '0.01')).status).toBe(200);
      expect(await d.send(first.paymentId, id, CONFIRMED())).toBe(0);
      expect([await d.stateOf(id), (await errorOf(id))?.code]).toEqual([
        'recorded',
        name === 'payment' ? 'payment_cap' : 'cap',
      ]);
      // It may have left, and is looked for only.
      expect(await d.send(again.paymentId, lost, CONFIRMED())).toBe(0);
      expect(await d.stateOf(lost)).toBe('unknown');
      await raise(name, '5000000');
      expect(await d.send(first.paymentId, id, CONFIRMED())).toBe(1);
      expect(await d.send(again.paymentId, lost, CONFIRMED())).toBe(1);
    },
  );

  test('of a day counts what is sent on it: what was recorded before midnight needs room today', async () => {
    const d = desk();
    const [late, whole] = [await toAnAccount(), await toAnAccount()];
    const id = await payOut(late);
    await midnight();
    const before = await usedOf(YESTERDAY);
    await change('day', '2000');
    const other = await payOut(whole);
    expect(await d.send(whole.paymentId, other, CONFIRMED())).toBe(1);
    expect(await d.send(late.paymentId, id, CONFIRMED())).toBe(0);
    expect((await errorOf(id))?.code).toBe('cap');
    expect([await usedOf(YESTERDAY), await usedOf(today())]).toEqual([before, 150_000n]);
    await raise('day', '3000');
    expect(await d.send(late.paymentId, id, CONFIRMED())).toBe(1);
    expect([await usedOf(YESTERDAY), await usedOf(today())]).toEqual([before - 150_000n, 300_000n]);
    await refused(
      d.db.update(effect).set({ caps: [] }).where(eq(effect.id, id)),
      /is counted where it was when it was sent/,
    );
  });

  test('stands over the payout by Bitso, and not over what is redeemed to our own balance before it', async () => {
    const d = desk();
    const here = openReplaceWorld(d.db);
    const given = await here.given(150_000n, 'bitso_spei');
    await change('day', '0.01');
    await here.pay(given.legId);
    await d.db
      .update(destination)
      .set({ junoAccountId: randomUUID(), verifiedAt: new Date() })
      .where(eq(destination.id, given.destinationId));
    const view = await loadView(
      {
        ...d.ctx,
        settings: { ...d.ctx.settings, bitsoBaseUrl: 'http://127.0.0.1:9' },
        watchdog: { ...d.ctx.watchdog, current: () => ({ ...d.ctx.watchdog.current(), trouble: null }) },
      },
      given.paymentId,
    );
    const next = view && decide(view);
    if (next?.do !== 'record') throw new Error(`it does ${next?.do}`);
    expect(next.effect).toBe('bitso_payout');
    const recorded = withLane({ db: d.db, holder: randomUUID() }, `payment:${given.paymentId}`, (lane) =>
      applyRecord(d.ctx, lane, given.paymentId, next),
    );
    await expect(recorded).rejects.toMatchObject({ code: 'cap' });
  });

  test('waits for the intents that are under way when it is changed', async () => {
    const d = desk();
    const { paymentId } = await toAnAccount();
    let changing: ReturnType<typeof change> | undefined;
    await d.db.transaction(async (tx) => {
      await assertGuards(tx, { paymentId, switches: [] });
      changing = change('day', '1000');
      await vi.waitFor(async () => {
        const { rows } = await d.db.execute<{ waiting: number }>(
          sql`SELECT count(*)::int AS waiting FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()`,
        );
        expect(rows[0]?.waiting).toBeGreaterThan(0);
      });
      expect(await seen('day')).toMatchObject({ limit: '5000000.00 MXN' });
    });
    expect((await changing)?.status).toBe(200);
    expect(await seen('day')).toMatchObject({ limit: '1000.00 MXN' });
  });

  test('is not raised by one person by way of UDIs that no rate turns into pesos', async () => {
    await change('day', '1000');
    const alone = async (limit: string) => {
      const { body } = await change('day', limit);
      const before = await seen('day');
      expect(before?.['limit'] === body['limit']).toBe(body['proposal'] === null);
      if (body['proposal']) await desk().approve(body['proposal']);
      return body['proposal'] === null;
    };
    expect(await alone('900000000 UDI')).toBe(false);
    // Fewer of the same is less, whatever they are worth, and nothing is less than anything; pesos may be more.
    expect(await alone('400 UDI')).toBe(true);
    expect(await alone('401 UDI')).toBe(false);
    expect(await alone('1')).toBe(false);
    expect(await alone('0 UDI')).toBe(true);
  });

  test('in UDIs is turned into pesos by the one rate, and is closed without it', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    await raise('payment', '100 UDI');
    expect(await seen('payment')).toMatchObject({ limit: '100.00 UDI', limitPesos: null });
    await expect(payOut(payment)).rejects.toMatchObject({ code: 'rate_missing' });
    const settings = { ...d.ctx.settings };
    try {
      Object.assign(d.ctx.settings, { mxnPerUdi: parseUdiRate('8.432110') });
      expect(await seen('payment')).toMatchObject({ limitPesos: '843.21' });
      await expect(payOut(payment)).rejects.toMatchObject({ code: 'payment_cap' });
      await raise('payment', '200 UDI');
      await payOut(payment);
    } finally {
      Object.assign(d.ctx.settings, settings);
    }
  });
});

test('a limit is read to the hundredth, and rounded down in pesos', () => {
  expect(printLimit(parseLimit('600000 UDI'))).toBe('600000.00 UDI');
  expect(printLimit(parseLimit('1500.5'))).toBe('1500.50 MXN');
  for (const text of ['', '-1', '1,000', '1.005', '1 USD', '1e3']) expect(() => parseLimit(text)).toThrow();
  for (const text of ['8', '0.5', '8.1234567', 'x']) expect(() => parseUdiRate(text)).toThrow();
  expect(pesosOf(parseLimit('1.99 UDI'), parseUdiRate('8.432119'))).toEqual(centavos(1677n));
  expect(pesosOf(parseLimit('1 UDI'), null)).toBeNull();
  expect(pesosOf(parseLimit('1'), null)).toEqual(centavos(100n));
});
