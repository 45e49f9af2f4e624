import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { hold } from '../../src/reactor/db/schema.ts';
import { assertGuards } from '../../src/reactor/guards/check.ts';
import { until } from '../sandbox/support/sandbox.ts';
import { REASON, useDesk } from './desk.ts';

const desk = useDesk();

describe('a hold', () => {
  test.each(['payment', 'payer', 'recipient', 'rail'] as const)(
    'on a %s keeps the money where it is until it is closed',
    async (what) => {
      const d = desk();
      const [payment, other] = [await d.givenDeposited(), await d.givenDeposited({ rail: 'bitso_spei' })];
      const on = {
        payment: `payment:${payment.paymentId}`,
        payer: `user:${payment.payerId}`,
        recipient: `user:${payment.recipientId}`,
        rail: 'rail:bank_redemption',
      }[what];
      const { status, body } = await d.hold(on);
      expect(status).toBe(201);
      await expect(d.record(payment)).rejects.toThrow('open hold: drill');
      expect(await d.why(payment.paymentId)).toMatch(new RegExp(`waits for the hold .*to be closed: ${REASON}`));
      await d.record(other);
      const statusOf = async (id: string) => (await d.look(`/payments/${id}`))['status'];
      expect([await statusOf(payment.paymentId), await statusOf(other.paymentId)]).toEqual(['on_hold', 'deposited']);
      expect(await d.look('/payments?status=on_hold')).toMatchObject({
        payments: expect.arrayContaining([expect.objectContaining({ id: payment.paymentId })]),
      });
      expect(await d.look('/holds')).toMatchObject({
        holds: [
          {
            id: body['id'],
            on,
            kind: 'hold',
            reasonCode: 'drill',
            sentence: REASON,
            owner: 'operations',
            closedAt: null,
          },
        ],
      });

      expect((await d.letGo(body['id'])).status).toBe(200);
      await d.record(payment);
      expect(await d.look('/holds')).toEqual({ holds: [] });
      expect(await d.look(`/holds?on=${encodeURIComponent(on)}`)).toMatchObject({ holds: [{ id: body['id'] }] });
      expect(await d.letGo(body['id'])).toMatchObject({ status: 409, body: { code: 'hold_closed' } });
      expect((await d.audited(on)).slice(-2)).toEqual([
        ['the operator', 'hold open', REASON],
        ['the operator', 'hold close', REASON],
      ]);
    },
  );

  test('is closed by its owner alone', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    const on = `payment:${payment.paymentId}`;
    const { body } = await d.hold(on, { owner: 'compliance' });
    expect(await d.letGo(body['id'])).toMatchObject({ status: 403, body: { code: 'hold_of_another' } });
    await expect(d.record(payment)).rejects.toThrow('open hold');
    expect((await d.letGo(body['id'], d.keys.approver)).status).toBe(200);
    const { body: ours } = await d.hold(on, { owner: 'engineering' });
    expect((await d.letGo(ours['id'], d.keys.approver)).status).toBe(403);
    expect((await d.letGo(ours['id'], d.keys.admin)).status).toBe(200);
  });

  test('waits for the intents under way, as a screening does', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    let isRecorded = false;
    const done: string[] = [];
    const isThere = () => done.length > 0;
    await d.db.transaction(async (tx) => {
      await assertGuards(tx, { paymentId: payment.paymentId, legId: payment.legId, switches: [] });
      const later = [d.hold(`user:${payment.payerId}`), d.screen(payment.recipientId, { blacklist: 'listed' })];
      for (const [i, one] of later.entries()) void one.then(() => done.push(isRecorded ? `after ${i}` : `before ${i}`));
      // Both have come to the lock and wait there.
      await until('both wait', async () => {
        const { rows } = await d.db.execute<{ waiting: number }>(
          sql`SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted`,
        );
        return isThere() || (rows[0]?.waiting ?? 0) >= 2;
      });
      isRecorded = true;
    });
    await until('both are done', async () => done.length === 2);
    expect(done.sort()).toEqual(['after 0', 'after 1']);
  });

  test('that is a dispute is not closed here', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    const id = randomUUID();
    const as = { kind: 'dispute' as const, reasonCode: 'contested', sentence: 'contested', owner: 'operations' };
    await d.db.insert(hold).values({ id, paymentId: payment.paymentId, ...as });
    expect(await d.letGo(id, d.keys.admin)).toMatchObject({ status: 409, body: { code: 'hold_is_dispute' } });
    await expect(d.record(payment)).rejects.toThrow('open dispute');
  });

  test('beside another keeps holding when that one is closed', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    const { body: one } = await d.hold(`payment:${payment.paymentId}`);
    await d.hold(`user:${payment.payerId}`);
    await d.letGo(one['id']);
    await expect(d.record(payment)).rejects.toThrow('open hold');
  });

  test('stops what is recorded and not sent, and hides nothing of what may have left', async () => {
    const d = desk();
    const [fresh, gone] = [await d.givenDeposited(), await d.givenDeposited()];
    const [unsent, lost] = [await d.record(fresh), await d.record(gone)];
    await d.send(gone.paymentId, lost, { is: 'unknown', code: 'time_out', text: 'no answer' });
    for (const { paymentId } of [fresh, gone]) await d.hold(`payment:${paymentId}`);
    expect(await d.send(fresh.paymentId, unsent)).toBe(0);
    expect(await d.stateOf(unsent)).toBe('recorded');
    // Looked for by what the rail shows, and confirmed, held or not.
    expect(await d.send(gone.paymentId, lost)).toBe(0);
    expect(await d.stateOf(lost)).toBe('unknown');
  });

  test('is refused on what is not there, without a reason, for an unknown owner, and when it is only tried', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    expect(await d.hold('user:00000000-0000-4000-8000-000000000000')).toMatchObject({ status: 404 });
    expect(await d.hold('payment:123456789')).toMatchObject({ status: 404, body: { code: 'hold_on_nothing' } });
    expect((await d.hold(`payment:${payment.paymentId}`, { sentence: '' })).status).toBe(422);
    expect((await d.hold(`payment:${payment.paymentId}`, { owner: 'nobody' })).status).toBe(422);
    expect((await d.hold(`payment:${payment.paymentId}`, {}, d.keys.viewer)).status).toBe(403);
    const body = { on: `payment:${payment.paymentId}`, reasonCode: 'drill', sentence: REASON, owner: 'operations' };
    expect(await d.ask('POST', '/holds?dryRun=true', body)).toMatchObject({ status: 200, body: { dryRun: true } });
    await d.record(payment);
  });
});
