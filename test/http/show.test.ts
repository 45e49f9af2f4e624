import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { effect, evidence, hold, lane, leg } from '../../src/reactor/db/schema.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { startPostgres } from '../support/postgres.ts';
import { clabeOf, openWorld, type World } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let world: World;
const ids: string[] = [];

type Shown = { id: string; status: string; timeline: { at: string; source: string; what: string }[] };
type Page = { payments: { id: string; status: string }[]; nextCursor: string | null };

const read = async <T>(path: string): Promise<T> => (await (await world.get(path)).json()) as T;

beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase());
  const [payer, recipient] = [await world.createUser(), await world.createUser()];
  for (let n = 0; n < 5; n++) {
    const made = await world.post('/api/v1/payments', {
      payerId: payer.id,
      recipientId: recipient.id,
      amount: `20${n}.50`,
      custodySeconds: 5,
      payout: { clabe: clabeOf('64618011041234567'), legalName: 'Juan' },
      concept: `number ${n}`,
    });
    ids.push(((await made.json()) as { id: string }).id);
  }
});

afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

test('pages walk all payments, newest first, each once', async () => {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await read(`/api/v1/payments?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.payments.map((p) => p.id));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual([...ids].reverse());
});

test('a status filters, also past the end of a page', async () => {
  await world.db
    .update(leg)
    .set({ state: 'expired', cause: 'late' })
    .where(eq(leg.paymentId, ids[1] ?? ''));
  const expired: Page = await read('/api/v1/payments?status=expired&limit=1');
  expect(expired.payments.map((p) => p.id)).toEqual([ids[1]]);
  const open: Page = await read('/api/v1/payments?status=requested');
  expect(open.payments).toHaveLength(4);
  expect(open.nextCursor).toBeNull();
});

test.each(['limit=101', 'limit=0', 'limit=x', 'cursor=7', 'status=lost', 'legState=requested,lost', 'colour=red'])(
  'refuses %s',
  async (query) => {
    expect((await world.get(`/api/v1/payments?${query}`)).status).toBe(422);
  },
);

test('the timeline merges moves, effects, evidence and books in the order of time', async () => {
  const paymentId = ids[2] ?? '';
  const [row] = await world.db.select().from(leg).where(eq(leg.paymentId, paymentId));
  const legId = row?.id ?? '';
  const depositId = randomUUID();
  await world.db
    .insert(evidence)
    .values({ source: 'juno_deposit', externalId: depositId, subjectKind: 'leg', subjectId: legId });
  await world.db.transaction((tx) =>
    writeEntry(tx, {
      id: randomUUID(),
      key: `deposit:${legId}`,
      paymentId,
      effectId: null,
      state: 'posted',
      postings: JOURNEY.deposit(centavos(20_250n)),
    }),
  );
  await world.db.update(leg).set({ state: 'deposited', cause: 'ISSUANCE complete' }).where(eq(leg.id, legId));
  await world.db.insert(lane).values({ name: `payment:${paymentId}`, epoch: 1 });
  await world.db.insert(effect).values({
    id: randomUUID(),
    subjectKind: 'leg',
    subjectId: legId,
    kind: 'juno_withdrawal',
    attempt: 1,
    paymentId,
    key: randomUUID(),
    request: {},
    amount: 1n,
    currency: 'MXNB',
    lane: `payment:${paymentId}`,
    laneEpoch: 1,
  });
  const shown = await read<Shown>(`/api/v1/payments/${paymentId}`);
  expect(shown.status).toBe('deposited');
  expect(shown.timeline.map((line) => line.what)).toEqual([
    'requested: created',
    'the operator: payment create',
    `juno_deposit ${depositId} claimed`,
    'deposit posted',
    'requested → deposited: ISSUANCE complete',
    'juno_withdrawal recorded (attempt 1)',
  ]);
  expect(shown.timeline.map((line) => line.at)).toEqual(shown.timeline.map((line) => line.at).sort());
});

test('a hold shows in status and list, and closes again', async () => {
  const paymentId = ids[3] ?? '';
  const id = randomUUID();
  await world.db
    .insert(hold)
    .values({ id, paymentId, kind: 'hold', reasonCode: 'kyc', sentence: 'Papers are missing.', owner: 'operations' });
  expect(await read(`/api/v1/payments/${paymentId}`)).toMatchObject({
    status: 'on_hold',
    holds: [{ reasonCode: 'kyc', sentence: 'Papers are missing.' }],
  });
  expect((await read<Page>('/api/v1/payments?status=on_hold')).payments).toHaveLength(1);
  await world.db.update(hold).set({ closedAt: new Date() }).where(eq(hold.id, id));
  expect((await read<Shown>(`/api/v1/payments/${paymentId}`)).status).toBe('requested');
});

test('a state of a leg finds the payments whose money is there, also behind a question for a person and a hold', async () => {
  const [attention, held] = [ids[0] ?? '', ids[4] ?? ''];
  const mark = { attentionCode: 'deposit_overdue', attentionText: 'It waits.', attentionOwner: 'operations' };
  await world.db.update(leg).set(mark).where(eq(leg.paymentId, attention));
  const holdId = randomUUID();
  const why = { kind: 'hold', reasonCode: 'kyc', sentence: 'Papers are missing.', owner: 'operations' } as const;
  await world.db.insert(hold).values({ id: holdId, paymentId: held, ...why });
  const found = async (query: string) => (await read<Page>(`/api/v1/payments?${query}`)).payments.map(({ id }) => id);
  expect(await found('status=requested')).toEqual([ids[3]]);
  expect(await found('legState=requested')).toEqual([held, ids[3], attention]);
  expect(await found('legState=requested&status=on_hold')).toEqual([held]);
  expect(await found('legState=expired,deposited')).toEqual([ids[2], ids[1]]);
  const cleared = { attentionCode: null, attentionText: null, attentionOwner: null };
  await world.db.update(leg).set(cleared).where(eq(leg.paymentId, attention));
  await world.db.update(hold).set({ closedAt: new Date() }).where(eq(hold.id, holdId));
});

test('why says what a payment waits for', async () => {
  expect(await read(`/api/v1/payments/${ids[0]}/why`)).toMatchObject({
    status: 'requested',
    decision: 'wait',
    sentence: expect.stringMatching(/^It waits for the payer’s SPEI deposit, until \d{4}-.*Z\. It looks again/),
    toDo: null,
  });
  expect(await read(`/api/v1/payments/${ids[1]}/why`)).toMatchObject({ status: 'expired', decision: 'done' });
});

test('why of a payment that cannot even be read is what it was marked with', async () => {
  const paymentId = ids[2] ?? '';
  const isOurs = eq(leg.paymentId, paymentId);
  const [row] = await world.db.select().from(leg).where(isOurs);
  for (const state of ['withdrawing', 'withdrawn'] as const)
    await world.db.update(leg).set({ state, cause: 'a test' }).where(isOurs);
  const torn = { source: 'chain', subjectKind: 'leg', subjectId: row?.id ?? '', detail: { blockHash: '0xb' } } as const;
  await world.db.insert(evidence).values({ ...torn, externalId: '31337:0x1:0' });
  expect((await world.get(`/api/v1/payments/${paymentId}/why`)).status).toBe(500);
  const mark = {
    attentionCode: 'cannot_be_looked_at',
    attentionText: 'It failed 8 times.',
    attentionOwner: 'engineering',
  };
  await world.db.update(leg).set(mark).where(isOurs);
  expect(await read(`/api/v1/payments/${paymentId}/why`)).toMatchObject({
    ...{ status: 'needs_attention', decision: 'ask', attention: { code: 'cannot_be_looked_at' } },
    sentence: 'It needs a person (engineering): It failed 8 times.',
    toDo: expect.stringContaining('call engineering'),
  });
});

test('a hold on a broker, whose account one leg is paid to, shows in the status that why says as in the one that is shown', async () => {
  const [payer, recipient, broker] = [await world.createUser(), await world.createUser(), await world.createUser()];
  const payout = (first17: string) => ({ clabe: clabeOf(first17), legalName: 'Juan' });
  const made = await world.post('/api/v1/payments', {
    ...{ payerId: payer.id, recipientId: recipient.id, amount: '300.00', custodySeconds: 5, concept: 'held' },
    payout: payout('64618011041234567'),
    fees: [
      {
        ...{ kind: 'broker', bearer: 'payer', amount: '150.00', beneficiaryId: broker.id },
        payout: payout('64618011041234568'),
      },
    ],
  });
  const { id } = (await made.json()) as { id: string };
  const statuses = async () => [
    (await read<Shown>(`/api/v1/payments/${id}`)).status,
    (await read<Shown>(`/api/v1/payments/${id}/why`)).status,
  ];
  expect(await statuses()).toEqual(['requested', 'requested']);
  const why = { reasonCode: 'drill', sentence: 'is looked into', owner: 'operations' };
  expect((await world.post('/api/v1/holds', { on: `user:${broker.id}`, ...why })).status).toBe(201);
  expect(await statuses()).toEqual(['on_hold', 'on_hold']);
});

test('a payment is found by its number as well', async () => {
  const shown = await read<Shown & { number: number }>(`/api/v1/payments/${ids[0]}`);
  expect(await read(`/api/v1/payments/${shown.number}`)).toEqual(shown);
});

test.each(['', '/why'])('there is no payment of an unknown id: %s', async (tail) => {
  for (const id of ['x', '0', '-1', '1e3', '999999999999999', randomUUID()]) {
    const response = await world.get(`/api/v1/payments/${id}${tail}`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'payment_not_found']);
  }
});
