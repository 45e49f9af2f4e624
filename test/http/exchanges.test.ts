/** What was said to the outside of a payment and by it, as each role reads it. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  bitsoWithdrawal,
  effect,
  evidence,
  junoDeposit,
  junoObservation,
  lane,
  leg,
  payment as paymentTable,
  webhookEndpoint,
  webhookIn,
} from '../../src/reactor/db/schema.ts';
import { redact, redactText } from '../../src/reactor/exchanges/redact.ts';
import { startPostgres } from '../support/postgres.ts';
import { clabeOf, openWorld, type World } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let world: World;
let paymentId: string;
const CLABE = clabeOf('64618011041234567');
const TOLD = 'https://shop.example/hook';
const [DEPOSIT, SENT] = [randomUUID(), randomUUID()];

type Line = { source: string; about: string; status: string | null; detail: Record<string, unknown> };

beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase());
  // Whoever is told of payments is told of this one.
  await world.db.insert(webhookEndpoint).values({ id: randomUUID(), url: `${TOLD}?t=1`, createdBy: 'the admin' });
  const [payer, recipient] = [await world.createUser(), await world.createUser()];
  const payout = { clabe: CLABE, legalName: 'Juan Recibe' };
  const terms = { payerId: payer.id, recipientId: recipient.id, amount: '200.00', custodySeconds: 5, concept: 'x' };
  paymentId = ((await (await world.post('/api/v1/payments', { ...terms, payout })).json()) as { id: string }).id;
  const { db } = world;
  const [row] = await db.select().from(leg).where(eq(leg.paymentId, paymentId));
  const legId = row?.id ?? '';
  await db.insert(lane).values({ name: `payment:${paymentId}`, epoch: 1 });
  await db.update(leg).set({ state: 'deposited', cause: 'ISSUANCE complete' }).where(eq(leg.id, legId));
  const own = { subjectKind: 'leg', subjectId: legId, attempt: 1, paymentId, currency: 'MXN', amount: 1n } as const;
  const fenced = { lane: `payment:${paymentId}`, laneEpoch: 1 };
  await db.insert(effect).values([
    {
      ...{ ...own, ...fenced, id: randomUUID(), kind: 'bitso_payout', key: randomUUID() },
      request: {
        body: JSON.stringify({ amount: '200.00', clabe: CLABE, beneficiary: 'Juan Recibe', api_secret: 's3' }),
      },
    },
    // Nothing left yet.
    { ...{ ...own, ...fenced, id: randomUUID(), kind: 'juno_redemption', key: randomUUID() }, request: { body: '{}' } },
  ]);
  await db.execute(
    sql`UPDATE reactor.effect SET state = 'sending', sends = 1, first_sent_at = reactor.now() WHERE kind = 'bitso_payout'`,
  );
  await db.execute(
    sql`UPDATE reactor.effect SET state = 'confirmed', external_id = ${SENT} WHERE kind = 'bitso_payout'`,
  );
  await db
    .insert(evidence)
    .values({ source: 'juno_deposit', externalId: DEPOSIT, subjectKind: 'leg', subjectId: legId });
  await db.insert(junoObservation).values([
    {
      ...{ resource: 'deposit', externalId: DEPOSIT, fingerprint: 'a' },
      body: JSON.stringify({
        id: DEPOSIT,
        status: 'complete',
        amount: 200,
        sender_name: 'Ana Paga',
        sender_clabe: CLABE,
      }),
    },
    { resource: 'deposit', externalId: randomUUID(), fingerprint: 'b', body: '{"id":"of another"}' },
  ]);
  const bytes = { body: Buffer.from('{}'), size: 2, headers: {}, signature: 'unsigned', isReadable: true } as const;
  const hint = (id: string) => ({ kind: 'hint', transactionIds: [], bitsoIds: [id], status: 'COMPLETE' });
  await db.insert(webhookIn).values([
    { ...bytes, source: 'bitso', digest: 'a', sourceAddress: '192.0.2.7', hint: hint(SENT) },
    { ...bytes, source: 'bitso', digest: 'b', hint: hint(randomUUID()) },
    { ...bytes, source: 'juno', digest: 'c', hint: { kind: 'unreadable' }, isReadable: false },
  ]);
});
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const read = async (key: string): Promise<Line[]> => {
  const response = await world.get(`/api/v1/payments/${paymentId}/exchanges`, key);
  return ((await response.json()) as { lines: Line[] }).lines;
};
const of = (lines: readonly Line[], source: string) => lines.filter((line) => line.source === source);

test('has what was sent, what was said of it, and the webhooks that named it: nothing of another’s', async () => {
  const lines = await read(world.keys.operator);
  expect(of(lines, 'request').map(({ about, status }) => [about, status])).toEqual([['bitso_payout', 'confirmed']]);
  expect(of(lines, 'request')[0]?.detail['request']).toMatchObject({ clabe: CLABE, beneficiary: 'Juan Recibe' });
  expect(of(lines, 'answer').map(({ about, status }) => [about, status])).toEqual([['deposit', 'complete']]);
  expect(of(lines, 'webhook_in')).toMatchObject([{ about: 'bitso', status: 'COMPLETE' }]);
  expect(of(lines, 'webhook_in')[0]?.detail).toMatchObject({ sourceAddress: '192.0.2.7', signature: 'unsigned' });
  expect(of(lines, 'webhook_out')).toMatchObject(
    ['leg.requested', 'leg.deposited'].map((about) => ({
      ...{ about, status: 'waiting', detail: { tries: 0, url: `${TOLD}?t=1` } },
    })),
  );
});

test('whoever may not read of people reads what tells one from another, and no secret is anybody’s', async () => {
  const text = JSON.stringify(await read(world.keys.viewer));
  expect(text).toContain('200.00');
  for (const hidden of [CLABE, 'Juan Recibe', 'Ana Paga', '192.0.2.7', TOLD]) expect(text).not.toContain(hidden);
  expect(JSON.stringify(await read(world.keys.admin))).not.toContain('s3');
});

test('the SPEI orders of a payment have what Banxico’s receipt is looked up with, and its link is not for everybody', async () => {
  const { db, keys } = world;
  const [payment] = await db.select().from(paymentTable).where(eq(paymentTable.id, paymentId));
  await db.insert(junoDeposit).values({
    ...{ id: DEPOSIT, clabe: payment?.depositClabe ?? '', amount: 20_000n, status: 'complete', trackingKey: 'IN1' },
    senderClabe: '0121801*****',
  });
  const cepLink = 'https://www.banxico.org.mx/cep/go?i=90710&s=20220921&d=x';
  await db
    .insert(bitsoWithdrawal)
    .values({ id: SENT, originId: 'o', status: 'complete', trackingKey: 'OUT1', cepLink });
  // What brought it there is told elsewhere.
  await db.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.execute(
      sql`UPDATE reactor.leg SET state = 'completed', rail = 'bitso_spei' WHERE payment_id = ${paymentId}`,
    );
  });
  const read = async (key: string) =>
    (await (await world.get(`/api/v1/payments/${paymentId}/receipts`, key)).json()) as { receipts: unknown };
  const [into, out] = [
    {
      direction: 'in',
      by: 'juno',
      amount: '200.00',
      trackingKey: 'IN1',
      sendingBank: 'BBVA México',
      receivingBank: 'NVIO',
    },
    { direction: 'out', by: 'bitso', amount: '200.00', trackingKey: 'OUT1', sendingBank: 'NVIO', receivingBank: 'STP' },
  ];
  expect((await read(keys.operator)).receipts).toMatchObject([into, { ...out, account: CLABE, cepLink }]);
  expect((await read(keys.viewer)).receipts).toMatchObject([
    into,
    {
      ...out,
      account: `${CLABE.slice(0, 3)}…${CLABE.slice(-4)}`,
      legalName: expect.stringMatching(/^(.… ?)+$/),
      cepLink: null,
    },
  ]);
});

test('webhooks are found by an index', async () => {
  await world.db.execute(sql`SET enable_seqscan = off`);
  const { rows } = await world.db.execute<{ 'QUERY PLAN': string }>(sql`EXPLAIN SELECT 1 FROM reactor.webhook_in
    WHERE (coalesce(hint -> 'transactionIds', '[]') || coalesce(hint -> 'bitsoIds', '[]')) ?| ARRAY['x']::text[]`);
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('webhook_in_ids');
});

test('what nobody thought of is hidden from most, and what is no JSON is told by its length', () => {
  const said = {
    id: `x ${CLABE}`,
    details: { favourite_colour: 'blue', step: 'sent', data: `0xa9059cbb${'0'.repeat(128)}` },
  };
  expect(redact(said, false)).toEqual({
    ...{ id: `x ${CLABE.slice(0, 3)}…${CLABE.slice(-4)}` },
    details: { favourite_colour: '…', step: 'sent', data: '0xa9059cbb…' },
  });
  expect(redact({ details: said.details, api_key: 'k', list: [{ token: 't' }] }, true)).toEqual({
    ...{ api_key: '…', list: [{ token: '…' }] },
    details: { favourite_colour: 'blue', step: 'sent', data: '0xa9059cbb…' },
  });
  expect(redactText('<html>', true)).toBe('6 bytes that are no JSON');
});
