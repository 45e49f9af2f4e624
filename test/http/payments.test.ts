import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditLog, destination, idempotency, leg, payment } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { useWorld } from './use-world.ts';
import { clabeOf, type World } from './world.ts';

type Problem = { code: string; status: number; detail: string; errors?: { field: string; message: string }[] };

let world: World;
let payer: { id: string; depositClabe: string };
let recipient: { id: string; depositClabe: string };

const PAYOUT = { clabe: clabeOf('64618011041234567'), legalName: 'Juan López' };

const terms = (change: object = {}) => ({
  payerId: payer.id,
  recipientId: recipient.id,
  amount: '1500.00',
  custodySeconds: 5,
  payout: PAYOUT,
  concept: 'Renta noviembre',
  ...change,
});

const counts = async () => {
  const { rows } = await world.db.execute(sql`
    SELECT (SELECT count(*) FROM reactor.payment) AS payments, (SELECT count(*) FROM reactor.leg) AS legs,
      (SELECT count(*) FROM reactor.destination) AS destinations, (SELECT count(*) FROM reactor.idempotency) AS keys,
      (SELECT count(*) FROM reactor.audit_log) AS audits`);
  return rows[0];
};

const create = async (body: unknown, options?: Parameters<World['post']>[2]) => {
  const response = await world.post('/api/v1/payments', body, options);
  return { response, body: (await response.json()) as Problem & { id: string; expiresAt: string } };
};

useWorld((opened) => {
  world = opened;
});

beforeEach(async () => {
  payer = await world.createUser('Ana Torres');
  recipient = await world.createUser('Juan López');
});

describe('creating a payment', () => {
  test('makes payment, leg, destination and audit row, and answers with where to pay', async () => {
    const { response, body } = await create(terms());
    expect(response.status).toBe(201);
    expect(body).toMatchObject({ status: 'requested', amount: '1500.00', depositClabe: payer.depositClabe });

    const [row] = await world.db.select().from(payment).where(eq(payment.id, body.id));
    expect(row).toMatchObject({ amount: 150_000n, custodySeconds: 5, awaitsDeposit: true });
    const [only] = await world.db.select().from(leg).where(eq(leg.paymentId, body.id));
    expect(only).toMatchObject({ kind: 'custody', state: 'requested', amount: 150_000n, rail: 'bank_redemption' });
    expect(only?.reference).toBe(deriveReference(world.ctx.settings.keySecret, only?.id ?? ''));
    const [account] = await world.db
      .select()
      .from(destination)
      .where(eq(destination.id, only?.destinationId ?? ''));
    expect(account).toMatchObject({ userId: recipient.id, ...PAYOUT, verifiedAt: null });
    const [line] = await world.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.subject, `payment:${body.id}`));
    expect(line).toMatchObject({ command: 'payment create', role: 'operator', reason: 'asked for through the API' });
  });

  test('asks the reactor to look at the payment and at its destination', async () => {
    const rung: string[] = [];
    await world.queue.work(async (job) => void rung.push(`${job.lane}:${job.id}`), { concurrency: 1 });
    const { body } = await create(terms());
    const [only] = await world.db.select().from(leg).where(eq(leg.paymentId, body.id));
    await world.restoreQueue();
    expect(rung.sort()).toEqual([`destination:${only?.destinationId}`, `payment:${body.id}`].sort());
  });

  test('uses the destination again when the same account is given, and a new one when the name differs', async () => {
    const first = await create(terms());
    const second = await create(terms({ amount: '1500.01' }));
    const third = await create(terms({ amount: '1500.02', payout: { ...PAYOUT, legalName: 'Juan Lopez SA' } }));
    const of = async (id: string) => (await world.db.select().from(leg).where(eq(leg.paymentId, id)))[0]?.destinationId;
    expect(await of(second.body.id)).toBe(await of(first.body.id));
    expect(await of(third.body.id)).not.toBe(await of(first.body.id));
  });

  test('waits three days for the deposit unless told otherwise', async () => {
    const usual = await create(terms());
    const short = await create(terms({ amount: '1500.01', expiresInSeconds: 60 }));
    const left_s = (text: string) => (Date.parse(text) - Date.now()) / 1000;
    expect(left_s(usual.body.expiresAt)).toBeGreaterThan(3 * 86_400 - 60);
    expect(left_s(short.body.expiresAt)).toBeLessThan(61);
  });
});

describe('bad input is refused in words and changes nothing', () => {
  const wrongDigit = `${PAYOUT.clabe.slice(0, 17)}${(Number(PAYOUT.clabe[17]) + 1) % 10}`;
  test.each<[string, object, string, RegExp]>([
    [
      'a CLABE with a wrong control digit',
      { payout: { ...PAYOUT, clabe: wrongDigit } },
      'payout.clabe',
      /control digit is wrong/,
    ],
    ['a CLABE of 17 digits', { payout: { ...PAYOUT, clabe: '6'.repeat(17) } }, 'payout.clabe', /exactly 18 digits/],
    ['three decimals', { amount: '1500.001' }, 'amount', /more than two decimals/],
    ['three decimals that are zeros', { amount: '1500.000' }, 'amount', /more than two decimals/],
    ['99.99, under Juno’s minimum', { amount: '99.99' }, 'amount', /under 100\.00 MXN/],
    ['a negative amount', { amount: '-1500.00' }, 'amount', /under 100\.00 MXN/],
    ['an amount that is a number', { amount: 1500 }, 'amount', /text of pesos/],
    ['an amount in scientific notation', { amount: '1e5' }, 'amount', /plain decimal/],
    ['an amount past all bounds', { amount: '1234567890.00' }, 'amount', /at most 9 digits/],
    ['a negative custody', { custodySeconds: -1 }, 'custodySeconds', /more than 0/],
    ['a custody of zero', { custodySeconds: 0 }, 'custodySeconds', /more than 0/],
    ['half a second of custody', { custodySeconds: 0.5 }, 'custodySeconds', /whole number/],
    ['a custody over ten years', { custodySeconds: 315_360_001 }, 'custodySeconds', /10 years/],
    ['a payer who is nobody', { payerId: randomUUID() }, 'payerId', /no user with this id/],
    ['a recipient who is nobody', { recipientId: randomUUID() }, 'recipientId', /no user with this id/],
    ['a payer that is no id', { payerId: 'ana' }, 'payerId', /not the id of a user/],
    ['a concept with an accent', { concept: 'Habitación' }, 'concept', /ASCII/],
    ['a concept of 41 characters', { concept: 'a'.repeat(41) }, 'concept', /1 to 40/],
    [
      'a payout CLABE of NVIO',
      { payout: { ...PAYOUT, clabe: clabeOf('71096900005295080') } },
      'payout.clabe',
      /bitso_transfer is not switched on/,
    ],
    ['an empty legal name', { payout: { ...PAYOUT, legalName: ' ' } }, 'payout.legalName', /empty/],
    ['31 days to wait', { expiresInSeconds: 31 * 86_400 }, 'expiresInSeconds', /30 days/],
    ['a field that does not exist', { ammount: '5' }, 'ammount', /not a field/],
  ])('%s', async (_, change, field, message) => {
    const before = await counts();
    const { response, body } = await create(terms(change));
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(body.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
    expect(JSON.stringify(body)).not.toMatch(/\d{18}/);
    expect(await counts()).toEqual(before);
  });

  test('every wrong field is named at once', async () => {
    const { body } = await create(terms({ amount: '1', custodySeconds: -1, concept: '' }));
    expect(body.errors?.map((e) => e.field).sort()).toEqual(['amount', 'concept', 'custodySeconds']);
  });

  test('a payer whose CLABE Juno has not assigned', async () => {
    await world.db.execute(
      sql`INSERT INTO reactor."user" (id) VALUES ('11111111-1111-4111-8111-111111111111') ON CONFLICT DO NOTHING`,
    );
    const before = await counts();
    const { response, body } = await create(terms({ payerId: '11111111-1111-4111-8111-111111111111' }));
    expect([response.status, body.code]).toEqual([409, 'payer_without_clabe']);
    expect(await counts()).toEqual(before);
  });

  test('a body that is no JSON', async () => {
    const { response, body } = await create('{"payerId":');
    expect([response.status, body.code]).toEqual([400, 'not_json']);
  });

  test('a body of 65 KiB', async () => {
    const { response, body } = await create(terms({ concept: 'a'.repeat(65 * 1024) }));
    expect([response.status, body.code]).toEqual([413, 'body_too_large']);
  });
});

describe('two payments over the same amount at the same CLABE', () => {
  test('the second is refused and names the first', async () => {
    const first = await create(terms());
    const before = await counts();
    const second = await create(terms());
    expect([second.response.status, second.body.code]).toEqual([409, 'duplicate_amount']);
    expect(second.body.detail).toContain(first.body.id);
    expect(await counts()).toEqual(before);
  });

  test('of ten at the same moment, one is created', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => create(terms({ amount: '777.77' }))));
    expect(all.map((one) => one.response.status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  test('one that expired keeps its amount for seven days, then gives it back', async () => {
    const first = await create(terms());
    await world.db
      .update(leg)
      .set({ state: 'expired', cause: 'no deposit in time' })
      .where(eq(leg.paymentId, first.body.id));
    await world.db.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, first.body.id));
    expect((await create(terms())).body.code).toBe('duplicate_amount');
    await world.db
      .update(leg)
      .set({ enteredAt: new Date(Date.now() - 7 * 86_400_000 - 1000) })
      .where(eq(leg.paymentId, first.body.id));
    expect((await create(terms())).response.status).toBe(201);
  });

  test('one whose deposit has come leaves the amount free, and another payer may always use it', async () => {
    const first = await create(terms());
    const other = await world.createUser('Otra Persona');
    expect((await create(terms({ payerId: other.id }))).response.status).toBe(201);
    await world.db.update(payment).set({ awaitsDeposit: false }).where(eq(payment.id, first.body.id));
    expect((await create(terms())).response.status).toBe(201);
  });
});

describe('a repeated request', () => {
  test('with the same key and body gets the original answer and makes nothing', async () => {
    const idempotencyKey = randomUUID();
    const first = await world.post('/api/v1/payments', terms(), { idempotencyKey });
    const original = await first.text();
    const before = await counts();
    const again = await world.post('/api/v1/payments', terms(), { idempotencyKey });
    expect([again.status, await again.text()]).toEqual([201, original]);
    expect(await counts()).toEqual(before);
  });

  test('with the same key and another body is refused', async () => {
    const idempotencyKey = randomUUID();
    await create(terms(), { idempotencyKey });
    const before = await counts();
    const other = await create(terms({ amount: '1500.01' }), { idempotencyKey });
    expect([other.response.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    expect(await counts()).toEqual(before);
  });

  test('at the same moment is done once', async () => {
    const idempotencyKey = randomUUID();
    const both = await Promise.all([1, 2, 3, 4].map(() => create(terms(), { idempotencyKey })));
    const made = both.filter((one) => one.response.status === 201);
    expect(new Set(made.map((one) => one.body.id)).size).toBe(1);
    for (const one of both) if (one.response.status !== 201) expect(one.body.code).toBe('in_progress');
    const stored = await world.db.select().from(idempotency).where(eq(idempotency.key, idempotencyKey));
    expect(stored).toHaveLength(1);
  });

  test('after a refusal is a new one: the corrected body goes through under the same key', async () => {
    const idempotencyKey = randomUUID();
    expect((await create(terms({ amount: '99.99' }), { idempotencyKey })).response.status).toBe(422);
    expect((await create(terms(), { idempotencyKey })).response.status).toBe(201);
  });

  test('of another API key is another request', async () => {
    const idempotencyKey = randomUUID();
    const first = await create(terms(), { idempotencyKey });
    const second = await create(terms({ amount: '200.00' }), { idempotencyKey, key: world.keys.admin });
    expect(second.response.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);
  });

  test('without a key is refused', async () => {
    const { response, body } = await create(terms(), { idempotencyKey: '' });
    expect([response.status, body.code]).toEqual([400, 'idempotency_key_missing']);
  });
});
