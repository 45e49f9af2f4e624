/** One deposit and several legs: it pays all of them or none, is booked once, and waits for a person where it is late. */
import { randomUUID } from 'node:crypto';
import { asc, eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { evidence, leg, payment } from '../../src/reactor/db/schema.ts';
import { createPayment } from '../../src/reactor/payment/create.ts';
import { PAYMENT_TERMS } from '../../src/reactor/payment/terms.ts';
import { useIntakeWorld } from './use-world.ts';
import { PAYOUT, SENDER } from './world.ts';

const here = useIntakeWorld();
const ACTOR = { id: 'test', name: 'test', role: 'operator' } as const;

type People = Awaited<ReturnType<typeof here.world.people>>;
const fees = (collector: { id: string }, bearer: 'payer' | 'recipient') => [
  { kind: 'broker', bearer, amount: '120.00', beneficiaryId: collector.id, payout: PAYOUT },
];
/** Half of 1,500.01 in custody and a commission of 120 on top: a deposit of 1,620.01. */
const terms = ({ payer, recipient }: People, given: object = {}) => ({
  ...{ payerId: payer.id, recipientId: recipient.id, amount: '1500.01', custodySeconds: 60, custodyBasisPoints: 5_000 },
  ...{ payout: PAYOUT, concept: 'Renta', fees: fees(recipient, 'payer') },
  ...given,
});
const ask = async (people: People, key = here.world.keys.operator): Promise<string> => {
  const response = await here.world.post('/api/v1/payments', terms(people), { key });
  return ((await response.json()) as { id: string }).id;
};
const statesOf = async (paymentId: string) =>
  (
    await here.world.db
      .select({ kind: leg.kind, state: leg.state })
      .from(leg)
      .where(eq(leg.paymentId, paymentId))
      .orderBy(asc(leg.kind))
  ).map(({ kind, state }) => `${kind} ${state}`);
const whole = (paymentId: string) => ({
  [`conversion ${paymentId} MXN`]: '162001',
  [`conversion ${paymentId} MXNB`]: '-1620010000',
  [`juno_pool ${paymentId} MXNB`]: '1620010000',
  [`liability ${paymentId} MXN`]: '-162001',
});
/** Registered nowhere, so that nothing is paid: what moves here, the deposit moves. */
const FUNDED = ['custody deposited', 'immediate reserved', 'commission reserved'];

describe('one deposit', () => {
  test('pays every leg of its payment, claimed and booked once however often it is listed', async () => {
    const people = await here.world.people();
    const wanted = await ask(people);
    const id = here.desk.deposit(people.payer.depositClabe, '1620.01');
    await here.world.look();
    expect(await statesOf(wanted)).toEqual(['custody requested', 'immediate requested', 'commission requested']);
    here.desk.issue(people.payer.depositClabe, '1620.01');
    for (let n = 0; n < 3; n++) await here.world.look();
    expect(await statesOf(wanted)).toEqual(FUNDED);
    expect(await here.world.balances()).toEqual(whole(wanted));
    const claimed = await here.world.db.select().from(evidence).where(eq(evidence.subjectId, wanted));
    expect(claimed.map(({ source, externalId }) => [source, externalId === id]).sort()).toEqual([
      ['juno_deposit', true],
      ['juno_transaction', false],
    ]);
  });

  test('of what was agreed on alone, without the fee on top, is not the payment’s', async () => {
    const people = await here.world.people();
    const wanted = await ask(people);
    const id = here.desk.deposit(people.payer.depositClabe, '1500.01');
    await here.world.look();
    expect(await here.world.suspenseOf(id)).toMatchObject({ reason: 'under' });
    expect(await here.world.stateOf(wanted)).toBe('requested');
  });

  test('that does not come in time ends every leg, and is late when it comes', async () => {
    const people = await here.world.people();
    const before = { ...here.world.ctx, now: () => new Date(Date.now() - 600_000) };
    const parsed = PAYMENT_TERMS.parse(terms(people, { expiresInSeconds: 60 }));
    const { id } = await here.world.db.transaction((tx) => createPayment(tx, before, ACTOR, parsed));
    await here.world.look();
    expect(await statesOf(id)).toEqual(['custody expired', 'immediate expired', 'commission expired']);
    const late = here.desk.deposit(people.payer.depositClabe, '1620.01');
    here.desk.issue(people.payer.depositClabe, '1620.01');
    await here.world.look();
    expect(await here.world.suspenseOf(late)).toMatchObject({ reason: 'late' });

    // A person gives it to a payment made anew.
    const anew = await ask(people, here.world.keys.admin);
    await here.world.cameLater(late);
    const given = await here.world.post(`/api/v1/suspense/${late}/assign`, { paymentId: anew, reason: 'it came late' });
    expect(given.status).toBe(201);
    await here.world.advance(anew);
    expect(await statesOf(anew)).toEqual(FUNDED);
    const { rows } = await here.world.db.execute<{ total: string }>(
      sql`SELECT sum(posted)::text AS total FROM reactor.ledger_balance WHERE owner = ${anew} AND account = 'liability'`,
    );
    expect(rows).toEqual([{ total: '-162001' }]);
  });
});

describe('standing terms', () => {
  const put = (userId: string, body: object) =>
    here.world.app.request(`/api/v1/users/${userId}/standing-terms`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${here.world.keys.operator}`, 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
    });
  const standing = ({ recipient }: People, given: object = {}) => ({
    ...{ recipientId: recipient.id, payout: PAYOUT, custodySeconds: 60, custodyBasisPoints: 2_500, concept: 'Renta' },
    ...{ minimum: '500.00', maximum: '2000.00', reason: 'pays every month', fees: fees(recipient, 'recipient') },
    ...given,
  });

  test('split a deposit that nobody asked for as they say', async () => {
    const people = await here.world.people();
    expect((await put(people.payer.id, standing(people))).status).toBe(200);
    here.desk.deposit(people.payer.depositClabe, '1000.01', SENDER);
    here.desk.issue(people.payer.depositClabe, '1000.01');
    await here.world.look();
    const [made] = await here.world.db.select().from(payment);
    expect(made).toMatchObject({ amount: 100_001n, custodyBasisPoints: 2_500, fees: [{ kind: 'broker' }] });
    const legs = await here.world.db.select().from(leg).orderBy(asc(leg.kind));
    expect(legs.map(({ kind, amount, state }) => [kind, amount, state])).toEqual([
      ['custody', 22_000n, 'deposited'],
      ['immediate', 66_001n, 'reserved'],
      ['commission', 12_000n, 'reserved'],
    ]);
  });

  test.each<[string, object, string, RegExp]>([
    ['a fee that the payer bears', { bearer: 'payer' }, 'fees', /borne by the recipient/],
    ['a fee that leaves nothing of the least deposit', { amount: '500.00' }, 'fees', /leave nothing of 500\.00/],
    ['one that leaves less than a peso of it', { amount: '498.00' }, 'minimum', /less than a peso/],
  ])('are refused with %s', async (_, change, field, message) => {
    const people = await here.world.people();
    const [fee] = fees(people.recipient, 'recipient');
    const response = await put(people.payer.id, standing(people, { fees: [{ ...fee, ...change }] }));
    const { errors } = (await response.json()) as { errors: unknown };
    expect([response.status, errors]).toEqual([422, [{ field, message: expect.stringMatching(message) }]]);
  });
});
