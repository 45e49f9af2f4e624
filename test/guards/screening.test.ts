import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { destination, guardSwitch, leg, screening, user } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { until } from '../sandbox/support/sandbox.ts';
import { KEY_SECRET } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { REASON, useDesk } from './desk.ts';

const desk = useDesk();
const DAY_MS = 86_400_000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

describe('whose money it is', () => {
  test.each([
    ['payer', { blacklist: 'listed' }, 'on a blacklist'],
    ['recipient', { blacklist: 'listed' }, 'on a blacklist'],
    ['payer', { kyc: 'refused' }, 'was refused'],
    ['recipient', { kyc: 'pending' }, 'is not finished'],
  ] as const)(
    'of a %s who is found %o nothing is recorded or sent, until they are cleared',
    async (who, found, words) => {
      const d = desk();
      const [payment, recorded] = [await d.givenDeposited(), await d.givenDeposited()];
      const unsent = await d.record(recorded);
      for (const one of [payment, recorded]) {
        const userId = who === 'payer' ? one.payerId : one.recipientId;
        expect(await d.screen(userId, found)).toMatchObject({ status: 200, body: { isCleared: false } });
      }
      await expect(d.record(payment)).rejects.toMatchObject({
        code: 'screening',
        message: expect.stringContaining(words),
      });
      expect(await d.why(payment.paymentId)).toContain(words);
      expect(await d.send(recorded.paymentId, unsent)).toBe(0);
      expect(await d.stateOf(unsent)).toBe('recorded');

      const userId = who === 'payer' ? payment.payerId : payment.recipientId;
      expect(await d.screen(userId, { reference: 'check-2' })).toMatchObject({ body: { isCleared: true } });
      await d.record(payment);
      // Whoever waited is woken.
      expect(await d.queue.stats()).toMatchObject({});
      expect((await d.audited(`user:${userId}`)).map(([actor, command, why]) => [actor, command, why])).toEqual([
        ['the screener', 'user screen', 'check check-1'],
        ['the screener', 'user screen', 'check check-2'],
      ]);
    },
  );

  test('that nobody has said anything of does not move, nor that of who owns an account that a leg is paid to', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    const [broker, account, legId] = [randomUUID(), randomUUID(), randomUUID()];
    await d.db.transaction(async (tx) => {
      await tx.insert(user).values({ id: broker });
      await tx.insert(guardSwitch).values({ name: `user:${broker}` });
      await tx
        .insert(destination)
        .values({ id: account, userId: broker, clabe: '646180157042875763', legalName: 'Broker' });
      await tx.insert(leg).values({
        ...{
          id: legId,
          paymentId: payment.paymentId,
          kind: 'commission',
          amount: payment.amount,
          replaces: payment.legId,
          destinationId: account,
        },
        ...{ rail: 'bank_redemption', reference: deriveReference(KEY_SECRET, legId), cause: 'a test' },
      });
      // The live legs sum to the deposit: the first gives way to the second.
      await tx.execute(`UPDATE reactor.leg SET state = 'replaced' WHERE id = '${payment.legId}'`);
    });
    const own = { ...payment, legId };
    await expect(d.record(own)).rejects.toThrow(`user ${broker}: no screening of them has been reported`);
    expect(await d.look('/screenings')).toMatchObject({
      users: expect.arrayContaining([{ userId: broker, validUntil: null }]),
    });
    await d.screen(broker);
    await d.record(own);
    await d.stop(`user:${broker}`);
    await expect(d.record(own, { attempt: 2 })).rejects.toThrow(`“user:${broker}” is off`);
  });

  test('counts no longer once the check is too old', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    const { screeningValid_days } = d.ctx.settings;
    await d.db.insert(screening).values({
      ...{ userId: payment.payerId, kyc: 'verified', blacklist: 'clear', reference: 'soon', source: 'test' },
      ...{ checkedAt: new Date(Date.now() + 1_000), validUntil: new Date(Date.now() + 2_000) },
    });
    const isOld = `user ${payment.payerId}: their last screening is too old`;
    await until('the check is too old', async () => (await d.why(payment.paymentId)).includes(isOld));
    await expect(d.record(payment)).rejects.toThrow('too old');
    // A check of long ago is old on the day that it comes in; it is kept, and clears nobody.
    const old = await d.givenDeposited();
    await d.screen(old.recipientId, { kyc: 'pending' });
    expect(await d.screen(old.recipientId, { checkedAt: ago((screeningValid_days + 1) * DAY_MS) })).toMatchObject({
      body: { isCleared: false },
    });
    await expect(d.record(old)).rejects.toThrow('is not finished');
  });

  test('is said by its source alone; the check that was made last counts, whichever comes in last', async () => {
    const d = desk();
    const payment = await d.givenDeposited();
    for (const key of [d.keys.operator, d.keys.approver, d.keys.admin])
      expect((await d.screen(payment.payerId, {}, key)).status).toBe(403);
    await d.screen(payment.payerId, { blacklist: 'listed' });
    await d.screen(payment.payerId, { checkedAt: ago(60_000), reference: 'late' });
    await expect(d.record(payment)).rejects.toThrow('on a blacklist');
    expect(await d.look(`/users/${payment.payerId}/screening`)).toMatchObject({
      isCleared: false,
      newest: { blacklist: 'listed', source: 'the screener' },
    });
    expect((await d.screen(payment.payerId, { checkedAt: ago(-3_600_000) })).status).toBe(422);
    expect((await d.screen(randomUUID())).status).toBe(404);
    await refused(d.db.update(screening).set({ blacklist: 'clear' }), /append-only/);
  });

  test('that races with a negative check is before it or excluded', async () => {
    const d = desk();
    const payments = await Promise.all(Array.from({ length: 20 }, () => d.givenDeposited()));
    const outcomes = await Promise.all(
      payments.map(async (payment) => {
        const [intent] = await Promise.all([
          d.record(payment).then(
            (id) => id,
            () => null,
          ),
          d.screen(payment.payerId, { blacklist: 'listed' }),
        ]);
        return { payment, intent };
      }),
    );
    for (const { payment, intent } of outcomes) {
      const { rows } = await d.db.execute<{ after: boolean }>(
        `SELECT e.created_at > s.received_at AS after FROM reactor.effect e JOIN reactor.screening s
         ON s.user_id = '${payment.payerId}' AND s.blacklist = 'listed' WHERE e.subject_id = '${payment.legId}'`,
      );
      expect(rows).toEqual(intent ? [{ after: false }] : []);
    }
  });
});

test('a stranger whose money is given back is screened like anybody', async () => {
  const d = desk();
  expect(REASON).toMatch(/\S/);
  const payment = await d.givenDeposited();
  await d.screen(payment.recipientId, { kyc: 'refused' });
  await expect(d.record(payment, { kind: 'juno_redemption' })).rejects.toThrow('was refused');
});
