import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createReader } from '../../src/reactor/alerts/read.ts';
import { tellAlerts } from '../../src/reactor/alerts/tell.ts';
import type { Context } from '../../src/reactor/context.ts';
import {
  alert,
  idempotency,
  leg,
  webhookDelivery,
  webhookEndpoint,
  webhookEvent,
} from '../../src/reactor/db/schema.ts';
import { openReadings } from '../../src/reactor/metrics/expose.ts';
import { createInstruments } from '../../src/reactor/metrics/instruments.ts';
import { deliverWebhooks } from '../../src/reactor/webhooks-out/deliver.ts';
import { isPublicAddress, whyNotOutside } from '../../src/reactor/webhooks-out/outside.ts';
import { sendWebhook } from '../../src/reactor/webhooks-out/send.ts';
import { startHook } from '../alerts/receivers.ts';
import { openWorld, type World } from '../http/world.ts';
import { givePayment } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const reason = 'for the tests';
type Made = Readonly<{ id: string; secret: string | null }>;
type Event = Readonly<{ type: string; data: { paymentId: string; state: string; amount: string } }>;

let postgres: TestPostgres;
let world: World;
let hook: Awaited<ReturnType<typeof startHook>>;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
});
beforeEach(async () => {
  world = await openWorld(await postgres.createDatabase());
  hook = await startHook();
});
afterEach(async () => {
  await hook.stop();
  await world.close();
});

const asAdmin = (idempotencyKey = randomUUID() as string) => ({ key: world.keys.admin, idempotencyKey });
const make = async (url = hook.url, options = asAdmin()): Promise<Made> =>
  (await (await world.post('/api/v1/webhook-endpoints', { url, reason }, options)).json()) as Made;
const command = async (path: string) => (await world.post(`/api/v1/${path}`, { reason }, asAdmin())).json();
const deliver = async (ctx: Context = world.ctx) => {
  while (await deliverWebhooks(ctx));
};
const move = (id: string, state: 'deposited' | 'withdrawing' | 'withdrawn' | 'funding' | 'in_custody') =>
  world.db.update(leg).set({ state, cause: 'test' }).where(eq(leg.id, id));
const verified = (secret: string | null, at = 0): Event => {
  const { headers, body } = hook.received[at] ?? { headers: {}, body: '' };
  return new Webhook(secret ?? '').verify(body, { ...headers }) as Event;
};
const passes = (interval: string) =>
  world.db.execute(
    sql.raw(
      `UPDATE reactor.webhook_delivery SET next_try_at = next_try_at - interval '${interval}', until = until - interval '${interval}'`,
    ),
  );

test('what happens to a payment is told in its order, signed, and without anything of people', async () => {
  const { secret } = await make();
  const { legId, paymentId } = await givePayment(world.db);
  for (const state of ['deposited', 'withdrawing', 'withdrawn', 'funding', 'in_custody'] as const)
    await move(legId, state);
  await deliver();
  expect(hook.received.map((_, at) => verified(secret, at))).toMatchObject(
    ['leg.requested', 'leg.deposited', 'leg.in_custody'].map((type) => ({
      type,
      data: { version: 1, paymentId, amount: '1500.00' },
    })),
  );
  for (const { body } of hook.received) expect(body).not.toMatch(/\d{18}|Ruiz/);
});

test('an event is there exactly if the move is: both or neither', async () => {
  await make();
  const { legId } = await givePayment(world.db);
  await world.db
    .transaction(async (tx) => {
      await tx.update(leg).set({ state: 'deposited', cause: 'test' }).where(eq(leg.id, legId));
      throw new Error('undone');
    })
    .catch(() => undefined);
  const types = (await world.db.select().from(webhookEvent)).map(({ type }) => type);
  expect(types).toEqual(['leg.requested']);
});

test('what is not taken is sent again under its id, the next of that payment after it, those of others meanwhile', async () => {
  await make();
  const [first, other] = [await givePayment(world.db), await givePayment(world.db)];
  await move(first.legId, 'deposited');
  hook.answer(500);
  await deliver();
  expect(hook.received).toEqual([]);
  hook.answer(200);
  await passes('1 hour');
  await deliver();
  const told = hook.received.map(({ body }) => JSON.parse(body) as Event);
  expect(told.filter(({ data }) => data.paymentId === first.paymentId).map(({ type }) => type)).toEqual([
    'leg.requested',
    'leg.deposited',
  ]);
  expect(told.filter(({ data }) => data.paymentId === other.paymentId)).toHaveLength(1);
});

test('an event that an endpoint never takes keeps none of another payment from it', async () => {
  await make();
  const [refused, other] = [await givePayment(world.db), await givePayment(world.db)];
  hook.answer((body) => (body.includes(refused.paymentId) ? 400 : 200));
  for (let turn = 0; turn < 3; turn++) {
    await deliver();
    await passes('1 hour');
  }
  expect(hook.received.map(({ body }) => (JSON.parse(body) as Event).data.paymentId)).toEqual([other.paymentId]);
});

test('an endpoint that is slow holds up the others for a moment only', async () => {
  await make();
  for (let i = 0; i < 3; i++) await givePayment(world.db);
  // Each look at the clock is ten seconds later.
  let at_ms = 0;
  const slow: Context = { ...world.ctx, monotonic: () => (at_ms += 10_000) };
  expect(await deliverWebhooks(slow)).toBe(true);
  expect(hook.received).toHaveLength(1);
  await deliver();
  expect(hook.received).toHaveLength(3);
});

test('after three days it is failed, and resent when somebody asks for it', async () => {
  const { secret } = await make();
  await givePayment(world.db);
  hook.answer(500);
  await deliver();
  await passes('73 hours');
  await deliver();
  const [failed] = await world.db.select().from(webhookDelivery);
  expect(failed).toMatchObject({ state: 'failed', error: 'answered 500' });
  hook.answer(200);
  expect(await command(`webhook-events/${failed?.eventId}/resend`)).toEqual({ endpoints: 1 });
  await deliver();
  expect(verified(secret).type).toBe('leg.requested');
  expect(hook.received[0]?.headers['webhook-id']).toBe(failed?.eventId);
});

test('a secret is shown once, stands nowhere, and the one before it signs as well for a day', async () => {
  const idempotencyKey = randomUUID();
  const { id, secret } = await make(hook.url, asAdmin(idempotencyKey));
  expect(secret).toMatch(/^whsec_/);
  expect((await make(hook.url, asAdmin(idempotencyKey))).secret).toBeNull();
  const next = (await command(`webhook-endpoints/${id}/rotate`)) as Made;
  await command(`webhook-endpoints/${id}/test`);
  await deliver();
  for (const one of [secret, next.secret]) expect(verified(one).type).toBe('webhook.test');
  const again = await world.post(`/api/v1/webhook-endpoints/${id}/rotate`, { reason }, asAdmin());
  expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([409, 'still_rotating']);
  await world.db.update(webhookEndpoint).set({ previousUntil: new Date(0) });
  await command(`webhook-endpoints/${id}/test`);
  await deliver();
  expect(verified(next.secret, 1).type).toBe('webhook.test');
  expect(() => verified(secret, 1)).toThrow();
  const kept = JSON.stringify([
    await world.db.select().from(webhookEndpoint),
    await world.db.select().from(idempotency),
  ]);
  for (const one of [secret, next.secret]) expect([kept, ...world.logged].join()).not.toContain(one);
  expect(await (await world.get('/api/v1/webhook-endpoints')).text()).not.toContain('whsec_');
  expect(((await command(`webhook-endpoints/${id}/rotate`)) as Made).secret).toMatch(/^whsec_/);
});

test('a secret that leaked signs nothing more at once, nor does one before it, and the plan says so', async () => {
  const { id, secret } = await make(hook.url);
  const second = (await command(`webhook-endpoints/${id}/rotate`)) as Made;
  const rotate = (query: string) =>
    world.post(`/api/v1/webhook-endpoints/${id}/rotate${query}`, { reason, now: true }, asAdmin());
  expect(await (await rotate('?dryRun=true')).json()).toEqual({ dryRun: true, id, url: hook.url, previousUntil: null });
  const third = (await (await rotate('')).json()) as Made;
  await command(`webhook-endpoints/${id}/test`);
  await deliver();
  expect(verified(third.secret).type).toBe('webhook.test');
  for (const one of [secret, second.secret]) expect(() => verified(one)).toThrow();
  // None is left that still signs: another rotation is as the first was.
  expect(await command(`webhook-endpoints/${id}/rotate`)).toMatchObject({ previousUntil: expect.any(String) });
});

test('several processes at once deliver once', async () => {
  await make();
  await givePayment(world.db);
  await Promise.all(['a', 'b', 'c'].map((holder) => deliverWebhooks({ ...world.ctx, holder })));
  await deliver();
  expect(hook.received).toHaveLength(1);
});

test('only an administrator says who is told, and only of a place outside', async () => {
  for (const key of [
    world.keys.viewer,
    world.keys.operator,
    world.keys.approver,
    world.keys.screener,
    world.keys.agent,
  ])
    expect((await world.post('/api/v1/webhook-endpoints', { url: hook.url, reason }, { key })).status).toBe(403);
  const production = { junoEnv: 'production' } as const;
  for (const url of [
    'http://example.mx',
    'https://127.0.0.1/x',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/',
    'https://0x7f000001/',
    'https://user:secret@example.mx',
    'ftp://example.mx',
  ])
    expect(whyNotOutside(url, production), url).not.toBeNull();
  expect(whyNotOutside('https://example.mx/hook', production)).toBeNull();
  for (const address of [
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ])
    expect(isPublicAddress(address), address).toBe(false);
  for (const address of ['8.8.8.8', '2606:4700:4700::1111']) expect(isPublicAddress(address)).toBe(true);
});

test('a name that leads to a private network gets nothing', async () => {
  const sent = await sendWebhook({ junoEnv: 'production' }, { url: 'https://localhost:9/', headers: {}, body: '{}' });
  expect(sent).toBe('its name leads to a private network');
});

test('the next of a payment waits for the one before it, also where that was put off', async () => {
  await make();
  const { legId } = await givePayment(world.db);
  await move(legId, 'deposited');
  const later = sql`reactor.now() + interval '1 hour'`;
  const [first] = await world.db.select().from(webhookDelivery).orderBy(webhookDelivery.number);
  await world.db
    .update(webhookDelivery)
    .set({ nextTryAt: later })
    .where(eq(webhookDelivery.eventId, first?.eventId ?? ''));
  await deliverWebhooks(world.ctx);
  expect(hook.received).toEqual([]);
});

test('what nobody took in three days is an alert until it is resent and taken', async () => {
  const { id } = await make();
  await givePayment(world.db);
  hook.answer(500);
  await deliver();
  await passes('73 hours');
  await deliver();
  const read = createReader(world.ctx, createInstruments(world.ctx), openReadings(world.ctx), null);
  const open = () => world.db.select().from(alert).where(sql`closed_at IS NULL AND kind = 'webhook-failed'`);
  await tellAlerts(world.ctx, read, []);
  expect(await open()).toMatchObject([{ key: `webhook-failed:${id}` }]);
  hook.answer(200);
  const [failed] = await world.db.select().from(webhookDelivery);
  await command(`webhook-events/${failed?.eventId}/resend`);
  await deliver();
  await tellAlerts(world.ctx, read, []);
  expect(await open()).toEqual([]);
});

test('a rehearsal makes nothing, and shows no secret', async () => {
  const { id } = await make();
  for (const [path, body] of [
    ['webhook-endpoints', { url: hook.url, reason }],
    [`webhook-endpoints/${id}/rotate`, { reason }],
    [`webhook-endpoints/${id}/test`, { reason }],
  ] as const) {
    const answered = await world.post(`/api/v1/${path}?dryRun=true`, body, asAdmin());
    expect(answered.status).toBe(200);
    expect(await answered.text()).not.toContain('whsec_');
  }
  expect(await world.db.select().from(webhookEndpoint)).toMatchObject([{ version: 1 }]);
  expect(await world.db.select().from(webhookEvent)).toEqual([]);
});
