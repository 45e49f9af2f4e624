import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKey, evidence, junoDeposit, junoObservation, payment, suspense } from '../../src/reactor/db/schema.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { dayOf } from '../../src/reactor/report/day.ts';
import { startPostgres } from '../support/postgres.ts';
import { clabeOf, openWorld, type World } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let world: World;
let withFees: typeof made;
let made: { id: string; number: number; depositClabe: string; payerId: string; legId: string };
const PAYOUT = { clabe: clabeOf('64618011041234567'), legalName: 'Juan' };
const reason = 'it is tried';

beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase());
  const [payer, recipient] = [await world.createUser(), await world.createUser()];
  const ask = async (amount: string) => {
    const terms = { payerId: payer.id, recipientId: recipient.id, amount, custodySeconds: 60, payout: PAYOUT };
    return (await (await world.post('/api/v1/payments', { ...terms, concept: 'x' })).json()) as typeof made;
  };
  const one = await ask('1234.56');
  await ask('700.00');
  withFees = (await (
    await world.post('/api/v1/payments', {
      ...{ payerId: payer.id, recipientId: recipient.id, amount: '2000.00', custodySeconds: 60, payout: PAYOUT },
      ...{ custodyBasisPoints: 5_000, concept: 'Renta de noviembre' },
      fees: [{ kind: 'broker', bearer: 'payer', amount: '123.40', beneficiaryId: recipient.id, payout: PAYOUT }],
    })
  ).json()) as typeof made;
  const shown = (await (await world.get(`/api/v1/payments/${one.id}`)).json()) as { legs: { id: string }[] };
  made = { ...one, legId: shown.legs[0]?.id ?? '' };
  await world.db.insert(junoDeposit).values({
    ...{ id: 'jd-77', clabe: made.depositClabe, amount: 123_456n, status: 'complete' },
    ...{ trackingKey: 'MBAN01002611270001' },
  });
  await world.db.insert(junoObservation).values({
    ...{ resource: 'deposit', externalId: 'jd-77', fingerprint: 'f', body: '{"fid": "jd-77", "deposit_id": "10077"}' },
  });
  await world.db.insert(junoDeposit).values({
    ...{ id: 'jd-lost', clabe: made.depositClabe, amount: 55_555n, status: 'complete', trackingKey: 'LOST01' },
  });
  await world.db.insert(suspense).values({ depositId: 'jd-lost', reason: 'no_open_payment', amount: 55_555n });
  await world.db.insert(evidence).values([
    { source: 'juno_deposit', externalId: 'jd-77', subjectKind: 'payment', subjectId: made.id },
    {
      ...{ source: 'chain', externalId: 'log-1', subjectKind: 'leg' as const, subjectId: made.legId },
      detail: { txHash: `0x${'ab'.repeat(32)}`, blockHash: `0x${'cd'.repeat(32)}` },
    },
  ]);
});
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const search = async (q: string, key = world.keys.operator) => {
  const response = await world.get(`/api/v1/search?q=${encodeURIComponent(q)}`, key);
  const { found } = (await response.json()) as { found: { by: string; payment: { id: string } }[] };
  return found.map(({ by, payment: { id } }) => [by, id]);
};

describe('a payment is found by', () => {
  test.each([
    ['its id', () => made.id, 'id'],
    ['the id of a leg, however it is written', () => made.legId.toUpperCase(), 'id'],
    ['its number', () => String(made.number), 'number'],
    ['its number as people write it', () => `#${made.number}`, 'number'],
    ['its amount', () => '1234.56', 'amount'],
    ['its amount as Mexico writes it', () => ' $1,234.56 ', 'amount'],
    ['SPEI’s tracking key of its deposit', () => 'MBAN01002611270001', 'tracking_key'],
    ['Juno’s id of its deposit', () => 'jd-77', 'juno'],
    ['the other of Juno’s ids of its deposit', () => '10077', 'juno'],
    ['its amount as it is copied', () => '$ 1,234.56 MXN', 'amount'],
    ['its id as the console shortens it', () => `${made.id.slice(0, 8)}…${made.id.slice(-4)}`, 'id'],
    ['the first digits of the id of a leg', () => made.legId.slice(0, 8).toUpperCase(), 'id'],
    ['a hash as the console shortens it', () => '0xababab…abab', 'transaction'],
    ['the beginning of a hash', () => '0xABABABAB', 'transaction'],
    ['the hash of a transaction', () => `0x${'AB'.repeat(32)}`, 'transaction'],
  ])('%s', async (_, q, by) => {
    expect(await search(q())).toEqual([[by, made.id]]);
  });
  test('what was agreed on, where the deposit is more, and by what a part of it comes to', async () => {
    expect(await search('2,000')).toEqual([['amount', withFees.id]]);
    expect(await search('2123.4')).toEqual([['amount', withFees.id]]);
    expect(await search('123.40 pesos')).toEqual([['part', withFees.id]]);
    expect(await search('MXN 1,000')).toEqual([['part', withFees.id]]);
    expect(await search('1,00')).toEqual([]);
  });
  test('words of what it is for, however they are written', async () => {
    for (const q of ['renta', 'NOVIÉMB rent']) expect(await search(q)).toEqual([['concept', withFees.id]]);
    for (const q of ['re', 'renta diciembre', "renta' | 'x"]) expect(await search(q)).toEqual([]);
  });
  test('the end of its deposit CLABE or of an account that it pays to', async () => {
    expect(await search(made.depositClabe.slice(-4))).toContainEqual(['clabe', made.id]);
    expect(await search(PAYOUT.clabe.slice(-4))).toContainEqual(['clabe', made.id]);
    expect(await search(made.depositClabe)).toHaveLength(3);
    // As a bank prints it.
    const groups = [0, 3, 6, 10, 14].map((at, i, all) => made.depositClabe.slice(at, all[i + 1] ?? 18));
    expect(await search(` ${groups.join(' ')}`)).toHaveLength(3);
    for (const digits of [5, 8]) {
      expect(await search(made.depositClabe.slice(-digits))).toHaveLength(3);
      expect(await search(PAYOUT.clabe.slice(-digits))).toContainEqual(['clabe', made.id]);
      // A digit at a time they would be found out.
      expect(await search(made.depositClabe.slice(-digits), world.keys.viewer)).toEqual([]);
    }
  });
  test('whose it is, for those who may read that', async () => {
    expect(await search('MARIA@example.mx')).toHaveLength(3);
    for (const q of ['maria@example.mx', made.depositClabe]) expect(await search(q, world.keys.viewer)).toEqual([]);
  });
});

test.each([
  'nothing of the kind',
  '0xzz',
  '0xababab…cdcd',
  '00000000…0000',
  randomUUID(),
  '%',
  "'; DROP TABLE x",
  '999999999.99',
  '𝕏',
])('nothing is found by %s', async (q) => expect(await search(q)).toEqual([]));

describe('what is no payment is found as well', () => {
  type Found = {
    suspense: { by: string; id: string; depositClabe: string }[];
    people: { id: string; fullName: string }[];
  };
  const all = async (q: string, key = world.keys.operator) =>
    (await (await world.get(`/api/v1/search?q=${encodeURIComponent(q)}`, key)).json()) as Found;

  test.each([
    ['amount', () => '$555.55'],
    ['juno', () => 'jd-lost'],
    ['tracking_key', () => 'LOST01'],
    ['clabe', () => made.depositClabe.slice(-6)],
    ['clabe', () => made.depositClabe],
  ])('a deposit in suspense, by its %s', async (by, q) => {
    const { suspense: found } = await all(q());
    expect(found).toMatchObject([{ by, id: 'jd-lost', amount: '555.55', depositClabe: made.depositClabe }]);
  });
  test('one that was dealt with is not, and its CLABE is masked for those who may not read it', async () => {
    const { suspense: seen } = await all('jd-lost', world.keys.viewer);
    expect(seen[0]?.depositClabe).toMatch(/^\d{3}…\d{4}$/);
    expect((await all(made.depositClabe.slice(-6), world.keys.viewer)).suspense).toEqual([]);
    await world.db.insert(junoDeposit).values({ id: 'jd-done', clabe: '1', amount: 1n, status: 'complete' });
    const closed = { depositId: 'jd-done', reason: 'under', amount: 1n, closedAt: new Date() };
    await world.db.insert(suspense).values(closed);
    expect((await all('jd-done')).suspense).toEqual([]);
  });
  test('people, also without a payment: by words of their name, however written, and by their e-mail', async () => {
    const person = { fullName: 'Íñigo Peña-Núñez', email: 'inigo_x@example.mx' };
    const { id } = (await (await world.post('/api/v1/users', person)).json()) as { id: string };
    for (const q of ['inigo', 'nun PEÑ', 'Íñigo Peña-Núñez', 'inigo_x@', 'INIGO_X@example.mx', id])
      expect((await all(q)).people.map((one) => [one.id, one.fullName])).toEqual([[id, person.fullName]]);
    for (const q of ['inigo', 'inigo_x@', 'in', 'inigoax@', "'&!|:*", 'nuñez zzz'])
      expect(
        (await all(q, q === 'inigo' || q === 'inigo_x@' ? world.keys.viewer : world.keys.operator)).people,
      ).toEqual([]);
    expect((await all(id, world.keys.viewer)).people).toMatchObject([{ fullName: 'Í… P… N…', email: 'i…@example.mx' }]);
  });
  test('and are listed, newest first, a page at a time', async () => {
    const read = async (query: string) =>
      (await (await world.get(`/api/v1/users?${query}`)).json()) as {
        users: { id: string }[];
        nextCursor: string | null;
      };
    const whole = await read('limit=100');
    const first = await read('limit=2');
    const rest = await read(`limit=100&cursor=${first.nextCursor}`);
    expect([...first.users, ...rest.users]).toEqual(whole.users);
    expect([first.users.length, whole.nextCursor]).toEqual([2, null]);
    expect((await read('q=maria@example.mx')).users.length).toBe(2);
  });
  test('the payments of one of them, as payer, as recipient, and as whom a commission is for', async () => {
    const of = async (query: string) =>
      ((await (await world.get(`/api/v1/payments?${query}`)).json()) as { payments: { id: string }[] }).payments.map(
        ({ id }) => id,
      );
    const { payerId, recipientId } = withFees as typeof made & { recipientId: string };
    expect(await of(`payerId=${payerId}`)).toContain(made.id);
    expect([await of(`payerId=${recipientId}`), await of(`recipientId=${payerId}`)]).toEqual([[], []]);
    expect(await of(`beneficiaryId=${recipientId}`)).toEqual([withFees.id]);
  });
});

describe('payments by kind and day', () => {
  const list = async (query: string) =>
    ((await (await world.get(`/api/v1/payments?${query}`)).json()) as { payments: unknown[] }).payments.length;
  test('a day is one of Mexico City', async () => {
    const today = dayOf(new Date());
    const yesterday = dayOf(new Date(Date.now() - 86_400_000));
    expect(await list(`from=${today}&to=${today}&kind=escrow&status=requested`)).toBe(3);
    expect([await list(`to=${yesterday}`), await list('kind=refund'), await list('status=in_custody')]).toEqual([
      0, 0, 0,
    ]);
  });
  test('the same as CSV, in which no cell is a formula', async () => {
    const response = await world.get('/api/v1/exports/payments?status=requested', world.keys.viewer);
    const [head = '', ...rows] = (await response.text()).trimEnd().split('\r\n');
    expect([response.headers.get('content-type'), rows.length]).toEqual(['text/csv; charset=utf-8', 3]);
    expect(head).toContain('"number","id"');
    expect(rows.join()).not.toContain(made.depositClabe);
  });
});

test('a key is revoked by another administrator, once; it works no more', async () => {
  const { id, secret } = await createApiKey(world.db, { name: 'to be revoked', role: 'viewer' });
  const revoke = (which: string) => world.post(`/api/v1/keys/${which}/revoke`, { reason }, { key: world.keys.admin });
  expect((await revoke(id)).status).toBe(200);
  expect((await world.get('/api/v1/payments', secret)).status).toBe(401);
  const again = (await (await revoke(id)).json()) as { code: string };
  const [admin] = await world.db.select().from(apiKey).where(eq(apiKey.role, 'admin'));
  const own = (await (await revoke(admin?.id ?? '')).json()) as { code: string };
  expect([again.code, own.code]).toEqual(['revoked', 'own_key']);
  const audited = await world.get(`/api/v1/audit?subject=api_key:${id}`, world.keys.admin);
  expect(await audited.json()).toMatchObject({ lines: [{ command: 'key revoke', reason }, { command: 'key create' }] });
});

test('the audit log is narrowed to a payment by its number, a person, an act and days, and exported so', async () => {
  type Line = { command: string; subject: string; payment: number | null; reason: string; actor: string };
  const hold = { on: `payment:${made.id}`, reasonCode: 'under_review', owner: 'operations', sentence: 'said of Eva' };
  expect((await world.post('/api/v1/holds', hold)).status).toBe(201);
  const read = async (query: string, key = world.keys.operator) => {
    const response = await world.get(`/api/v1/audit?${query}`, key);
    return ((await response.json()) as { lines: Line[] }).lines;
  };
  const ofPayment = await read(`subject=${encodeURIComponent(`#${made.number}`)}`);
  expect(ofPayment.map(({ command, payment: number }) => [command, number])).toEqual([
    ['hold open', made.number],
    ['payment create', made.number],
  ]);
  expect(await read(`subject=payment:${made.number}`)).toEqual(ofPayment);
  expect(await read(`subject=payment:${made.id}&command=hold%20open`)).toEqual(ofPayment.slice(0, 1));
  const today = dayOf(new Date());
  const name = (ofPayment[0]?.actor ?? '').replace(/ \(.*/, '');
  expect(
    (await read(`who=${encodeURIComponent(name.toUpperCase().slice(1))}&from=${today}&to=${today}`)).length,
  ).toBeGreaterThan(2);
  expect([await read('who=%25nobody'), await read('to=2020-01-01'), await read('subject=%23999999')]).toEqual([
    [],
    [],
    [],
  ]);
  // Whoever only reads is told who did what; why stays with those on duty.
  const [masked] = await read(`subject=payment:${made.number}`, world.keys.viewer);
  expect([masked?.command, masked?.reason]).toEqual(['hold open', '(only for those on duty)']);
  const exported = await world.get(`/api/v1/exports/audit?subject=payment:${made.number}`, world.keys.viewer);
  const [head = '', ...rows] = (await exported.text()).trimEnd().split('\r\n');
  expect([head.split(',').length, rows.length, rows.join().includes('Eva')]).toEqual([9, 2, false]);
  expect((await world.get('/api/v1/audit?command=nothing')).status).toBe(422);
});

test('the overview counts what waits', async () => {
  const overview = (await (await world.get('/api/v1/overview')).json()) as Record<string, unknown>;
  expect(overview).toMatchObject({ attention: 0, proposals: 0, funds: null, alerts: [] });
  const hours = overview['hours'] as { created: number }[];
  expect([hours.length, hours.at(-1)?.created]).toEqual([24, (await world.db.select().from(payment)).length]);
});
