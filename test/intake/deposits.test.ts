import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { depositClabe, evidence, heartbeat, junoDeposit, leg, payment } from '../../src/reactor/db/schema.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { createPayment } from '../../src/reactor/payment/create.ts';
import { PAYMENT_TERMS } from '../../src/reactor/payment/terms.ts';
import { clabeOf } from '../http/world.ts';
import { until } from '../sandbox/support/sandbox.ts';
import { useIntakeWorld } from './use-world.ts';
import { PAYOUT, SENDER } from './world.ts';

const here = useIntakeWorld();

const reasonOf = async (depositId: string) => (await here.world.suspenseOf(depositId))?.reason;
const standing = (userId: string, recipientId: string, given: object = {}) =>
  here.world.app.request(`/api/v1/users/${userId}/standing-terms`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${here.world.keys.operator}`, 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({
      recipientId,
      payout: PAYOUT,
      custodySeconds: 60,
      concept: 'Renta',
      minimum: '100.00',
      maximum: '2000.00',
      reason: 'pays every month',
      ...given,
    }),
  });

describe('incident 17, deposit matching', () => {
  test('the same deposit, listed again and again, pays one payment once', async () => {
    const people = await here.world.people();
    const [wanted, other] = [
      await here.world.createPayment(people, '1500.00'),
      await here.world.createPayment(people, '1500.01'),
    ];
    const id = here.desk.deposit(people.payer.depositClabe, '1500.00');
    here.desk.issue(people.payer.depositClabe, '1500.00');
    for (let n = 0; n < 3; n++) await here.world.look();
    expect([await here.world.stateOf(wanted), await here.world.stateOf(other)]).toEqual(['deposited', 'requested']);
    expect(await here.world.claimsOf(id)).toHaveLength(1);
    expect(await here.world.balances()).toEqual({
      [`conversion ${wanted} MXN`]: '150000',
      [`conversion ${wanted} MXNB`]: '-1500000000',
      [`juno_pool ${wanted} MXNB`]: '1500000000',
      [`liability ${wanted} MXN`]: '-150000',
    });
  });

  test('a deposit makes its payment due at once, so that a lost wake-up costs a sweep and no more', async () => {
    const people = await here.world.people();
    const wanted = await here.world.createPayment(people, '1500.00');
    await here.world.db.update(leg).set({ dueAt: sql`reactor.now() + interval '1 hour'` });
    here.desk.deposit(people.payer.depositClabe, '1500.00');
    await intake(here.world.ctx);
    const due = await here.world.db
      .select({ paymentId: leg.paymentId })
      .from(leg)
      .where(sql`${leg.dueAt} <= reactor.now()`);
    expect(due).toEqual([{ paymentId: wanted }]);
  });

  test('two reactors that look at once claim a deposit once', async () => {
    const people = await here.world.people();
    const wanted = await here.world.createPayment(people, '1500.00');
    const id = here.desk.deposit(people.payer.depositClabe, '1500.00');
    const looks = await Promise.all([intake(here.world.ctx), intake({ ...here.world.ctx, holder: 'another' })]);
    expect(looks).toContain('done');
    await here.world.look();
    expect(await here.world.claimsOf(id)).toMatchObject([{ subjectKind: 'payment', detail: { paymentId: wanted } }]);
  });

  test('a payment that gets its money between the look and the claim takes no second deposit', async () => {
    const people = await here.world.people();
    const wanted = await here.world.createPayment(people, '1500.00');
    const id = here.desk.deposit(people.payer.depositClabe, '1500.00');
    const looking = await here.world.db.transaction(async (tx) => {
      await tx.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, wanted));
      const look = intake(here.world.ctx);
      await until('the claim to wait for the lock', async () => {
        const { rows } = await here.world.db.execute(
          sql`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
      return { look };
    });
    await looking.look;
    expect(await here.world.claimsOf(id)).toEqual([]);
  });

  test('an error of the API is never “no deposits”: nothing is claimed, and the next look begins where this one did', async () => {
    const people = await here.world.people();
    await here.world.createPayment(people, '1500.00');
    await here.world.look();
    const marks = async () =>
      (await here.world.db.select().from(heartbeat).where(eq(heartbeat.name, 'intake:deposits')))[0]?.at;
    const before = await marks();
    const id = here.desk.deposit(people.payer.depositClabe, '1500.00');
    here.desk.fails.add('/spei/v1/deposits');
    await expect(here.world.look()).rejects.toThrow(/deposits/);
    expect(await marks()).toEqual(before);
    here.desk.fails.clear();
    await here.world.look();
    expect(await here.world.claimsOf(id)).toHaveLength(1);
  });

  test('a restart after an outage of days reads from the last look on, with overlap', async () => {
    const people = await here.world.people();
    const wanted = await here.world.createPayment(people, '1500.00');
    await here.world.look();
    const last = here.world.ctx.now();
    here.world.wait(9 * 86_400_000);
    here.desk.deposit(people.payer.depositClabe, '1500.00');
    here.desk.urls.length = 0;
    await here.world.look();
    const since = new URL(here.desk.urls.find((url) => url.includes('deposits')) ?? '', 'http://desk').searchParams.get(
      'start_date',
    );
    expect(since).toBe(new Date(last.getTime() - 2 * 86_400_000).toISOString().slice(0, 10));
    const claimed = await here.world.db.select().from(evidence).where(eq(evidence.source, 'juno_deposit'));
    expect(claimed).toMatchObject([{ detail: { paymentId: wanted } }]);
  });

  test('all pages are read', async () => {
    const people = await here.world.people();
    const wanted = await here.world.createPayment(people, '1500.00');
    const first = here.desk.deposit(people.payer.depositClabe, '1500.00');
    for (let n = 0; n < 250; n++) here.desk.deposit(clabeOf('71096911111111111'), '900.00');
    await here.world.look();
    expect(await here.world.claimsOf(first)).toMatchObject([{ detail: { paymentId: wanted } }]);
    expect(await here.world.db.$count(junoDeposit)).toBe(251);
  });

  test('a deposit that is pending pays when it is complete, and not before', async () => {
    const people = await here.world.people();
    await here.world.createPayment(people, '1500.00');
    const id = here.desk.deposit(people.payer.depositClabe, '1500.00', { status: 'PENDING' });
    await here.world.look();
    expect(await here.world.claimsOf(id)).toEqual([]);
    Object.assign(here.desk.deposits[0] ?? {}, { status: 'COMPLETE' });
    await here.world.look();
    expect(await here.world.claimsOf(id)).toHaveLength(1);
  });
});

describe('what no payment waits for', () => {
  test('is seen although nobody waits, and becomes MXNB that a person can give away', async () => {
    const { payer } = await here.world.people();
    const id = here.desk.deposit(payer.depositClabe, '1500.00', SENDER);
    await here.world.look();
    expect(await here.world.suspenseOf(id)).toMatchObject({
      reason: 'no_open_payment',
      amount: 150_000n,
      issuanceId: null,
    });
    expect(await here.world.balances()).toEqual({ 'spei_in general MXN': '150000', 'suspense general MXN': '-150000' });
    const issuance = here.desk.issue(payer.depositClabe, '1500.00');
    await here.world.look();
    expect(await here.world.suspenseOf(id)).toMatchObject({ issuanceId: issuance, closedAt: null });
    expect(await here.world.balances()).toMatchObject({
      'juno_pool general MXNB': '1500000000',
      'suspense general MXN': '-150000',
    });
  });

  test('the payer pays twice: the second waits in suspense, and each has an ISSUANCE of its own', async () => {
    const people = await here.world.people();
    const wanted = await here.world.createPayment(people, '1500.00');
    const [first, second] = [
      here.desk.deposit(people.payer.depositClabe, '1500.00'),
      here.desk.deposit(people.payer.depositClabe, '1500.00'),
    ];
    const one = here.desk.issue(people.payer.depositClabe, '1500.00');
    await here.world.look();
    // The payment took the earlier deposit, and the earlier ISSUANCE is that one's.
    expect(await here.world.stateOf(wanted)).toBe('deposited');
    expect((await here.world.suspenseOf(first)) ?? (await here.world.suspenseOf(second))).toMatchObject({
      issuanceId: null,
    });
    const two = here.desk.issue(people.payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.look();
    expect(await here.world.stateOf(wanted)).toBe('deposited');
    const held = (await here.world.suspenseOf(first)) ?? (await here.world.suspenseOf(second));
    expect(held).toMatchObject({ reason: 'duplicate_amount' });
    const issuances = await here.world.db.select().from(evidence).where(eq(evidence.source, 'juno_transaction'));
    expect(issuances.map(({ externalId }) => externalId).sort()).toEqual([one, two].sort());
    expect(issuances.map(({ subjectKind }) => subjectKind).sort()).toEqual(['payment', 'suspense']);
    expect(issuances.map(({ detail }) => (detail as { depositId: string }).depositId).sort()).toEqual(
      [first, second].sort(),
    );
  });

  test('with one ISSUANCE for two equal deposits, only the earlier one gets it, however often one looks', async () => {
    const people = await here.world.people();
    const early = here.desk.deposit(people.payer.depositClabe, '1500.00');
    await here.world.look();
    const wanted = await here.world.createPayment(people, '1500.00');
    here.desk.deposit(people.payer.depositClabe, '1500.00');
    const issuance = here.desk.issue(people.payer.depositClabe, '1500.00');
    for (let n = 0; n < 3; n++) await here.world.look();
    expect(await here.world.suspenseOf(early)).toMatchObject({ issuanceId: issuance });
    expect(await here.world.stateOf(wanted)).toBe('requested');
    here.desk.issue(people.payer.depositClabe, '1500.00');
    await here.world.look();
    expect(await here.world.stateOf(wanted)).toBe('deposited');
  });

  test('a deposit that comes after its payment expired is late', async () => {
    const people = await here.world.people();
    await here.world.expire(await here.world.createPayment(people, '1500.00'));
    const id = here.desk.deposit(people.payer.depositClabe, '1500.00');
    await here.world.look();
    expect(await reasonOf(id)).toBe('late');
  });

  test('one below the minimum closes when Juno has sent it back, and the books are as before', async () => {
    const { payer } = await here.world.people();
    const id = here.desk.deposit(payer.depositClabe, '99.99');
    await here.world.look();
    expect(await here.world.suspenseOf(id)).toMatchObject({ reason: 'below_minimum', closedAt: null });
    here.desk.issue(payer.depositClabe, '99.99', 'FAILED');
    await here.world.look();
    expect((await here.world.suspenseOf(id))?.closedAt).toBeInstanceOf(Date);
    expect(await here.world.balances()).toEqual({});
  });
});

describe('standing terms', () => {
  test('an unsolicited deposit within them becomes a payment, each deposit one', async () => {
    const { payer, recipient } = await here.world.people();
    expect((await standing(payer.id, recipient.id)).status).toBe(200);
    for (let n = 0; n < 2; n++) {
      here.desk.deposit(payer.depositClabe, '1500.00');
      here.desk.issue(payer.depositClabe, '1500.00');
      await here.world.look();
    }
    await here.world.look();
    const made = await here.world.db.select().from(payment);
    expect(made).toHaveLength(2);
    expect(made[0]).toMatchObject({
      payerId: payer.id,
      recipientId: recipient.id,
      amount: 150_000n,
      custodySeconds: 60,
      awaitsDeposit: false,
    });
    expect(made[0]?.standingTermsId).not.toBeNull();
    for (const { id } of made) expect(await here.world.stateOf(id)).toBe('deposited');
  });

  test('that let in more than may leave with one payment are refused, when they are set', async () => {
    const { payer, recipient } = await here.world.people();
    const response = await standing(payer.id, recipient.id, { maximum: '5000000.01' });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'over_cap', errors: [{ field: 'maximum' }] });
    expect((await standing(payer.id, recipient.id, { maximum: '5000000.00' })).status).toBe(200);
  });

  test('outside their limits, or after they were ended, it waits in suspense', async () => {
    const { payer, recipient } = await here.world.people();
    await standing(payer.id, recipient.id);
    const over = here.desk.deposit(payer.depositClabe, '2000.01');
    await here.world.look();
    await here.world.app.request(`/api/v1/users/${payer.id}/standing-terms`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${here.world.keys.operator}`, 'idempotency-key': crypto.randomUUID() },
      body: JSON.stringify({ reason: 'moved out' }),
    });
    const after = here.desk.deposit(payer.depositClabe, '1500.00');
    await here.world.look();
    expect([await reasonOf(over), await reasonOf(after)]).toEqual(['over', 'no_open_payment']);
  });

  test.each(['requested', 'expired'] as const)(
    'a payment that is %s bars them: the deposit may have been meant for it',
    async (state) => {
      const people = await here.world.people();
      await standing(people.payer.id, people.recipient.id);
      const asked = await here.world.createPayment(people, '700.00');
      if (state === 'expired') await here.world.expire(asked);
      const id = here.desk.deposit(people.payer.depositClabe, '1500.00');
      await here.world.look();
      expect(await reasonOf(id)).toBe(state === 'requested' ? 'over' : 'no_open_payment');
    },
  );

  test('a payment that is created between the look and the claim bars them too', async () => {
    const { payer, recipient } = await here.world.people();
    await standing(payer.id, recipient.id);
    await here.world.look();
    const id = here.desk.deposit(payer.depositClabe, '1500.00');
    here.world.wait(60_000);
    const looking = await here.world.db.transaction(async (tx) => {
      await tx.select().from(depositClabe).where(eq(depositClabe.clabe, payer.depositClabe)).for('update');
      const look = intake(here.world.ctx);
      await until('the claim to wait for the lock', async () => {
        const { rows } = await here.world.db.execute(
          sql`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
      const terms = PAYMENT_TERMS.parse({
        ...{ payerId: payer.id, recipientId: recipient.id, amount: '700.00', custodySeconds: 5 },
        ...{ payout: PAYOUT, concept: 'Renta' },
      });
      await createPayment(tx, here.world.ctx, { id: 'test', name: 'test', role: 'operator' }, terms);
      return { look };
    });
    await looking.look;
    expect(await here.world.claimsOf(id)).toEqual([]);
    await here.world.look();
    expect(await reasonOf(id)).toBe('over');
  });

  test('an expired payment bars them for thirty days and no longer', async () => {
    const people = await here.world.people();
    await standing(people.payer.id, people.recipient.id);
    const asked = await here.world.createPayment(people, '700.00');
    await here.world.expire(asked);
    await here.world.db
      .update(leg)
      .set({ enteredAt: new Date(Date.now() - 31 * 86_400_000) })
      .where(eq(leg.paymentId, asked));
    const id = here.desk.deposit(people.payer.depositClabe, '1500.00');
    await here.world.look();
    expect(await here.world.claimsOf(id)).toMatchObject([{ subjectKind: 'payment' }]);
  });
});
