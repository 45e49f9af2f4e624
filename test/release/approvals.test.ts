/** Approvals of a release by a program on behalf of a user who signed in, and what the database itself keeps of them. */
import { randomBytes, randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { toFunctionSelector } from 'viem';
import { describe, expect, test } from 'vitest';
import { loadView } from '../../src/reactor/advance/load.ts';
import {
  approvalLink,
  auditLog,
  destination,
  guardSwitch,
  releaseApproval,
  releaseOrder,
  releaseWithdrawal,
} from '../../src/reactor/db/schema.ts';
import { assertApproved } from '../../src/reactor/release/standing.ts';
import { isDue, rest } from '../support/due.ts';
import { refused } from '../support/refused.ts';
import { bringLeg, decided, giveRelease, orderBack, useReleaseDesk } from './desk.ts';

const desk = useReleaseDesk();
const db = () => desk.world().db;
const approvalsSeen = async (paymentId: string) =>
  ((await loadView(desk.world().ctx, paymentId))?.legs[0]?.approvals ?? []).map(({ party }) => party);
const asked = (legId: string) => db().transaction((tx) => assertApproved(tx, desk.world().ctx, legId));

test('before its date a custody is cancelled where two people ordered all of it back, and released where not', async () => {
  const ends = (legId: string, early: 'release' | 'cancel') =>
    db().transaction((tx) => assertApproved(tx, desk.world().ctx, legId, { early }));
  const approved = async () => {
    const payment = await desk.give('approvals', 150_000n);
    for (const party of ['payer', 'recipient'] as const) await desk.approve(payment, party);
    return payment;
  };
  const { legId } = await approved();
  await ends(legId, 'release');
  await expect(ends(legId, 'cancel')).rejects.toThrow('cancelled where all of it was ordered back');
  const back = await approved();
  await orderBack(db(), back, 150_000n);
  await ends(back.legId, 'cancel');
  await expect(ends(back.legId, 'release')).rejects.toThrow('released where not');
  const part = await approved();
  await orderBack(db(), part, 149_999n);
  for (const early of ['release', 'cancel'] as const) await expect(ends(part.legId, early)).rejects.toThrow();
});

describe('an approval', () => {
  test('by each of the two lets the release out, and an audit line says who gave it for whom', async () => {
    const payment = await desk.give();
    await expect(asked(payment.legId)).rejects.toThrow('payer and recipient');
    const given = await desk.approve(payment, 'payer');
    expect(given).toMatchObject({ status: 201, body: { party: 'payer', legId: payment.legId } });
    await expect(asked(payment.legId)).rejects.toThrow('the approval of recipient');
    await rest(db(), payment.paymentId);
    await desk.approve(payment, 'recipient');
    expect(await isDue(db(), payment.paymentId)).toBe(true);
    await asked(payment.legId);
    expect(await approvalsSeen(payment.paymentId)).toEqual(['payer', 'recipient']);
    const lines = await db()
      .select()
      .from(auditLog)
      .where(eq(auditLog.subject, `payment:${payment.paymentId}`));
    expect(lines.map(({ command, detail }) => [command, detail])).toEqual([
      ['payment approve', expect.objectContaining({ party: 'payer', user: payment.payerId })],
      ['payment approve', expect.objectContaining({ party: 'recipient', user: payment.recipientId })],
    ]);
    expect((await desk.list(payment)).body).toMatchObject({
      approvals: [{ party: 'payer', until: null, withdrawnAt: null }, { party: 'recipient' }],
      links: [],
    });
  });

  test('is given by the application that users sign in to, and by nobody of ours', async () => {
    const payment = await desk.give();
    const { viewer, operator, approver, admin, screener } = desk.world().keys;
    for (const key of [viewer, operator, approver, admin, screener])
      expect((await desk.approve(payment, 'payer', {}, key)).status).toBe(403);
    expect(await approvalsSeen(payment.paymentId)).toEqual([]);
  });

  test('is of the user that the payment names', async () => {
    const payment = await desk.give();
    for (const userId of [payment.recipientId, randomUUID()])
      expect(await desk.approve(payment, 'payer', { userId })).toMatchObject({
        status: 403,
        body: { code: 'not_the_party' },
      });
  });

  test('stands once; where it stands already, or the date decides alone, nothing is written', async () => {
    const payment = await desk.give();
    await desk.approve(payment, 'payer');
    expect(await desk.approve(payment, 'payer')).toMatchObject({ status: 409, body: { code: 'already_approved' } });
    expect(await desk.approve(await desk.give('date'), 'payer')).toMatchObject({
      body: { code: 'approval_not_asked' },
    });
  });

  test('of money that has left its custody, or goes back to the payer, is of nothing', async () => {
    const gone = await desk.give();
    await bringLeg(db(), gone.legId, 'released');
    const back = await desk.give();
    await orderBack(db(), back);
    const other = await desk.give();
    await db().update(destination).set({ differs: true }).where(eq(destination.id, other.destinationId));
    for (const payment of [gone, back, other])
      expect(await desk.approve(payment, 'payer')).toMatchObject({ status: 409, body: { code: 'nothing_to_approve' } });
  });

  test('of an account that changed since counts no more', async () => {
    const payment = await desk.give();
    await desk.approve(payment, 'payer');
    await desk.approve(payment, 'recipient');
    await asked(payment.legId);
    await db().update(destination).set({ differs: true }).where(eq(destination.id, payment.destinationId));
    await expect(asked(payment.legId)).rejects.toThrow('payer and recipient');
    expect(await approvalsSeen(payment.paymentId)).toEqual([]);
  });

  test('is only tried with dryRun', async () => {
    const payment = await desk.give();
    const tried = await desk.answer(
      desk
        .world()
        .post(
          `/api/v1/payments/${payment.paymentId}/approvals?dryRun=true`,
          { party: 'payer', userId: payment.payerId },
          { key: desk.world().keys.agent },
        ),
    );
    expect(tried).toMatchObject({ status: 200, body: { dryRun: true, party: 'payer' } });
    expect(await approvalsSeen(payment.paymentId)).toEqual([]);
  });

  test('from before a recovery counts no more: what was withdrawn after the backup is not known', async () => {
    const payment = await desk.give();
    await desk.approve(payment, 'payer');
    expect(await approvalsSeen(payment.paymentId)).toEqual(['payer']);
    await db()
      .update(guardSwitch)
      .set({ changedBy: 'test', changedAt: sql`reactor.now()` })
      .where(eq(guardSwitch.name, 'recovery'));
    expect(await approvalsSeen(payment.paymentId)).toEqual([]);
    expect((await desk.approve(payment, 'payer')).status).toBe(201);
    expect(await approvalsSeen(payment.paymentId)).toEqual(['payer']);
  });
});

describe('an approval that is taken back', () => {
  test('counts no more, may be given again, and is taken back once', async () => {
    const payment = await desk.give();
    const { body } = await desk.approve(payment, 'payer');
    expect((await desk.withdraw(payment, body['id'])).status).toBe(201);
    expect(await approvalsSeen(payment.paymentId)).toEqual([]);
    expect(await desk.withdraw(payment, body['id'])).toMatchObject({ body: { code: 'approval_withdrawn' } });
    expect((await desk.approve(payment, 'payer')).status).toBe(201);
    expect((await desk.list(payment)).body['approvals']).toMatchObject([
      { withdrawnAt: expect.any(String) },
      { withdrawnAt: null },
    ]);
  });

  test('by anybody on duty too, and by nobody else; and not by way of another payment', async () => {
    const payment = await desk.give();
    const { body } = await desk.approve(payment, 'payer');
    expect((await desk.withdraw(payment, body['id'], desk.world().keys.viewer)).status).toBe(403);
    expect((await desk.withdraw(await desk.give(), body['id'])).status).toBe(404);
    expect((await desk.withdraw(payment, body['id'], desk.world().keys.operator)).status).toBe(201);
  });

  test('while its release is recorded, but not once that was signed or is done', async () => {
    for (const [state, status] of [
      ['recorded', 201],
      ['sending', 409],
      ['confirmed', 409],
    ] as const) {
      const payment = await desk.give();
      const { body } = await desk.approve(payment, 'payer');
      await desk.approve(payment, 'recipient');
      await bringLeg(db(), payment.legId, 'releasing');
      await giveRelease(db(), payment, state);
      expect((await desk.withdraw(payment, body['id'])).status, state).toBe(status);
      if (status === 409)
        await refused(
          db()
            .insert(releaseWithdrawal)
            .values({ approvalId: String(body['id']), withdrawnBy: 'x', reason: 'x' }),
          /is on its way/,
        );
    }
  });
});

describe('the database refuses', () => {
  test('a release that is signed without the approvals that its policy asks for at any date', async () => {
    const payment = await desk.give('approvals');
    await bringLeg(db(), payment.legId, 'releasing');
    await refused(giveRelease(db(), payment, 'sending'), /lacks an approval/);
    for (const party of ['payer', 'recipient'] as const) {
      const other = await desk.give('date_and_approvals');
      await desk.approve(other, party);
      await bringLeg(db(), other.legId, 'releasing');
      await refused(giveRelease(db(), other, 'sending'), /lacks an approval/);
    }
  });

  test('no release that is made again once its leg is back at Juno, where nobody can approve it any more', async () => {
    const payment = await desk.give('approvals');
    await bringLeg(db(), payment.legId, 'released');
    await expect(asked(payment.legId)).rejects.toThrow('lacks the approval of payer and recipient');
    await refused(giveRelease(db(), payment, 'sending'), /lacks an approval/);
    const again = await desk.give('approvals');
    await bringLeg(db(), again.legId, 'returned');
    await asked(again.legId);
    await giveRelease(db(), again, 'sending');
    // Before its date it is signed for all the same.
    const early = await desk.give('approvals');
    await bringLeg(db(), early.legId, 'returned');
    const signed = { data: `${toFunctionSelector('releaseEarly(uint256,address,uint64,bytes)')}00` };
    await refused(giveRelease(db(), early, 'sending', signed), /lacks an approval/);
  });

  test('a cancellation before its date of what two people did not order back in full', async () => {
    const cancelled = { data: `${toFunctionSelector('cancelEarly(uint256,address,uint64,bytes)')}00` };
    for (const part of [null, 149_999n, 150_000n]) {
      const payment = await desk.give('date', 150_000n);
      if (part !== null) await orderBack(db(), payment, part);
      await bringLeg(db(), payment.legId, 'releasing');
      const signed = giveRelease(db(), payment, 'sending', cancelled);
      if (part === 150_000n) await signed;
      else await refused(signed, /was ordered by nobody/);
    }
  });

  test('an approval by another user, of another leg, or of what needs none', async () => {
    const payment = await desk.give();
    const other = await desk.give();
    const date = await desk.give('date');
    const row = {
      ...{ id: randomUUID(), paymentId: payment.paymentId, legId: payment.legId, party: 'payer' as const },
      ...{ userId: payment.payerId, givenBy: 'x', valid: 1 },
    };
    for (const wrong of [
      { userId: payment.recipientId },
      { legId: other.legId },
      { paymentId: other.paymentId },
      { paymentId: date.paymentId, legId: date.legId, userId: date.payerId },
    ])
      await refused(
        db()
          .insert(releaseApproval)
          .values({ ...row, ...wrong }),
        /is not for user/,
      );
    await refused(
      db()
        .insert(releaseApproval)
        .values({ ...row, valid: 0 }),
      /release_approval_valid/,
    );
    await db().insert(releaseApproval).values(row);
    await refused(db().update(releaseApproval).set({ valid: 2 }), /append-only/);
    await refused(db().delete(releaseApproval), /append-only/);
  });

  test('a link that changes its terms, that is used too late or more than once, or whose token is not hidden', async () => {
    const payment = await desk.give();
    const link = (given: object = {}) => ({
      ...{ id: randomUUID(), paymentId: payment.paymentId, legId: payment.legId, party: 'payer' as const },
      ...{
        tokenHash: randomBytes(32).toString('hex'),
        createdBy: 'x',
        expiresAt: new Date(Date.now() + 60_000),
        ...given,
      },
    });
    await refused(
      db()
        .insert(approvalLink)
        .values(link({ tokenHash: 'kal_secret' })),
      /approval_link_hash/,
    );
    await refused(
      db()
        .insert(approvalLink)
        .values(link({ expiresAt: new Date(0) })),
      /approval_link_in_time/,
    );
    const row = link();
    await db().insert(approvalLink).values(row);
    const approval = {
      ...{ id: randomUUID(), paymentId: payment.paymentId, legId: payment.legId, party: 'payer' as const },
      ...{ userId: payment.payerId, givenBy: 'x', valid: 1, linkId: row.id },
    };
    await refused(db().insert(releaseApproval).values(approval), /is not for this approval/);
    const set = (change: object) => db().update(approvalLink).set(change).where(eq(approvalLink.id, row.id));
    await refused(set({ party: 'recipient' }), /stays as it is/);
    await refused(set({ usedAt: new Date(Date.now() + 120_000) }), /approval_link_in_time/);
    await refused(set({ usedAt: new Date(), revokedAt: new Date() }), /approval_link_once/);
    await set({ usedAt: new Date() });
    await refused(set({ usedAt: new Date() }), /stays as it is/);
    await refused(db().delete(approvalLink).where(eq(approvalLink.id, row.id)), /append-only/);
    await db().insert(releaseApproval).values(approval);
    await refused(
      db()
        .insert(releaseApproval)
        .values({ ...approval, id: randomUUID() }),
      /release_approval_link_once/,
    );
  });

  test('that a leg is let out by a proposal that is not its own payment’s, or is not decided', async () => {
    const payment = await desk.give();
    const subject = `payment:${payment.paymentId}`;
    const wrong = [
      await decided(db(), 'payment release', `payment:${randomUUID()}`),
      await decided(db(), 'payment refund', subject),
    ];
    for (const proposalId of wrong)
      await refused(db().insert(releaseOrder).values({ legId: payment.legId, proposalId }), /two people let leg/);
    const proposalId = await decided(db(), 'payment release', subject);
    await db().insert(releaseOrder).values({ legId: payment.legId, proposalId });
    await refused(db().delete(releaseOrder), /append-only/);
  });
});

describe('a release over the amount of four eyes', () => {
  const propose = (paymentId: string, how: { idempotencyKey?: string } = {}) =>
    desk.answer(
      desk.world().post(`/api/v1/payments/${paymentId}/proposals`, { do: 'release', reason: 'all is well' }, how),
    );
  const withLimit = async <T>(limit: object | null, work: () => Promise<T>): Promise<T> => {
    const { settings } = desk.world().ctx as { settings: { releaseFourEyes: object | null } };
    settings.releaseFourEyes = limit;
    return work().finally(() => {
      settings.releaseFourEyes = null;
    });
  };

  test('waits for one person who proposes it and another who approves', () =>
    withLimit({ hundredths: 100_000n, unit: 'MXN' }, async () => {
      const payment = await desk.give('date');
      await expect(asked(payment.legId)).rejects.toThrow('the approval of two people');
      const once = { idempotencyKey: randomUUID() };
      const proposed = await propose(payment.paymentId, once);
      const { body } = proposed;
      expect(proposed).toMatchObject({ status: 201, body: { legId: payment.legId, amount: '1500.00' } });
      await expect(asked(payment.legId)).rejects.toThrow('the approval of two people');
      const path = `/api/v1/proposals/${body['id']}/approve`;
      const approve = (key: string) => desk.answer(desk.world().post(path, { reason: 'seen' }, { key }));
      expect((await approve(desk.world().keys.operator)).status).toBe(403);
      expect(await approve(desk.world().keys.approver)).toMatchObject({
        status: 201,
        body: { command: 'payment release' },
      });
      await asked(payment.legId);
      expect(await propose(payment.paymentId)).toMatchObject({ status: 409, body: { code: 'release_needs_one' } });
      expect(await propose(payment.paymentId, once)).toEqual(proposed);
    }));

  test('is one of exactly more than it; in UDIs without a rate it is any', async () => {
    const payment = await desk.give('date');
    await withLimit({ hundredths: 150_000n, unit: 'MXN' }, async () => {
      await asked(payment.legId);
      expect(await propose(payment.paymentId)).toMatchObject({ status: 409, body: { code: 'release_needs_one' } });
    });
    await withLimit({ hundredths: 999_999_999n, unit: 'UDI' }, () =>
      expect(asked(payment.legId)).rejects.toThrow('two people'),
    );
    await asked(payment.legId);
  });
});
