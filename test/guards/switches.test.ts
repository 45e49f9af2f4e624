import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { JunoNotSentError } from '../../src/juno/errors.ts';
import { centavos } from '../../src/money/money.ts';
import { effect, guardSwitch, leg } from '../../src/reactor/db/schema.ts';
import type { Driver } from '../../src/reactor/effects/driver.ts';
import { attempt } from '../../src/reactor/effects/drivers/attempt.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import { assertGuards, GuardClosedError } from '../../src/reactor/guards/check.ts';
import { passesOf } from '../../src/reactor/guards/scope.ts';
import { haveWalletSwitch } from '../../src/reactor/guards/switches.ts';
import { REASON, useDesk } from './desk.ts';

const desk = useDesk();
const isStopped = async (name: string) =>
  (await desk().db.select().from(guardSwitch).where(eq(guardSwitch.name, name)))[0]?.isStopped;
/** Opens it as two people do. */
const reopen = async (name: string) => {
  const { body } = await desk().open(name);
  expect((await desk().approve(body['proposal'])).status).toBe(201);
};

describe('a kill switch', () => {
  test('is thrown by one person at once, and opened again by two', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    expect((await d.stop('all', d.keys.viewer)).status).toBe(403);
    expect((await d.stop('all', d.keys.screener)).status).toBe(403);
    expect(await d.stop('all', d.keys.approver)).toMatchObject({ status: 200, body: { name: 'all', isStopped: true } });
    await expect(d.record(payment)).rejects.toThrow('The switch “all” is off. kustodia guard show all says why');
    expect(await d.why(payment.paymentId)).toContain('the switch “all” to be opened again: a drill of the team');
    expect(await d.look('/guards')).toMatchObject({
      switches: expect.arrayContaining([
        expect.objectContaining({ name: 'all', isStopped: true, reason: REASON, changedBy: 'the approver' }),
      ]),
    });

    const propose = (key: string) => d.ask('POST', '/guards/switches/all/open', { reason: REASON }, undefined, key);
    const key = randomUUID();
    const proposed = await propose(key);
    const { status, body } = proposed;
    expect(status).toBe(201);
    expect(await isStopped('all')).toBe(true);
    // Nobody opens it alone: not who proposed it, nor a role that may only give commands.
    expect((await d.approve(body['proposal'], d.keys.operator)).status).toBe(403);
    expect(await isStopped('all')).toBe(true);
    expect((await d.approve(body['proposal'])).status).toBe(201);
    expect(await isStopped('all')).toBe(false);
    await d.record(payment);
    expect(await d.audited('switch:all')).toEqual([
      ['the approver', 'guard stop', REASON],
      ['the operator', 'propose guard open', REASON],
      ['somebody else', 'approve guard open', REASON],
    ]);
    expect(await d.open('all')).toMatchObject({ status: 409, body: { code: 'switch_open' } });
    // Who lost the answer and repeats the request gets it, though nothing is left to be proposed.
    expect(await propose(key)).toEqual(proposed);
  });

  test.each(['rail:juno', 'rail:chain', 'rail:bank_redemption', 'payer', 'recipient'])(
    'of %s stops what stands under it',
    async (which) => {
      const d = desk();
      const [payment, other] = [await d.givenDeposited(), await d.givenDeposited({ rail: 'bitso_spei' })];
      const name =
        which === 'payer' ? `user:${payment.payerId}` : which === 'recipient' ? `user:${payment.recipientId}` : which;
      await d.stop(name);
      await expect(d.record(payment)).rejects.toThrow(`“${name}” is off`);
      expect(await d.why(payment.paymentId)).toContain(`“${name}”`);
      // What does not stand under it goes on.
      const isWide = name === 'rail:juno' || name === 'rail:chain';
      if (!isWide) expect(await d.why(other.paymentId)).not.toContain('switch');
      await (isWide ? expect(d.record(other)).rejects.toThrow(GuardClosedError) : d.record(other));
      await reopen(name);
      await d.record(payment);
    },
  );

  test('of a wallet stands over what that wallet signs, and over nothing else', async () => {
    const d = desk();
    const wallet = d.ctx.settings.bridge;
    await haveWalletSwitch(d.db, wallet);
    const payment = await d.givenDeposited();
    await d.stop(`wallet:${wallet}`);
    expect(await d.why(payment.paymentId)).not.toContain('wallet');
    await d.record(payment);
    const signs = d.db.transaction((tx) =>
      assertGuards(tx, { paymentId: payment.paymentId, switches: [`wallet:${wallet}`] }),
    );
    await expect(signs).rejects.toThrow('is off');
    // A reactor that starts does not open it.
    await haveWalletSwitch(d.db, wallet);
    expect(await isStopped(`wallet:${wallet}`)).toBe(true);
  });

  test('of a payout’s rail stands over no release that is made again once the leg is back at Juno', async () => {
    const d = desk();
    const payment = await d.givenDeposited({ rail: 'bitso_spei' });
    const asked = (kind: EffectKind) =>
      d.db.transaction((tx) =>
        assertGuards(tx, { paymentId: payment.paymentId, legId: payment.legId, switches: [], ...passesOf(kind) }),
      );
    await d.stop('rail:bitso_spei');
    await expect(asked('chain_release')).rejects.toThrow('is off');
    for (const state of ['withdrawing', 'withdrawn', 'returning', 'returned'] as const)
      await d.db.update(leg).set({ state }).where(eq(leg.id, payment.legId));
    await asked('chain_release');
    await expect(asked('chain_return')).rejects.toThrow('is off');
    await d.stop('rail:chain');
    await expect(asked('chain_release')).rejects.toThrow('is off');
  });

  test('that is only to be tried changes nothing; one that is not there, and recovery’s own, are refused', async () => {
    const d = desk();
    expect(await d.ask('PUT', '/guards/switches/all/stop?dryRun=true', { reason: REASON })).toMatchObject({
      status: 200,
      body: { dryRun: true, isStopped: true },
    });
    expect(await isStopped('all')).toBe(false);
    expect(await d.stop('user:nobody')).toMatchObject({ status: 404, body: { code: 'switch_not_found' } });
    expect(await d.stop('recovery')).toMatchObject({ status: 409, body: { code: 'switch_not_peoples' } });
    expect(await d.open('recovery')).toMatchObject({ status: 409, body: { code: 'switch_not_peoples' } });
    expect((await d.ask('PUT', '/guards/switches/all/stop', {})).status).toBe(422);
  });
});

describe('an intent that races with a switch', () => {
  test('is before it or excluded: none is recorded after the switch was thrown', async () => {
    const d = desk();
    const payments = await Promise.all(Array.from({ length: 40 }, () => d.givenDeposited()));
    const outcomes: boolean[] = [];
    // Four at a time, so that the switch is thrown in the middle of them.
    const next = payments[Symbol.iterator]();
    const recorder = async () => {
      for (const payment of next)
        outcomes.push(
          await d.record(payment).then(
            () => true,
            () => false,
          ),
        );
    };
    const first = d.record(await d.givenDeposited());
    const recorders = [recorder(), recorder(), recorder(), recorder()];
    await first;
    await d.stop('rail:juno');
    await Promise.all(recorders);
    expect(outcomes).toContain(true);
    expect(outcomes).toContain(false);
    const ids = sql.join(
      payments.map(({ legId }) => sql`${legId}`),
      sql`, `,
    );
    const { rows } = await d.db.execute<{ late: string }>(sql`
      SELECT count(*)::text AS late FROM reactor.effect e, reactor.guard_switch s
      WHERE s.name = 'rail:juno' AND e.subject_id IN (${ids}) AND e.created_at > s.changed_at`);
    expect(rows).toEqual([{ late: '0' }]);
    expect(await d.db.select().from(effect).where(sql`subject_id IN (${ids})`)).toHaveLength(
      outcomes.filter(Boolean).length,
    );
    await reopen('rail:juno');
  });

  test('never keeps whoever throws it waiting, however many others follow', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    let isOver = false;
    // Each holds its share until well after the next has taken its own.
    const reader = async () => {
      while (!isOver)
        await d.db
          .transaction(async (tx) => {
            await assertGuards(tx, { paymentId: null, switches: ['all'] });
            await tx.execute(sql`SELECT pg_sleep(0.15)`);
          })
          .catch((error) => {
            if (!(error instanceof GuardClosedError)) throw error;
            isOver = true;
          });
    };
    const readers = [0, 50, 100].map(async (after_ms) => {
      await d.db.execute(sql`SELECT pg_sleep(${after_ms / 1000})`);
      return reader();
    });
    await d.db.execute(sql`SELECT pg_sleep(0.3)`);
    const began = performance.now();
    await d.stop('all');
    expect(performance.now() - began).toBeLessThan(1_000);
    await Promise.all(readers);
    await expect(d.record(payment)).rejects.toThrow('is off');
    await reopen('all');
  });
});

describe('what is under way to the rail when somebody stops it', () => {
  /** Sends it over a slow connection: so much happens, and so long it takes, before the first byte could be written. */
  const sendSlowly = async (
    id: string,
    paymentId: string,
    slowly: () => Promise<unknown>,
    took_ms: readonly number[],
  ) => {
    const d = desk();
    let [clock_ms, isWritten] = [0, false];
    const ctx = { ...d.ctx, monotonic: () => clock_ms };
    const driver: Driver = {
      isRepeatable: true,
      look: async () => ({ found: 'none' }),
      send: (_ctx, _row, guard) =>
        attempt(async () => {
          await slowly();
          const [before = 0, asking = 0] = took_ms;
          clock_ms += before;
          const asked = guard();
          clock_ms += asking;
          await asked.catch((cause: unknown) => {
            throw new JunoNotSentError('not sent', { endpoint: 'POST /x', cause });
          });
          isWritten = true;
          return randomUUID();
        }),
    };
    await withLane({ db: d.db, holder: randomUUID() }, `payment:${paymentId}`, (lane) =>
      sendEffect(ctx, lane, driver, id, {}),
    );
    return isWritten;
  };

  test('is asked once more before the first byte, unless that was a moment ago, and is not written', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    const id = await d.record(payment);
    const stop = () => d.stop('all').then(({ status }) => expect(status).toBe(200));
    expect(await sendSlowly(id, payment.paymentId, stop, [600])).toBe(false);
    expect(await d.stateOf(id)).toBe('recorded');
    await reopen('all');
    // A slow connection alone, however slow within its deadline, is no reason not to send.
    expect(await sendSlowly(id, payment.paymentId, async () => undefined, [9_000])).toBe(true);
  });

  test('is not written either where asking took too long itself, or a cap was lowered meanwhile; and goes on after', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    const id = await d.record(payment, { kind: 'juno_redemption', outgoing: centavos(payment.amount) });
    expect(await sendSlowly(id, payment.paymentId, async () => undefined, [10_001])).toBe(false);
    const lower = () => d.ask('PUT', '/guards/caps/payment', { limit: '0.01', reason: REASON });
    expect(await sendSlowly(id, payment.paymentId, lower, [600])).toBe(false);
    expect(await d.stateOf(id)).toBe('recorded');
    const { body } = await d.ask('PUT', '/guards/caps/payment', { limit: '5000000', reason: REASON });
    await d.approve(body['proposal']);
    expect(await sendSlowly(id, payment.paymentId, async () => undefined, [600])).toBe(true);
  });
});

test('what may have left before the switch was thrown is looked for, and not sent again', async () => {
  const d = desk();
  const payment = await d.givenDeposited();
  const id = await d.record(payment);
  expect(await d.send(payment.paymentId, id, { is: 'unknown', code: 'time_out', text: 'no answer' })).toBe(1);
  await d.stop(`user:${payment.payerId}`);
  expect(await d.send(payment.paymentId, id)).toBe(0);
  expect(await d.stateOf(id)).toBe('unknown');
});
