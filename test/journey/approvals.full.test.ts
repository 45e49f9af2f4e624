/** A payment of each release policy on the one-command world: who approves, and how, is told through the reactor’s own doors. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { User } from '../../src/local/api.ts';
import { auditWorld } from '../../src/local/audit.ts';
import { payoutClabe } from '../../src/local/drive.ts';
import type { World } from '../../src/local/world.ts';
import { JOURNEY_TIMEOUT_MS, keyOf, query, startFastWorld, until } from './support.ts';

const NAME = 'Gloria Paz';
/** Longer than the file takes: what leaves before it left early. */
const LONG_S = 7_200;
const SHORT_S = 2;

let world: World;
let payer: User;
let recipient: User;
/** Of the application that users sign in to. */
let agentKey: string;
beforeAll(async () => {
  world = await startFastWorld();
  const [a, b] = await Promise.all(
    ['Ana Ruiz', NAME].map((fullName) => world.api.createUser({ fullName, email: 'somebody@example.com' })),
  );
  if (!a || !b) throw new Error('no people');
  recipient = b;
  payer = await until(async () => {
    const now = await world.api.user(a.id);
    return now.depositClabe === null ? null : now;
  });
  agentKey = await keyOf(world, 'agent');
}, JOURNEY_TIMEOUT_MS);
afterAll(async () => {
  await world?.stop();
});

type Shown = Readonly<{ id: string; depositClabe: string; deposit: string }>;
let accounts = 0;
async function ask(release: string, custodySeconds: number): Promise<Shown & { clabe: string }> {
  const clabe = payoutClabe(accounts++);
  const shown = (await world.api.call('/payments', {
    ...{ payerId: payer.id, recipientId: recipient.id, amount: `${700 + accounts}.00`, custodySeconds, release },
    ...{ payout: { clabe, legalName: NAME }, concept: 'Renta' },
  })) as Shown;
  await world.deposit(shown.depositClabe, shown.deposit);
  return { ...shown, clabe };
}
const post = async (path: string, body: object, key?: string) => {
  const response = await fetch(`${world.urls.reactor}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
      ...(key ? { authorization: `Bearer ${key}` } : {}),
    },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.clone().text()).toBe(201);
  return (await response.json()) as unknown;
};
const approve = (id: string, party: 'payer' | 'recipient') =>
  post(
    `/api/v1/payments/${id}/approvals`,
    { party, userId: party === 'payer' ? payer.id : recipient.id, reason: 'received' },
    agentKey,
  );
async function approveByLink(id: string, party: 'payer' | 'recipient') {
  const asked = { party, reason: 'asked by e-mail' };
  const made = (await post(`/api/v1/payments/${id}/approval-links`, asked, agentKey)) as { token: string };
  await post('/approve', { token: made.token });
}
const why = async (id: string) => ((await world.api.call(`/payments/${id}/why`)) as { sentence: string }).sentence;
const isPaid = async ({ id, clabe }: { id: string; clabe: string }) => {
  await until(async () => (await world.api.payment(id)).status === 'completed');
  expect((await world.outbox()).filter((one) => one.clabe === clabe)).toHaveLength(1);
};
const signatures = (id: string) =>
  query<{ state: string }>(
    world,
    `SELECT state::text FROM reactor.effect WHERE payment_id = $1 AND kind = 'approver_signature'`,
    [id],
  );

test.concurrent('approvals: out before its date, once both have approved, one of them by a link', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  const payment = await ask('approvals', LONG_S);
  await approveByLink(payment.id, 'payer');
  await until(async () => (await why(payment.id)).includes('the approval of recipient'));
  await approve(payment.id, 'recipient');
  await isPaid(payment);
  expect(await signatures(payment.id)).toEqual([{ state: 'confirmed' }]);
});

test.concurrent('date_or_approvals: out before its date by the approvals', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  const payment = await ask('date_or_approvals', LONG_S);
  await Promise.all([approve(payment.id, 'payer'), approve(payment.id, 'recipient')]);
  await isPaid(payment);
  expect(await signatures(payment.id)).toEqual([{ state: 'confirmed' }]);
});

test.concurrent('date_or_approvals: or at its date without any', { timeout: JOURNEY_TIMEOUT_MS }, async () => {
  const payment = await ask('date_or_approvals', SHORT_S);
  await isPaid(payment);
  expect(await signatures(payment.id)).toEqual([]);
});

test.concurrent('date_and_approvals: at its date it waits for both', { timeout: JOURNEY_TIMEOUT_MS }, async () => {
  const payment = await ask('date_and_approvals', SHORT_S);
  await until(async () => (await why(payment.id)).includes('waits for the approvals of payer and recipient'));
  await approve(payment.id, 'recipient');
  await approve(payment.id, 'payer');
  await isPaid(payment);
  expect(await signatures(payment.id)).toEqual([]);
});

test(
  'the health says that early release is open, and the second opinion agrees with all of it',
  async () => {
    const health = (await (await fetch(`${world.urls.reactor}/health`)).json()) as { chain: { early_release: string } };
    expect(health.chain.early_release).toBe('open');
    const found = await auditWorld(world);
    expect(found).toEqual([]);
  },
  JOURNEY_TIMEOUT_MS,
);
