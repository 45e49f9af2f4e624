/** A payment is called off while no money has come for it. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { desc, eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { auditLog, evidence, junoTransaction, leg, payment } from '../../src/reactor/db/schema.ts';
import { loadMatchFacts } from '../../src/reactor/intake/facts.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { cancelPayment } from '../../src/reactor/payment/cancel.ts';
import { useIntakeWorld } from '../intake/use-world.ts';
import { PAYOUT } from '../intake/world.ts';
import { until } from '../sandbox/support/sandbox.ts';

const here = useIntakeWorld();
const REASON = 'they have agreed not to';
const AMOUNT = '1500.00';

async function given(terms: object = {}) {
  const people = await here.world.people();
  return { people, id: await here.world.createPayment(people, AMOUNT, terms) };
}
const cancel = async (
  id: string,
  {
    key,
    path = '',
    idempotencyKey = randomUUID() as string,
  }: { key?: string; path?: string; idempotencyKey?: string } = {},
) => {
  const options = { idempotencyKey, ...(key === undefined ? {} : { key }) };
  const response = await here.world.post(`/api/v1/payments/${id}/cancel${path}`, { reason: REASON }, options);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const statusOf = async (id: string) =>
  ((await (await here.world.get(`/api/v1/payments/${id}`)).json()) as { status: string }).status;
const audited = async (id: string) =>
  (
    await here.world.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.subject, `payment:${id}`))
  ).map(({ command, reason, actor }) => [command, reason, actor.replace(/ \(.*/, '')]);

describe('a payment without a deposit', () => {
  test('is closed with every leg of it, by one person with a reason, and that is audited', async () => {
    const { id } = await given({ custodyBasisPoints: 5_000 });
    expect(await cancel(id)).toMatchObject({ status: 200, body: { id, deposit: AMOUNT, legs: 2, status: 'closed' } });
    expect(await statusOf(id)).toBe('closed');
    expect(await audited(id)).toContainEqual(['payment cancel', REASON, 'the operator']);
    const legs = await here.world.db.select().from(leg).where(eq(leg.paymentId, id));
    expect(legs.map(({ state, cause }) => [state, cause])).toEqual([
      ['closed', 'cancelled'],
      ['closed', 'cancelled'],
    ]);
    // Nothing is left to do, whoever looks.
    await here.world.look();
    expect(await statusOf(id)).toBe('closed');
    const why = (await (await here.world.get(`/api/v1/payments/${id}/why`)).json()) as { decision: string };
    expect(why.decision).toBe('done');
  });

  test('is cancelled once: the same request has the same answer, another is told that it has ended', async () => {
    const { id } = await given();
    const idempotencyKey = randomUUID();
    const [first, again] = [await cancel(id, { idempotencyKey }), await cancel(id, { idempotencyKey })];
    expect(again).toEqual(first);
    expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'payment_ended' } });
    expect((await audited(id)).filter(([command]) => command === 'payment cancel')).toHaveLength(1);
  });

  test('is only looked at with ?dryRun=true, and by a key that may not command not even that', async () => {
    const { id } = await given();
    expect(await cancel(id, { path: '?dryRun=true' })).toMatchObject({ status: 200, body: { dryRun: true, legs: 1 } });
    for (const role of ['viewer', 'agent', 'screener'] as const)
      expect((await cancel(id, { key: here.world.keys[role] })).status).toBe(403);
    expect(await statusOf(id)).toBe('requested');
    expect((await cancel(randomUUID())).status).toBe(404);
  });

  test('is cancelled while a hold is on it: no money moves', async () => {
    const { id } = await given();
    const on = { on: `payment:${id}`, reasonCode: 'drill', sentence: 'is looked into', owner: 'operations' };
    expect((await here.world.post('/api/v1/holds', on)).status).toBe(201);
    expect((await cancel(id)).status).toBe(200);
  });
});

describe('a deposit and a cancellation', () => {
  test('once it is claimed the payment is not cancelled, and is told how it goes back', async () => {
    const { people, id } = await given();
    here.desk.deposit(people.payer.depositClabe, AMOUNT);
    await intake(here.world.ctx);
    const { status, body } = await cancel(id);
    expect([status, body['code']]).toEqual([409, 'deposit_claimed']);
    expect(body['detail']).toContain(`kustodia payment refund ${id}`);
    here.desk.issue(people.payer.depositClabe, AMOUNT);
    await here.world.look();
    expect(await here.world.stateOf(id)).toBe('deposited');
  });

  test('that comes afterwards is late: nobody’s, and for no other payment of the same amount', async () => {
    const { people, id } = await given();
    expect((await cancel(id)).status).toBe(200);
    const terms = { custodySeconds: 5, payout: PAYOUT, concept: 'Renta', amount: AMOUNT };
    const same = { payerId: people.payer.id, recipientId: people.recipient.id, ...terms };
    const made = await here.world.post('/api/v1/payments', same);
    expect([made.status, ((await made.json()) as { code: string }).code]).toEqual([409, 'duplicate_amount']);
    const deposit = here.desk.deposit(people.payer.depositClabe, AMOUNT);
    here.desk.issue(people.payer.depositClabe, AMOUNT);
    await here.world.look();
    expect((await here.world.suspenseOf(deposit))?.reason).toBe('late');
    expect(await statusOf(id)).toBe('closed');
    const assigned = await here.world.post(`/api/v1/suspense/${deposit}/assign`, { paymentId: id, reason: REASON });
    expect([assigned.status, ((await assigned.json()) as { code: string }).code]).toEqual([409, 'payment_not_open']);
    // Now the deposit is told apart, and what they want instead may be asked for.
    expect((await here.world.post('/api/v1/payments', same)).status).toBe(201);
  });

  test('at the same moment: one of them is first, and the other finds that it came too late', async () => {
    for (let n = 0; n < 8; n++) {
      const { people, id } = await given();
      const deposit = here.desk.deposit(people.payer.depositClabe, AMOUNT);
      const [cancelled] = await Promise.all([cancel(id), intake(here.world.ctx)]);
      await here.world.look();
      const state = await here.world.stateOf(id);
      const isLate = (await here.world.suspenseOf(deposit))?.reason === 'late';
      expect([cancelled.status, state, isLate]).toEqual(
        cancelled.status === 200 ? [200, 'closed', true] : [409, 'requested', false],
      );
    }
  });

  test('while the facts are read by which a deposit is matched: the payment is what it was when they began', async () => {
    const { people, id } = await given();
    const { ctx, db } = here.world;
    const deposit = { id: 'one', clabe: people.payer.depositClabe, amount: 150_000n, seenAt: 0 };
    const read = await db.transaction(async (tx) => {
      // What tells which payments have ended is read behind this lock.
      await tx.execute(sql`LOCK TABLE reactor.evidence IN ACCESS EXCLUSIVE MODE`);
      const facts = loadMatchFacts(ctx, [
        { ...deposit, isRefund: false, refundOf: [], isUnexplained: false, senderClabe: null },
      ]);
      await until('the facts wait', async () => {
        const { rows } = await db.execute<{ waiting: number }>(
          sql`SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted AND relation = 'reactor.evidence'::regclass`,
        );
        return (rows[0]?.waiting ?? 0) > 0;
      });
      const actor = { id: 'ana', name: 'Ana', role: 'operator' } as const;
      await cancelPayment(tx, ctx, actor, id, { reason: REASON });
      return { facts };
    });
    const { open, past } = await read.facts;
    expect([open.map((one) => one.id), past]).toEqual([[id], []]);
  });

  test('waits for the deposit that is being claimed, and is refused then', async () => {
    const { id } = await given();
    const cancelling = await here.world.db.transaction(async (tx) => {
      await tx.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, id));
      const cancelled = cancel(id);
      await until('the cancellation waits', async () => {
        const { rows } = await here.world.db.execute<{ waiting: number }>(
          sql`SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted`,
        );
        return (rows[0]?.waiting ?? 0) > 0;
      });
      return { cancelled };
    });
    expect((await cancelling.cancelled).body['code']).toBe('deposit_claimed');
    expect(await here.world.stateOf(id)).toBe('requested');
  });

  test('that Juno does not issue and sends back: the payment is closed by a person, and nothing is owed any more', async () => {
    const { people, id } = await given({ custodyBasisPoints: 5_000 });
    here.desk.deposit(people.payer.depositClabe, AMOUNT);
    here.desk.issue(people.payer.depositClabe, AMOUNT, 'FAILED');
    for (let n = 0; n < 2; n++) await here.world.look();
    const why = (await (await here.world.get(`/api/v1/payments/${id}/why`)).json()) as { sentence: string };
    expect(why.sentence).toContain(`kustodia payment cancel ${id}`);
    expect(await cancel(id)).toMatchObject({ status: 200, body: { legs: 2 } });
    expect(await statusOf(id)).toBe('closed');
    expect(await here.world.balances()).toEqual({});
    await here.world.look();
    expect(await statusOf(id)).toBe('closed');
    expect((await cancel(id)).body['code']).toBe('payment_ended');
  });

  test('only one whose ISSUANCE failed: one that is under way, or complete, is money', async () => {
    for (const status of ['IN_PROGRESS', 'COMPLETE']) {
      const { people, id } = await given();
      here.desk.deposit(people.payer.depositClabe, AMOUNT);
      here.desk.issue(people.payer.depositClabe, AMOUNT, status);
      await intake(here.world.ctx);
      // As if the record were claimed for it already, and its legs not moved yet.
      const [record] = await here.world.db
        .select()
        .from(junoTransaction)
        .orderBy(desc(junoTransaction.updatedAt))
        .limit(1);
      const claim = { source: 'juno_transaction', externalId: record?.id ?? '', subjectKind: 'payment' as const };
      await here.world.db.insert(evidence).values({ ...claim, subjectId: id, detail: {} });
      expect((await cancel(id)).body['code'], status).toBe('deposit_claimed');
      expect(await here.world.stateOf(id)).toBe('requested');
    }
  });

  test('is not what ends a payment that has expired', async () => {
    const { id } = await given();
    await here.world.expire(id);
    const { status, body } = await cancel(id);
    expect([status, body['code']]).toEqual([409, 'payment_ended']);
    expect(body['detail']).toContain('expired');
    expect(await here.world.stateOf(id)).toBe('expired');
  });
});

test('kustodia payment cancel', async () => {
  const { id } = await given();
  const server = serve({ fetch: here.world.app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const environment = {
    KUSTODIA_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    KUSTODIA_API_KEY: here.world.keys.operator,
  };
  const kustodia = async (...args: string[]) => {
    const lines: string[] = [];
    const say = (line: string) => void lines.push(line);
    const code = await run(['payment', ...args], environment, { out: say, err: say });
    return { code, said: lines.join('\n') };
  };
  const because = ['--reason', REASON];
  expect((await kustodia('cancel', id)).code).toBe(2);
  const tried = await kustodia('cancel', id, ...because, '--dry-run');
  expect(tried.said).toMatch(/would be closed: it waits for no 1500.00 MXN[\s\S]*Nothing was changed/);
  expect(await statusOf(id)).toBe('requested');
  const done = await kustodia('cancel', id, ...because);
  expect(done).toMatchObject({ code: 0, said: expect.stringMatching(/is closed[\s\S]*kustodia suspense list/) });
  const refused = await kustodia('cancel', id, ...because, '--json');
  expect(refused.code).not.toBe(0);
  expect(refused.said).toContain('payment_ended');
  await new Promise((resolve) => server.close(resolve));
});
