/** Links that approve one release once. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { approvalLink, auditLog, destination, idempotency, releaseApproval } from '../../src/reactor/db/schema.ts';
import { makeLink } from '../../src/reactor/release/links.ts';
import { bringLeg, orderBack, useReleaseDesk } from './desk.ts';

const desk = useReleaseDesk();
const db = () => desk.world().db;
type Given = Awaited<ReturnType<typeof desk.give>>;

const make = (payment: Given, party: 'payer' | 'recipient' = 'payer', how: object = {}) =>
  desk.answer(
    desk
      .world()
      .post(
        `/api/v1/payments/${payment.paymentId}/approval-links`,
        { party },
        { key: desk.world().keys.agent, ...how },
      ),
  );
const tokenFor = async (payment: Given, party: 'payer' | 'recipient' = 'payer') =>
  String((await make(payment, party)).body['token']);
/** Without any API key: whoever has the token may. */
const use = (token: string, path = '/approve') =>
  desk.answer(
    desk.world().app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    }),
  );
const given = async ({ legId }: Given) =>
  (await db().select().from(releaseApproval).where(eq(releaseApproval.legId, legId))).map(({ party }) => party);

describe('a link', () => {
  test('approves the release that it is for, as the party that it is for, and says before what that is', async () => {
    const payment = await desk.give();
    const token = await tokenFor(payment);
    expect(await use(token, '/approve/look')).toMatchObject({
      status: 200,
      body: { party: 'payer', amount: '1500.00', to: expect.stringMatching(/^\D*\d{0,4}\D+\d{4}$/), concept: 'prueba' },
    });
    expect(await use(token)).toMatchObject({ status: 201, body: { approved: true, party: 'payer' } });
    expect(await given(payment)).toEqual(['payer']);
    expect((await desk.list(payment)).body).toMatchObject({
      approvals: [{ party: 'payer', userId: payment.payerId }],
      links: [{ party: 'payer', usedAt: expect.any(String), revokedAt: null }],
    });
    const commands = (
      await db()
        .select()
        .from(auditLog)
        .where(eq(auditLog.subject, `payment:${payment.paymentId}`))
    ).map(({ command }) => command);
    expect(commands).toEqual(['payment approval-link', 'payment approve']);
  });

  test('is made by the application that users sign in to alone: nobody of the house speaks for payer and recipient', async () => {
    const payment = await desk.give();
    for (const role of ['viewer', 'operator', 'approver', 'admin', 'screener'] as const)
      for (const party of ['payer', 'recipient'] as const)
        expect(await make(payment, party, { key: desk.world().keys[role] })).toMatchObject({
          status: 403,
          body: { code: 'wrong_role' },
        });
    const operator = { id: randomUUID(), name: 'the operator', role: 'operator' as const };
    const byHand = { actor: operator, paymentId: payment.paymentId, party: 'payer' as const, reason: 'for me' };
    await expect(db().transaction((tx) => makeLink(tx, desk.world().ctx, byHand))).rejects.toThrow(
      /by the application/,
    );
    expect((await desk.list(payment)).body).toMatchObject({ approvals: [], links: [] });
    expect(await make(payment, 'payer')).toMatchObject({ status: 201 });
    expect((await make(await desk.give('date'))).body['code']).toBe('approval_not_asked');
  });

  test('that is used twice approves once, also at the same moment', async () => {
    const payment = await desk.give();
    const token = await tokenFor(payment);
    const both = await Promise.all([use(token), use(token)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await use(token)).toMatchObject({ status: 409, body: { code: 'link_over' } });
    expect(await given(payment)).toEqual(['payer']);
  });

  test('of one payment approves no other: a token is a signature of its own payment, leg and party', async () => {
    const [payment, other] = [await desk.give(), await desk.give()];
    const [mine, theirs] = [await tokenFor(payment), await tokenFor(other, 'recipient')];
    // A signature may have a “_” in it.
    const [id, signature] = [mine.slice(4, 36), mine.slice(37)];
    const [otherId, otherSignature] = [theirs.slice(4, 36), theirs.slice(37)];
    for (const forged of [
      `kal_${id}_${otherSignature}`,
      `kal_${otherId}_${signature}`,
      `kal_${randomUUID().replaceAll('-', '')}_${signature}`,
      `${mine}x`,
      'kal_',
    ])
      expect(await use(forged), forged).toMatchObject({ status: 404, body: { code: 'link_not_found' } });
    expect([...(await given(payment)), ...(await given(other))]).toEqual([]);
  });

  test('that expired, or was revoked, approves nothing', async () => {
    const payment = await desk.give();
    const late = await make(payment);
    // Dated back as a whole: a link keeps its terms.
    await db().execute(sql`ALTER TABLE reactor.approval_link DISABLE TRIGGER approval_link_guard`);
    await db()
      .update(approvalLink)
      .set({ createdAt: new Date(0), expiresAt: new Date(1) })
      .where(eq(approvalLink.id, String(late.body['id'])));
    await db().execute(sql`ALTER TABLE reactor.approval_link ENABLE TRIGGER approval_link_guard`);
    const over = await use(String(late.body['token']));
    expect(over).toMatchObject({ status: 409, body: { detail: expect.stringContaining('could be used until') } });
    const { body } = await make(payment);
    const path = (one: Given) => `/api/v1/payments/${one.paymentId}/approval-links/${body['id']}/revoke`;
    const revoke = (one: Given) => desk.answer(desk.world().post(path(one), { reason: 'sent to the wrong person' }));
    expect((await revoke(await desk.give())).status).toBe(404);
    expect((await revoke(payment)).status).toBe(201);
    expect((await revoke(payment)).status).toBe(409);
    expect(await use(String(body['token']))).toMatchObject({ status: 409, body: { code: 'link_over' } });
    expect(await given(payment)).toEqual([]);
  });

  test('to money that left meanwhile, goes back to the payer, or would go to an account that changed since, approves nothing', async () => {
    const [gone, back, other] = [await desk.give(), await desk.give(), await desk.give()];
    const tokens = [await tokenFor(gone), await tokenFor(back), await tokenFor(other)];
    await bringLeg(db(), gone.legId, 'releasing');
    await orderBack(db(), back);
    await db().update(destination).set({ differs: true }).where(eq(destination.id, other.destinationId));
    for (const token of tokens)
      expect(await use(token)).toMatchObject({ status: 409, body: { code: 'nothing_to_approve' } });
    // It was not used up by that.
    expect(
      await db().$count(
        approvalLink,
        sql`used_at IS NOT NULL AND payment_id IN (${gone.paymentId}, ${back.paymentId})`,
      ),
    ).toBe(0);
  });

  test('has its token in the answer that made it, repeated or not, and stored nowhere', async () => {
    const payment = await desk.give();
    const idempotencyKey = randomUUID();
    const first = await make(payment, 'payer', { idempotencyKey });
    expect(await make(payment, 'payer', { idempotencyKey })).toEqual(first);
    const token = String(first.body['token']);
    const kept = [
      await db().select().from(approvalLink),
      await db().select().from(idempotency),
      await db().select().from(auditLog),
    ];
    expect(JSON.stringify(kept)).not.toContain(token.slice(37));
    await use(token);
    expect(desk.world().logged.join('\n')).not.toContain(token.slice(37));
  });
});
