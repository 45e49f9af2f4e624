import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createClabe } from '../../src/juno/createClabe.ts';
import { deleteWebhook } from '../../src/juno/deleteWebhook.ts';
import { listWebhooks } from '../../src/juno/listWebhooks.ts';
import { registerWebhook } from '../../src/juno/registerWebhook.ts';
import { readWebhook } from '../../src/juno/webhook.ts';
import { deposit, guard, isRemote, issuanceTo, openTarget, refused, type Target, TIMEOUTS, until } from './target.ts';

vi.setConfig(TIMEOUTS);

/** Nobody's, and reached by nobody. */
const newUrl = () => `https://example.com/kustodia-contract-${crypto.randomUUID()}`;

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target?.close());

const idOf = async (callbackUrl: string) =>
  (await listWebhooks(target.juno)).items.find((item) => item.callbackUrl === callbackUrl)?.id ?? null;

describe('subscriptions', () => {
  let url: string;
  beforeEach(() => {
    url = newUrl();
  });
  afterEach(async () => {
    const id = await idOf(url);
    if (id !== null) await deleteWebhook(target.juno, { id });
  });

  test('J/webhooks: registering one answers with a message and `webhooks`, in no other envelope', async () => {
    const { raw } = await registerWebhook(target.juno, { callbackUrl: url });
    expect(JSON.parse(raw)).toMatchObject({
      message: expect.any(String),
      webhooks: expect.arrayContaining([expect.objectContaining({ callback_url: url, event: 'transaction' })]),
    });
  });

  test('P/managing-webhook-subscriptions: it is listed, and deleted by its id', async () => {
    await registerWebhook(target.juno, { callbackUrl: url });
    const id = await idOf(url);
    expect(id).not.toBeNull();
    await deleteWebhook(target.juno, { id: id ?? '' });
    expect(await idOf(url)).toBeNull();
  });

  test('P/managing-webhook-subscriptions: registering it again is answered 400 and makes no double', async () => {
    await registerWebhook(target.juno, { callbackUrl: url });
    expect((await refused(registerWebhook(target.juno, { callbackUrl: url }))).httpStatus).toBe(400);
    const { items } = await listWebhooks(target.juno);
    expect(items.filter((item) => item.callbackUrl === url)).toHaveLength(1);
  });

  test('J/webhooks: an event that nobody knows is refused', async () => {
    const body = JSON.stringify({ callback_url: url, events: ['NOTHING'] });
    const call = target.juno.call({ kind: 'send', method: 'POST', route: '/v4/webhooks', body }, z.unknown());
    expect((await refused(call)).httpStatus).toBe(400);
    expect(await idOf(url)).toBeNull();
  });

  test('P/managing-webhook-subscriptions: an address that is not HTTPS is refused', async () => {
    const plain = registerWebhook(target.juno, { callbackUrl: url.replace('https', 'http') });
    expect((await refused(plain)).httpStatus).toBe(400);
  });
});

describe.skipIf(isRemote)('deliveries', () => {
  let server: Server;
  let bodies: Record<string, string[]>;
  const answers: Record<string, number> = {
    '/good': 200,
    '/broken': 503,
    '/refusing': 400,
    '/silent': 200,
    '/cut': 200,
  };
  const urlOf = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  beforeEach(async () => {
    bodies = { '/good': [], '/broken': [], '/refusing': [], '/silent': [], '/cut': [] };
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        bodies[request.url ?? '']?.push(Buffer.concat(chunks).toString('utf8'));
        if (request.url === '/cut') request.socket.destroy();
        else if (request.url !== '/silent') response.writeHead(answers[request.url ?? ''] ?? 404).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    for (const path of Object.keys(answers)) await registerWebhook(target.juno, { callbackUrl: urlOf(path) });
  });
  afterEach(async () => {
    for (const path of Object.keys(answers)) await deleteWebhook(target.juno, { id: (await idOf(urlOf(path))) ?? '' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function issue(): Promise<string> {
    const { clabe } = await createClabe(target.juno, { guard });
    await deposit(target.juno, clabe, '150.00');
    return (await issuanceTo(target.juno, clabe)).id;
  }

  test('J/webhooks: every status of a transaction is told by a POST of JSON, from which its id is read', async () => {
    const id = await issue();
    const statuses = () =>
      (bodies['/good'] ?? []).flatMap((body) => {
        const hint = readWebhook(new TextEncoder().encode(body));
        return hint.kind === 'hint' && hint.transactionIds.includes(id) ? [hint.status] : [];
      });
    await until('the last status', async () => statuses().includes('COMPLETE'));
    expect(statuses()).toContain('IN_PROGRESS');
  });

  test('P/webhooks-overview: a delivery is repeated after 5xx, and not after 4xx', async () => {
    const id = await issue();
    const told = (path: string) => (bodies[path] ?? []).filter((body) => body.includes(id));
    // What was answered with 503 has come twice by then, so that the other had its time.
    await until('a repeat', async () => {
      const first = told('/refusing')[0];
      return first !== undefined && told('/broken').filter((body) => body === first).length > 1;
    });
    expect(new Set(told('/refusing')).size).toBe(told('/refusing').length);
  });

  test.each([
    ['/cut', 'whose connection broke'],
    ['/silent', 'that had no answer in 5 seconds'],
  ])('P/webhooks-overview: a delivery is repeated (%s) %s', async (path) => {
    const id = await issue();
    const told = () => (bodies[path] ?? []).filter((body) => body.includes(id));
    await until('a repeat', async () => new Set(told()).size < told().length);
  });
});
