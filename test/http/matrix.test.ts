import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { propose } from '../../src/reactor/approvals/propose.ts';
import {
  apiKey,
  destination,
  effect,
  evidence,
  junoDeposit,
  lane,
  leg,
  suspense,
} from '../../src/reactor/db/schema.ts';
import { RESOLVE_EFFECT } from '../../src/reactor/effects/decide-by-people.ts';
import { isCommand, type Route } from '../../src/reactor/http/routes/declare.ts';
import { ROUTES } from '../../src/reactor/http/routes/index.ts';
import { maskName } from '../../src/reactor/people/mask-name.ts';
import { SETTLE_OUTSIDE } from '../../src/reactor/replace/settle-outside.ts';
import { startPostgres } from '../support/postgres.ts';
import { callsOf, EVERYBODY, READERS, type Subjects } from './matrix.ts';
import { clabeOf, openWorld, type World } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let world: World;
let subjects: Subjects;
/** What of people is in the world, by what it is. */
let secrets: Readonly<Record<keyof typeof READERS, readonly string[]>>;

const PAYER = { fullName: 'Zoraida Quintanilla', email: 'zoraida.quintanilla@example.mx' };
const WORDS = 'my neighbour Eufemia saw it all';
const reason = 'for the matrix';
const WHY = 'Eustaquio told me by telephone: eustaquio.robles@example.mx';
const json = async <T>(response: Response): Promise<T> => {
  expect(response.status, await response.clone().text()).toBeLessThan(300);
  return (await response.json()) as T;
};
type Made = { id: string; depositClabe: string };

beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase());
  const { post, db, keys } = world;
  const registered = { id: randomUUID(), clabe: clabeOf('64618011041234567'), legalName: 'Juan Recibe' };
  Object.assign(world.ctx, { bankAccounts: { ...world.ctx.bankAccounts, read: async () => [registered] } });
  const payer = await json<Made>(await post('/api/v1/users', PAYER));
  const recipient = await world.createUser('Juan Recibe');
  const [clabe, sender] = [clabeOf('64618011041234567'), clabeOf('01218011041234567')];
  const payout = { clabe, legalName: 'Juan Recibe' };
  const refund = { clabe: sender, legalName: PAYER.fullName };
  const terms = { recipientId: recipient.id, payout, refund, custodySeconds: 5, concept: 'x' };
  const payment = await json<Made>(await post('/api/v1/payments', { ...terms, payerId: payer.id, amount: '300.00' }));
  const waiting = await json<Made>(await post('/api/v1/payments', { ...terms, payerId: payer.id, amount: '301.00' }));
  const put = { ...terms, minimum: '500.00', maximum: '600.00', reason };
  const change = (path: string, body: object) =>
    world.app.request(`/api/v1${path}`, {
      method: 'PUT',
      headers: {
        ...{ authorization: `Bearer ${keys.operator}`, 'content-type': 'application/json' },
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(body),
    });
  await json(await change(`/users/${payer.id}/standing-terms`, put));
  const [own] = await db.select().from(leg).where(eq(leg.paymentId, payment.id));
  const legId = own?.id ?? '';
  await db.update(leg).set({ state: 'deposited', cause: 'ISSUANCE complete' }).where(eq(leg.id, legId));
  const said = { by: 'payer', reasonCode: 'not_received', statement: WORDS, reason: WHY };
  const dispute = await json<Made>(await post('/api/v1/disputes', { payment: payment.id, ...said }));
  await json(await post(`/api/v1/disputes/${dispute.id}/evidence`, { by: 'payer', text: WORDS, reason: WHY }));
  const hold = { reasonCode: 'fraud_report', sentence: WHY, owner: 'operations' };
  for (const on of [`user:${payer.id}`, `payment:${payment.id}`])
    await json(await post('/api/v1/holds', { ...hold, on }));
  await json(await change('/guards/switches/rail:bitso_spei/stop', { reason: WHY }));
  const held = await json<Made>(await post('/api/v1/payments', { ...terms, payerId: payer.id, amount: '302.00' }));
  const arrived = { state: 'deposited', cause: 'ISSUANCE complete' } as const;
  await db.update(leg).set(arrived).where(eq(leg.paymentId, held.id));
  await db.update(destination).set({ verifiedAt: new Date() });
  const deposit = { id: randomUUID(), clabe: payer.depositClabe, amount: 44_400n, status: 'complete' };
  await db.insert(junoDeposit).values({ ...deposit, senderClabe: sender, senderName: PAYER.fullName });
  await db.insert(suspense).values({
    ...{ depositId: deposit.id, reason: 'no_open_payment', amount: deposit.amount, issuanceId: randomUUID() },
  });
  await db.insert(lane).values({ name: `user:${payer.id}`, epoch: 1 });
  const effectId = randomUUID();
  await db.insert(effect).values({
    ...{ id: effectId, subjectKind: 'user', subjectId: payer.id, kind: 'juno_clabe', attempt: 1, key: randomUUID() },
    ...{ request: { name: PAYER.fullName }, amount: 0n, currency: 'MXN', lane: `user:${payer.id}`, laneEpoch: 1 },
  });
  const proposal = await json<Made>(
    await post(`/api/v1/disputes/${dispute.id}/proposals`, { outcome: 'recipient', reason: WHY }),
  );
  // What a person pastes from the bank, and what one types as the outside's id of a CLABE, says who was paid and where.
  const cepLink = `https://www.banxico.org.mx/cep/valida.do?criterio=1&cuenta=${clabe}&nombre=${payout.legalName.replace(' ', '+')}`;
  const [who] = await db.select().from(apiKey).where(eq(apiKey.role, 'operator'));
  const actor = { id: who?.id ?? '', name: who?.name ?? '', role: 'operator' } as const;
  await db.transaction(async (tx) => {
    const how = { trackingKey: 'MATRIX1', cepLink };
    await propose(tx, world.ctx, {
      ...{ command: SETTLE_OUTSIDE, actor, subjectId: legId, parameters: how, reason: WHY },
    });
    const resolved = { as: 'happened', externalId: payer.depositClabe } as const;
    await propose(tx, world.ctx, {
      ...{ command: RESOLVE_EFFECT, actor, subjectId: effectId, parameters: resolved, reason: WHY },
    });
    await tx.insert(evidence).values({
      ...{ source: 'bitso_withdrawal', externalId: 'MATRIX2', subjectKind: 'leg', subjectId: legId },
      detail: { trackingKey: 'MATRIX2', cepLink },
    });
  });
  subjects = {
    ...{ user: payer.id, payment: payment.id, dispute: dispute.id, deposit: deposit.id, effect: effectId },
    ...{ proposal: proposal.id, waiting: waiting.id, held: held.id, recipient: recipient.id, clabe },
  };
  secrets = {
    ...{ name: [PAYER.fullName, 'Juan Recibe'], email: [PAYER.email, 'maria@example.mx'], words: [WORDS] },
    reason: [WHY],
    clabe: [clabe, sender, payer.depositClabe, recipient.depositClabe],
  };
});
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const request = (route: Route, authorization?: string) => {
  const call = callsOf(subjects)[route.id];
  if (!call) throw new Error(`${route.id} is not in the matrix`);
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(call.at?.[name] ?? 'x'));
  const query = call.query ?? (isCommand(route) && route.plan ? 'dryRun=true' : '');
  return world.app.request(`/api/v1${path}?${query}`, {
    method: route.method.toUpperCase(),
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...{ 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    },
    ...(route.body ? { body: JSON.stringify(call.body) } : {}),
  });
};
const shownIn = (text: string) =>
  (Object.keys(secrets) as (keyof typeof READERS)[]).filter((what) =>
    secrets[what].some((one) => text.replaceAll('+', ' ').includes(one)),
  );

describe('the matrix', () => {
  test('has every route that is declared, and no other', () => {
    expect(Object.keys(callsOf(subjects)).sort()).toEqual(ROUTES.map(({ id }) => id).sort());
    expect(new Set(ROUTES.map(({ id }) => id)).size).toBe(ROUTES.length);
  });

  test('is of all that is served: no path answers under /api/v1 that is not declared', () => {
    const served = world.app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/v1'))
      .map(({ method, path }) => `${method} ${path}`);
    const declared = ROUTES.map(
      ({ method, path }) => `${method.toUpperCase()} /api/v1${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    expect([...new Set(served)].sort()).toEqual(declared.sort());
  });
});

describe.each(ROUTES.map((route) => [route.id, route] as const))('%s', (_, route) => {
  test.each([
    ['no key', undefined],
    ['an unknown key', `Bearer kus_${'a'.repeat(43)}`],
  ])('with %s answers nothing', async (_key, authorization) => {
    const response = await request(route, authorization);
    const text = await response.text();
    expect([response.status, JSON.parse(text).code, shownIn(text)]).toEqual([401, 'no_key', []]);
  });

  test.each(EVERYBODY)('for the role %s', async (role) => {
    const call = callsOf(subjects)[route.id];
    const may = call?.may.includes(role) ?? false;
    const response = await request(route, `Bearer ${world.keys[role]}`);
    const text = await response.text();
    expect([response.status, text.slice(0, may ? 300 : 2_000)]).toEqual([
      may ? (call?.ok ?? 200) : 403,
      may ? expect.anything() : expect.stringContaining('"code":"wrong_role"'),
    ]);
    const isJudge = call?.alsoRead?.includes(role) ?? false;
    const readable = Object.entries(READERS).flatMap(([what, who]) =>
      may && (isJudge || who.includes(role)) ? [what] : [],
    );
    expect(readable).toEqual(expect.arrayContaining(shownIn(text)));
  });
});

test('what is hidden from the others is there for those who may read it', async () => {
  const seen = async (id: string) => {
    const route = ROUTES.find((one) => one.id === id);
    if (!route) throw new Error(`no route ${id}`);
    return shownIn(await (await request(route, `Bearer ${world.keys.operator}`)).text());
  };
  expect(await seen('getUser')).toEqual(['name', 'email', 'clabe']);
  expect(await seen('getPayment')).toEqual(['name', 'reason', 'clabe']);
  expect(await seen('listProposals')).toEqual(['name', 'reason', 'clabe']);
  for (const id of ['whyPayment', 'listHolds', 'listGuards', 'getOverview'])
    expect([id, await seen(id)]).toEqual([id, ['reason']]);
  for (const id of ['listAudit', 'exportAudit']) expect([id, await seen(id)]).toEqual([id, ['reason']]);
  expect(await seen('listStandingTerms')).toEqual(['name', 'clabe']);
  expect(await seen('getSuspense')).toEqual(['name', 'clabe']);
  expect(await seen('getDeposit')).toEqual(['name', 'clabe']);
  expect(await seen('listBankAccounts')).toEqual(['name', 'clabe']);
  expect(await seen('getDispute')).toEqual(['words']);
});

test.each(['viewer', 'approver', 'screener', 'agent'] as const)('%s reads the first letters of names', async (role) => {
  const read = async (path: string) => (await world.get(`/api/v1${path}`, world.keys[role])).json();
  const { user: id, payment, deposit } = subjects;
  const juan = { legalName: 'J… R…' };
  expect(await read(`/users/${id}`)).toMatchObject({ fullName: 'Z… Q…' });
  expect(await read(`/payments/${payment}`)).toMatchObject({
    legs: [{ payout: juan }],
    refund: { legalName: 'Z… Q…' },
  });
  expect(await read(`/users/${id}/standing-terms`)).toMatchObject({ versions: [{ payout: juan }] });
  expect(await read('/juno/bank-accounts')).toMatchObject({ accounts: [juan] });
  for (const one of [`/deposits/${deposit}`, `/suspense/${deposit}`])
    expect(await read(one)).toMatchObject({ sender: { name: 'Z… Q…' } });
});

test('of a name each word’s first letter is shown, and of one that was erased that it was', () => {
  expect(['María  de-la Ó', 'Transportes (2000), S.A.', 'ñ', 'erased', 'erased:1f', 'erasedo'].map(maskName)).toEqual([
    ...['M… d… l… Ó…', 'T… 2… S…', 'ñ…', 'erased', 'erased', 'e…'],
  ]);
});
