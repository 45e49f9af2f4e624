/** The terms of a payment over REST: all its legs at once, a preview that creates nothing, and refusals in words. */
import { randomUUID } from 'node:crypto';
import { asc, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { destination, leg, payment } from '../../src/reactor/db/schema.ts';
import { refused } from '../support/refused.ts';
import { useWorld } from './use-world.ts';
import { clabeOf, type World } from './world.ts';

let world: World;
let people: Record<'payer' | 'recipient' | 'platform' | 'broker', { id: string }>;

const PAYOUT = { clabe: clabeOf('64618011041234567'), legalName: 'Juan López' };
const FEE_ACCOUNT = { clabe: clabeOf('01218011041234567'), legalName: 'Kustodia SA de CV' };

useWorld((opened) => {
  world = opened;
});
beforeEach(async () => {
  const [payer, recipient, platform, broker] = await Promise.all(
    ['Ana Torres', 'Juan López', 'Kustodia', 'Berta Corredora'].map((name) => world.createUser(name)),
  );
  if (!payer || !recipient || !platform || !broker) throw new Error('no people');
  people = { payer, recipient, platform, broker };
});

const terms = (change: object = {}) => ({
  ...{ payerId: people.payer.id, recipientId: people.recipient.id, amount: '1000.01', custodySeconds: 60 },
  ...{ custodyBasisPoints: 5_000, payout: PAYOUT, concept: 'Renta' },
  fees: [
    {
      ...{ kind: 'platform', bearer: 'payer', basisPoints: 250, beneficiaryId: people.platform.id },
      payout: FEE_ACCOUNT,
    },
    {
      ...{ kind: 'broker', bearer: 'recipient', amount: '130.00', beneficiaryId: people.broker.id },
      payout: { ...FEE_ACCOUNT, legalName: 'Berta Corredora' },
    },
  ],
  ...change,
});
const create = async (body: object) => {
  const response = await world.post('/api/v1/payments', body);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> & { id: string } };
};
const legsOf = (id: string) =>
  world.db
    .select({ kind: leg.kind, state: leg.state, amount: leg.amount, rail: leg.rail, userId: destination.userId })
    .from(leg)
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .where(eq(leg.paymentId, id))
    .orderBy(asc(leg.kind), asc(leg.amount));

describe('a payment with a share in custody and fees', () => {
  test('is made with every leg at once, each for whom it is', async () => {
    const { status, body } = await create(terms());
    expect(status).toBe(201);
    expect(body).toMatchObject({ amount: '1000.01', deposit: '1025.01', custodyBasisPoints: 5_000, release: 'date' });
    const requested = { state: 'requested', rail: 'bank_redemption' };
    expect(await legsOf(body.id)).toEqual([
      { kind: 'custody', amount: 43_500n, userId: people.recipient.id, ...requested },
      { kind: 'immediate', amount: 43_501n, userId: people.recipient.id, ...requested },
      { kind: 'commission', amount: 2_500n, userId: people.platform.id, ...requested },
      { kind: 'commission', amount: 13_000n, userId: people.broker.id, ...requested },
    ]);
    const [row] = await world.db.select().from(payment).where(eq(payment.id, body.id));
    expect(row).toMatchObject({ amount: 102_501n, custodyBasisPoints: 5_000, releasePolicy: 'date' });
  });

  test('has the reactor look at every account that it pays, and at the one that money goes back to', async () => {
    const rung: string[] = [];
    await world.queue.work(async (job) => void rung.push(job.lane), { concurrency: 1 });
    const refund = { clabe: clabeOf('07218011041234567'), legalName: 'Ana Torres' };
    const { body } = await create(terms({ refund }));
    await world.restoreQueue();
    expect(rung.sort()).toEqual(['destination', 'destination', 'destination', 'destination', 'payment']);
    const shown = (await (await world.get(`/api/v1/payments/${body.id}`)).json()) as Record<string, unknown>;
    expect(shown['refund']).toMatchObject({ legalName: 'Ana Torres', isVerified: false });
    expect(shown['fees']).toMatchObject([
      { kind: 'platform', bearer: 'payer', basisPoints: 250, amount: '25.00' },
      { kind: 'broker', bearer: 'recipient', fixed: '130.00', amount: '130.00' },
    ]);
  });

  test('shares its CLABE with none that waits for the same deposit, whatever was agreed on', async () => {
    await create(terms());
    const same = await create(terms({ amount: '1025.01', fees: [] }));
    expect([same.status, same.body['code']]).toEqual([409, 'duplicate_amount']);
    expect((await create(terms({ fees: [] }))).status).toBe(201);
  });

  test('without a share in custody has no custody leg and no custody', async () => {
    const { body } = await create(terms({ custodyBasisPoints: 0, custodySeconds: undefined, fees: [] }));
    expect((await legsOf(body.id)).map(({ kind, amount }) => [kind, amount])).toEqual([['immediate', 100_001n]]);
    expect(body).toMatchObject({ custodyBasisPoints: 0, custodySeconds: 0 });
  });

  test('keeps its terms and its legs as they were made', async () => {
    const { body } = await create(terms());
    const mine = eq(payment.id, body.id);
    await refused(world.db.update(payment).set({ custodyBasisPoints: 1 }).where(mine), /terms of payment .* immutable/);
    await refused(world.db.update(payment).set({ releasePolicy: 'approvals' }).where(mine), /immutable/);
    await refused(world.db.update(payment).set({ fees: [] }).where(mine), /immutable/);
    await refused(
      world.db.update(leg).set({ amount: 1n }).where(eq(leg.paymentId, body.id)),
      /leg .* is immutable in its terms/,
    );
  });
});

describe('a refusal names the field', () => {
  test('of a beneficiary who is nobody', async () => {
    const [first, second] = terms().fees;
    const { status, body } = await create(terms({ fees: [first, { ...second, beneficiaryId: randomUUID() }] }));
    expect([status, body['errors']]).toEqual([
      422,
      [{ field: 'fees.1.beneficiaryId', message: 'there is no user with this id' }],
    ]);
  });

  test('of an account that no rail reaches here', async () => {
    const [first] = terms().fees;
    const nvio = { clabe: clabeOf('71096900005295080'), legalName: 'Kustodia' };
    const { body } = await create(terms({ fees: [{ ...first, payout: nvio }] }));
    expect(body['errors']).toEqual([
      { field: 'fees.0.payout.clabe', message: expect.stringMatching(/bitso_transfer is not switched on/) },
    ]);
  });

  test.each(['approvals', 'date_or_approvals'])('of %s, where no custody ends before its date', async (release) => {
    const { body } = await create(terms({ release }));
    expect(body).toMatchObject({ code: 'release_not_carried', detail: expect.stringContaining('ESCROW_APPROVER') });
    expect(body['errors']).toEqual([{ field: 'release', message: expect.stringMatching(/no approver is set up/) }]);
  });
});

describe('the preview', () => {
  test('shows every leg, needs no Idempotency-Key, and creates nothing', async () => {
    const before = await world.db.$count(payment);
    const response = await world.post('/api/v1/payments/preview', terms(), { idempotencyKey: '' });
    const shown = (await response.json()) as { legs: unknown[] };
    expect(response.status).toBe(200);
    expect(shown).toMatchObject({
      payer: { sends: '1025.01' },
      recipient: { gets: '870.01', atOnce: '435.01', afterCustody: '435.00' },
      rounding: { rule: 'down', sentence: expect.stringContaining('rounded down to the centavo') },
      accrued: '25.00',
    });
    expect(shown.legs).toHaveLength(4);
    expect(JSON.stringify(shown)).not.toMatch(/\d{18}/);
    expect(await world.db.$count(payment)).toBe(before);
  });

  test('refuses what creating it would refuse', async () => {
    const response = await world.post('/api/v1/payments/preview', terms({ amount: '1', release: 'never' }));
    const { errors } = (await response.json()) as { errors: { field: string }[] };
    expect([response.status, errors.map(({ field }) => field).sort()]).toEqual([422, ['amount', 'release']]);
  });
});
