import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKey, evidence, junoDeposit, payment } from '../../src/reactor/db/schema.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { dayOf } from '../../src/reactor/report/day.ts';
import { startPostgres } from '../support/postgres.ts';
import { clabeOf, openWorld, type World } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let world: World;
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
  const shown = (await (await world.get(`/api/v1/payments/${one.id}`)).json()) as { legs: { id: string }[] };
  made = { ...one, legId: shown.legs[0]?.id ?? '' };
  await world.db.insert(junoDeposit).values({
    ...{ id: 'jd-77', clabe: made.depositClabe, amount: 123_456n, status: 'complete' },
    ...{ trackingKey: 'MBAN01002611270001' },
  });
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
    ['the hash of a transaction', () => `0x${'AB'.repeat(32)}`, 'transaction'],
  ])('%s', async (_, q, by) => {
    expect(await search(q())).toEqual([[by, made.id]]);
  });
  test('the end of its deposit CLABE or of an account that it pays to', async () => {
    expect(await search(made.depositClabe.slice(-4))).toContainEqual(['clabe', made.id]);
    expect(await search(PAYOUT.clabe.slice(-4))).toContainEqual(['clabe', made.id]);
    expect(await search(made.depositClabe)).toHaveLength(2);
  });
  test('whose it is, for those who may read that', async () => {
    expect(await search('MARIA@example.mx')).toHaveLength(2);
    for (const q of ['maria@example.mx', made.depositClabe]) expect(await search(q, world.keys.viewer)).toEqual([]);
  });
});

test.each(['nothing of the kind', '0xzz', randomUUID(), '%', "'; DROP TABLE x", '999999999.99', '𝕏'])(
  'nothing is found by %s',
  async (q) => expect(await search(q)).toEqual([]),
);

describe('payments by kind and day', () => {
  const list = async (query: string) =>
    ((await (await world.get(`/api/v1/payments?${query}`)).json()) as { payments: unknown[] }).payments.length;
  test('a day is one of Mexico City', async () => {
    const today = dayOf(new Date());
    const yesterday = dayOf(new Date(Date.now() - 86_400_000));
    expect(await list(`from=${today}&to=${today}&kind=escrow&status=requested`)).toBe(2);
    expect([await list(`to=${yesterday}`), await list('kind=refund'), await list('status=in_custody')]).toEqual([
      0, 0, 0,
    ]);
  });
  test('the same as CSV, in which no cell is a formula', async () => {
    const response = await world.get('/api/v1/exports/payments?status=requested', world.keys.viewer);
    const [head = '', ...rows] = (await response.text()).trimEnd().split('\r\n');
    expect([response.headers.get('content-type'), rows.length]).toEqual(['text/csv; charset=utf-8', 2]);
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

test('the overview counts what waits', async () => {
  const overview = (await (await world.get('/api/v1/overview')).json()) as Record<string, unknown>;
  expect(overview).toMatchObject({ attention: 0, proposals: 0, funds: null, alerts: [] });
  const hours = overview['hours'] as { created: number }[];
  expect([hours.length, hours.at(-1)?.created]).toEqual([24, (await world.db.select().from(payment)).length]);
});
