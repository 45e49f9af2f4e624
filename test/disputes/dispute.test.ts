import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { loadView } from '../../src/reactor/advance/load.ts';
import {
  dispute,
  disputeResolution,
  hold,
  leg,
  payment as paymentTable,
  person,
  refundOrder,
} from '../../src/reactor/db/schema.ts';
import { assertGuards } from '../../src/reactor/guards/check.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { DISPUTE_LIMITS } from '../../src/reactor/payment/disputed.ts';
import { bringLeg, giveRelease } from '../release/desk.ts';
import { until } from '../sandbox/support/sandbox.ts';
import { isDue, rest } from '../support/due.ts';
import { refused } from '../support/refused.ts';
import { PAYER_CLABE, SAID, useDisputeDesk, WHY } from './desk.ts';

const desk = useDisputeDesk();
const named = (d: ReturnType<typeof desk>, payerId: string) =>
  d.db
    .insert(person)
    .values({ userId: payerId, fullName: 'Paula Pagadora', email: 'paula@example.com' })
    .onConflictDoNothing();

describe('opening a dispute', () => {
  test('holds the payment in the same moment, tells what is held, and is in its timeline and in the audit log', async () => {
    const d = desk();
    const { paymentId, legId } = await d.given();
    await rest(d.db, paymentId);
    const { status, body } = await d.open(paymentId);
    expect(await isDue(d.db, paymentId)).toBe(true);
    expect(status).toBe(201);
    expect(body).toMatchObject({ held: [{ legId, amount: '1500.00', note: 'stays where it is' }], left: [] });
    await expect(d.record({ paymentId, legId })).rejects.toThrow('open dispute');
    expect(await d.why(paymentId)).toContain('waits for the dispute to be closed');
    const shown = await d.look(`/payments/${paymentId}`);
    expect(shown).toMatchObject({
      status: 'on_hold',
      disputes: [{ id: body['id'], state: 'open', openedBy: 'payer', appealableUntil: null }],
    });
    expect(JSON.stringify(shown)).not.toContain(SAID);
    expect(shown['timeline']).toContainEqual(
      expect.objectContaining({ source: 'dispute', what: 'disputed by payer: not_received' }),
    );
    expect((await d.audited(`payment:${paymentId}`)).at(-1)).toEqual(['the operator', 'dispute open', WHY]);
    const [held] = await d.db.select().from(hold).where(eq(hold.paymentId, paymentId));
    expect(await d.letGo(held?.id, d.keys.admin)).toMatchObject({ body: { code: 'hold_is_dispute' } });
    await expect(
      d.db.update(hold).set({ closedAt: new Date() }).where(eq(hold.paymentId, paymentId)),
    ).rejects.toThrow();
  });

  test('that is only tried changes nothing, and who may not stop money may not dispute', async () => {
    const d = desk();
    const { paymentId } = await d.given();
    expect((await d.open(paymentId, {}, d.keys.viewer)).status).toBe(403);
    const terms = { payment: paymentId, by: 'payer', reasonCode: 'not_received', statement: SAID, reason: WHY };
    const tried = await d.ask('POST', '/disputes?dryRun=true', terms);
    expect(tried).toMatchObject({ status: 200, body: { dryRun: true } });
    expect(await d.look(`/disputes?payment=${paymentId}`)).toEqual({ disputes: [] });
    expect(await d.look('/disputes')).not.toMatchObject({ disputes: [{ paymentId }] });
  });

  test('is refused twice, of nothing, and of what has left; each refusal says so', async () => {
    const d = desk();
    const payment = await d.given();
    const id = await d.opened(payment.paymentId);
    expect((await d.open(payment.paymentId)).body).toMatchObject({
      code: 'disputed_already',
      detail: expect.stringContaining(id),
    });
    expect((await d.open(randomUUID())).body).toMatchObject({ code: 'payment_not_found' });
    const waiting = await d.givenDeposited();
    await d.db.execute(sql`ALTER TABLE reactor.leg DISABLE TRIGGER USER`);
    await d.db.update(leg).set({ state: 'requested' }).where(eq(leg.id, waiting.legId));
    expect((await d.open(waiting.paymentId)).body).toMatchObject({ code: 'nothing_to_dispute' });
    const paid = await d.given();
    await d.db.update(leg).set({ state: 'completed' }).where(eq(leg.id, paid.legId));
    await d.db.execute(sql`ALTER TABLE reactor.leg ENABLE TRIGGER USER`);
    expect((await d.open(paid.paymentId)).body).toMatchObject({
      code: 'nothing_to_dispute',
      detail: expect.stringContaining('the custody leg is completed'),
    });
    expect((await d.open(payment.paymentId, { reasonCode: 'Ana Ruiz lied' })).status).toBe(422);
    expect((await d.open(payment.paymentId, { statement: 'x'.repeat(DISPUTE_LIMITS.text + 1) })).status).toBe(422);
  });

  test('waits for an intent that is being recorded: it is seen, or never made', async () => {
    const d = desk();
    const payment = await d.given();
    await d.db.execute(sql`ALTER TABLE reactor.leg DISABLE TRIGGER USER`);
    await d.db.update(leg).set({ state: 'redeeming' }).where(eq(leg.id, payment.legId));
    await d.db.execute(sql`ALTER TABLE reactor.leg ENABLE TRIGGER USER`);
    const opened = await d.db.transaction(async (tx) => {
      await assertGuards(tx, { paymentId: payment.paymentId, legId: payment.legId, switches: [] });
      const later = d.open(payment.paymentId);
      let isDone = false;
      void later.then(() => {
        isDone = true;
      });
      await until('it waits', async () => {
        const { rows } = await d.db.execute<{ waiting: number }>(
          sql`SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted`,
        );
        return isDone || (rows[0]?.waiting ?? 0) > 0;
      });
      await tx.update(leg).set({ state: 'completed' }).where(eq(leg.id, payment.legId));
      return { later };
    });
    // What it finds is what there is once it has its turn.
    expect((await opened.later).body).toMatchObject({ code: 'nothing_to_dispute' });
  });

  test('what is recorded and unsent gives way at the next look', async () => {
    const d = desk();
    const payment = await d.given();
    const effectId = await d.record(payment);
    const write = (step: 'deposit' | 'issuance' | 'juno_withdrawal', of: object) =>
      d.db.transaction((tx) =>
        writeEntry(tx, {
          ...{ id: randomUUID(), key: `${step}:${payment.legId}`, paymentId: payment.paymentId, effectId: null },
          ...{ state: 'posted', postings: JOURNEY[step](centavos(payment.amount)), ...of },
        }),
      );
    await write('deposit', {});
    await write('issuance', {});
    await write('juno_withdrawal', { effectId, state: 'pending' });
    await d.db.update(leg).set({ state: 'withdrawing' }).where(eq(leg.id, payment.legId));
    await d.opened(payment.paymentId);
    expect(await d.send(payment.paymentId, effectId)).toBe(0);
    await d.advance(payment.paymentId);
    expect(await d.stateOf(effectId)).toBe('dead');
    expect((await d.legsOf(payment.paymentId)).map(({ state }) => state)).toEqual(['deposited']);
  });

  test('leaves alone a commission that is earned, and tells that it has left', async () => {
    const d = desk();
    const { paymentId, legId, destinationId } = await d.given(150_000n);
    const fee = randomUUID();
    await d.db.execute(sql`ALTER TABLE reactor.leg DISABLE TRIGGER ALL`);
    await d.db.insert(leg).values({
      ...{ id: fee, paymentId, kind: 'commission', state: 'reserved', amount: 20_000n, destinationId },
      ...{ rail: 'bank_redemption', reference: `0x${'c'.repeat(64)}`, cause: 'the test' },
    });
    await d.db.execute(sql`ALTER TABLE reactor.leg ENABLE TRIGGER ALL`);
    for (const step of ['deposit', 'issuance', 'earned'] as const)
      await d.db.transaction((tx) =>
        writeEntry(tx, {
          ...{ id: randomUUID(), key: `${step}:${fee}:1`, paymentId, effectId: null, state: 'posted' },
          postings: JOURNEY[step](centavos(20_000n)),
        }),
      );
    const { body } = await d.open(paymentId);
    expect(body).toMatchObject({ held: [{ legId }], left: [{ legId: fee, kind: 'commission' }] });
  });

  test('excludes what people would do with its money by hand', async () => {
    const d = desk();
    const payment = await d.given();
    await named(d, payment.payerId);
    const { payout } = await d.accountOf(payment);
    await d.opened(payment.paymentId);
    const asked = await d.ask('POST', `/payments/${payment.paymentId}/proposals`, {
      ...{ do: 'refund', what: 'full', payout, reason: WHY },
    });
    expect(asked.body).toMatchObject({ code: 'payment_disputed' });
  });
});

describe('evidence', () => {
  test('is a text and names of files, whoever may read it; bounded', async () => {
    const d = desk();
    const { paymentId } = await d.given();
    const id = await d.opened(paymentId);
    const files = [{ name: 'photo of the box.jpg', sha256: 'a'.repeat(64) }];
    expect((await d.say(id, 'evidence', { by: 'recipient', text: 'It was sent.', files })).status).toBe(201);
    expect(await d.look(`/disputes/${id}`, d.keys.operator)).toMatchObject({
      statement: SAID,
      evidence: [{ by: 'recipient', text: 'It was sent.', files }],
    });
    expect(JSON.stringify(await d.look(`/disputes/${id}`))).not.toContain('It was sent.');
    expect((await d.say(id, 'evidence', { files: Array(11).fill(files[0]) })).status).toBe(422);
    expect((await d.say(id, 'evidence', { files: [{ name: 'x', sha256: 'short' }] })).status).toBe(422);
    expect((await d.say(randomUUID(), 'evidence')).body).toMatchObject({ code: 'dispute_not_found' });
  });
});

describe('a decision', () => {
  test('is two people’s, names the payer’s own verified account, and shows to the centavo what it comes to', async () => {
    const d = desk();
    const payment = await d.given();
    await named(d, payment.payerId);
    const id = await d.opened(payment.paymentId);
    expect((await d.propose(id, { outcome: 'payer' })).body).toMatchObject({ code: 'refund_account_missing' });
    const stranger = { clabe: PAYER_CLABE, legalName: 'Somebody Else' };
    expect((await d.propose(id, { outcome: 'payer', payout: stranger })).body).toMatchObject({
      code: 'not_the_payers_account',
    });
    const { payout } = await d.accountOf(payment);
    const wrong: object[] = [
      { outcome: 'split', payout },
      { outcome: 'split', payout, payer: { amount: '1500.00' } },
      { outcome: 'payer', payout, payer: { basisPoints: 5 } },
    ];
    for (const terms of wrong) expect((await d.propose(id, terms)).body).toMatchObject({ code: 'bad_split' });
    const asked = [id, { outcome: 'split', payout, payer: { basisPoints: 3_333 } }, randomUUID()] as const;
    const made = await d.propose(...asked);
    expect(made.body).toMatchObject({ toPayer: '499.95', toOthers: '1000.05' });
    expect((await d.approve(made.body['id'], d.keys.operator)).status).toBe(403);
    await rest(d.db, payment.paymentId);
    expect((await d.approve(made.body['id'])).status).toBe(201);
    expect(await isDue(d.db, payment.paymentId)).toBe(true);
    expect(await d.look(`/disputes/${id}`)).toMatchObject({
      state: 'resolved',
      appealableUntil: expect.any(String),
      resolutions: [{ outcome: 'split', payerBasisPoints: 3_333, appeal: null }],
    });
    expect((await d.propose(id, { outcome: 'recipient' })).body).toMatchObject({ code: 'dispute_not_open' });
    expect(await d.propose(...asked)).toEqual(made);
    await d.advance(payment.paymentId);
    await expect(d.record(payment)).rejects.toThrow('open dispute');
    expect(await d.why(payment.paymentId)).toMatch(/waits for/);
  });

  test.each([
    ['recipient', {}, []],
    ['payer', {}, [150_000n]],
    ['split', { payer: { amount: '500.01' } }, [50_001n]],
  ])('for the %s is carried out when nobody has appealed in time, once', async (outcome, terms, ordered) => {
    const d = desk();
    d.appealFor(0);
    const payment = await d.given();
    await named(d, payment.payerId);
    const id = await d.opened(payment.paymentId);
    const { payout } = await d.accountOf(payment);
    await d.decide(id, { outcome, ...terms, ...(outcome === 'recipient' ? {} : { payout }) });
    await Promise.all([d.advance(payment.paymentId), d.advance(payment.paymentId)]);
    await d.advance(payment.paymentId);
    const [row] = await d.db.select().from(dispute).where(eq(dispute.id, id));
    expect(row).toMatchObject({ state: 'final', finalAt: expect.any(Date) });
    expect(
      (
        await d.db
          .select()
          .from(hold)
          .where(eq(hold.id, row?.holdId ?? ''))
      )[0]?.closedAt,
    ).not.toBeNull();
    const orders = await d.db.select().from(refundOrder).where(eq(refundOrder.legId, payment.legId));
    expect(orders.map(({ amount }) => amount)).toEqual(ordered);
    expect((await d.open(payment.paymentId)).body).toMatchObject({ code: 'dispute_decided' });
    expect((await d.say(id, 'evidence')).body).toMatchObject({ code: 'dispute_not_open' });
    expect((await d.audited(`dispute:${id}`)).at(-1)).toEqual([
      'the reactor',
      'dispute final',
      'nobody appealed in time',
    ]);
  });
});

test('a decision that is final stands for the approvals that the terms ask for', async () => {
  const d = desk();
  d.appealFor(0);
  const [payment, other] = [await d.given(), await d.given()];
  await d.db.execute(sql`ALTER TABLE reactor.payment DISABLE TRIGGER USER`);
  for (const { paymentId } of [payment, other])
    await d.db.update(paymentTable).set({ releasePolicy: 'approvals' }).where(eq(paymentTable.id, paymentId));
  await d.db.execute(sql`ALTER TABLE reactor.payment ENABLE TRIGGER USER`);
  const isOver = async () => (await loadView(d.ctx, payment.paymentId))?.payment.isDisputeOver;
  const id = await d.opened(payment.paymentId);
  await d.decide(id, { outcome: 'recipient' });
  expect(await isOver()).toBe(false);
  await until('final', async () => {
    await d.advance(payment.paymentId);
    return isOver();
  });
  for (const { legId } of [payment, other]) await bringLeg(d.db, legId, 'releasing');
  await giveRelease(d.db, payment, 'sending');
  await refused(giveRelease(d.db, other, 'sending'), /lacks an approval/);
});

describe('an appeal', () => {
  test('opens it again, once a side', async () => {
    const d = desk();
    d.appealFor(3_600);
    const payment = await d.given();
    const id = await d.opened(payment.paymentId);
    expect((await d.say(id, 'appeals')).body).toMatchObject({ code: 'dispute_not_open' });
    await d.decide(id, { outcome: 'recipient' });
    expect((await d.say(id, 'appeals')).status).toBe(201);
    await d.advance(payment.paymentId);
    expect(await d.look(`/disputes/${id}`)).toMatchObject({
      state: 'open',
      resolutions: [{ appeal: { by: 'payer' } }],
    });
    await d.decide(id, { outcome: 'recipient' });
    expect((await d.say(id, 'appeals')).body).toMatchObject({ code: 'appealed_before' });
    expect((await d.say(id, 'appeals', { by: 'recipient' })).status).toBe(201);
    await d.decide(id, { outcome: 'recipient' });
    await expect(d.record(payment)).rejects.toThrow('open dispute');
  });

  test('of the last second either comes before the end or is refused: never both', async () => {
    const d = desk();
    d.appealFor(1);
    const seen = { appealed: 0, final: 0 };
    await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const payment = await d.given();
        const id = await d.opened(payment.paymentId);
        await d.decide(id, { outcome: 'recipient' });
        const [{ until: end } = { until: new Date() }] = await d.db
          .select({ until: disputeResolution.appealableUntil })
          .from(disputeResolution)
          .where(eq(disputeResolution.disputeId, id));
        await until('the last moment', async () => Date.now() >= end.getTime() - 30 + i * 5);
        const [appeal] = await Promise.all([d.say(id, 'appeals'), d.advance(payment.paymentId)]);
        await d.advance(payment.paymentId);
        const [row] = await d.db.select().from(dispute).where(eq(dispute.id, id));
        const isAppealed = appeal.status === 201;
        expect([isAppealed, row?.state === 'open'], JSON.stringify([appeal.body, row])).toEqual([
          isAppealed,
          isAppealed,
        ]);
        if (isAppealed) seen.appealed++;
        else {
          expect(appeal.body['code']).toMatch(/appeal_too_late|dispute_not_open/);
          await until('final', async () => {
            await d.advance(payment.paymentId);
            return (await d.db.select().from(dispute).where(eq(dispute.id, id)))[0]?.state === 'final';
          });
          seen.final++;
        }
      }),
    );
    expect(seen.appealed + seen.final).toBe(12);
  });
});
