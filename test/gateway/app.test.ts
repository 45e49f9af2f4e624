/** Two cells, each with a reactor's own API over a database of its own, behind one gateway. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGateway } from '../../src/gateway/app.ts';
import { readGatewaySettings } from '../../src/gateway/settings.ts';
import { cellOf } from '../../src/reactor/cell.ts';
import { createLogger } from '../../src/reactor/log.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { clabeOf, openWorld, type World } from '../http/world.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let worlds: World[];
let servers: ServerType[];
let urls: string[];
let key: string;
const logged: string[] = [];
const log = createLogger('gateway', 'debug', { write: (line: string) => void logged.push(line) });
const open = (more: Readonly<Record<string, string>> = {}) =>
  createGateway(readGatewaySettings({ GATEWAY_CELLS: `1=${urls[0]}, 2=${urls[1]}/`, ...more }), log);
let gateway: ReturnType<typeof open>;

const listen = (world: World) =>
  new Promise<{ server: ServerType; url: string }>((resolve) => {
    const server = serve({ fetch: world.app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
      resolve({ server, url: `http://127.0.0.1:${port}` }),
    );
  });

beforeAll(async () => {
  postgres = await startPostgres();
  worlds = await Promise.all(
    [1, 2].map(async (cell) => openWorld(await postgres.createDatabase(), { CELL: String(cell) })),
  );
  const [first, second] = worlds as [World, World];
  const made = await createApiKey(first.db, { name: 'the application', role: 'operator' });
  key = made.secret;
  // The same key, as `kustodia key create --secret-file` makes it.
  const random = () => Buffer.from(key.slice('kus_'.length), 'base64url');
  expect((await createApiKey(second.db, { name: 'the application', role: 'operator', random })).secret).toBe(key);
  const listening = await Promise.all(worlds.map(listen));
  servers = listening.map(({ server }) => server);
  urls = listening.map(({ url }) => url);
  gateway = open();
});
afterAll(async () => {
  for (const server of servers ?? []) server.close();
  for (const world of worlds ?? []) await world.close();
  await postgres?.stop();
});

/** What the tests read of answers. */
type Answer = { id: string; code?: string; payments: { id: string }[] };
const ask = async (path: string, body?: unknown, { by = gateway, idempotencyKey = randomUUID() as string } = {}) => {
  const response = await by.request(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    cell: response.headers.get('kustodia-cell'),
    json: (await response.json()) as Answer,
  };
};
const addUser = (cell: number) =>
  ask(`/cells/${cell}/api/v1/users`, { fullName: 'María Pérez', email: 'maria@example.mx' });
const termsOf = (payerId: string, recipientId: string) => ({
  ...{ payerId, recipientId, amount: '1500.00', custodySeconds: 60, concept: 'x' },
  payout: { clabe: clabeOf('64618011041234567'), legalName: 'Juan' },
});

test('people and payments are made in a cell and found by their ids alone', async () => {
  for (const cell of [1, 2]) {
    const [payer, recipient] = [await addUser(cell), await addUser(cell)];
    expect(payer).toMatchObject({ status: 201, cell: String(cell) });
    const made = await ask('/api/v1/payments', termsOf(payer.json.id, recipient.json.id));
    expect(made).toMatchObject({ status: 201, cell: String(cell) });
    expect(cellOf(made.json.id)).toBe(cell);
    expect((await ask(`/api/v1/payments/${made.json.id}`)).json).toMatchObject({ id: made.json.id });
    const listed = await ask(`/cells/${cell}/api/v1/payments`);
    expect(listed.json.payments.map(({ id }) => id)).toEqual([made.json.id]);
  }
});

test('a new person who is asked for twice with one key is one person', async () => {
  const idempotencyKey = randomUUID();
  const person = { fullName: 'Ana Ruiz', email: 'ana@example.mx' };
  const [one, again] = [
    await ask('/api/v1/users', person, { idempotencyKey }),
    await ask('/api/v1/users', person, { idempotencyKey }),
  ];
  expect(again.json.id).toBe(one.json.id);
  const closed = open({ GATEWAY_OPEN_CELLS: '2' });
  for (let n = 0; n < 5; n++) expect((await ask('/api/v1/users', person, { by: closed })).cell).toBe('2');
});

test('a payment between two cells is refused, and nothing of it exists', async () => {
  const [here, there] = [await addUser(1), await addUser(2)];
  const count = async () => (await ask('/cells/1/api/v1/payments')).json.payments.length;
  const before = await count();
  const refused = await ask('/api/v1/payments', termsOf(here.json.id, there.json.id));
  expect(refused).toMatchObject({ status: 422, json: { code: 'two_cells' } });
  expect(await count()).toBe(before);
});

test('the cell judges the key and the role: the gateway has no rights of its own', async () => {
  const { json } = await addUser(1);
  const bare = await gateway.request(`/api/v1/users/${json.id}`);
  expect([bare.status, ((await bare.json()) as Answer).code]).toEqual([401, 'no_key']);
  expect((await gateway.request('/metrics')).status).toBe(404);
  expect((await gateway.request('/session', { method: 'POST' })).status).toBe(404);
  expect((await gateway.request('/cells/1/session')).status).toBe(404);
  expect((await gateway.request('/cells/1/api/v1/../../../metrics')).status).toBe(404);
});

test('a cell that is away is told of, and those of the others go on', async () => {
  const [here, there] = [await addUser(1), await addUser(2)];
  const nobody = createServer((socket) => socket.destroy());
  const port = await new Promise<number>((resolve) =>
    nobody.listen(0, '127.0.0.1', () => resolve((nobody.address() as { port: number }).port)),
  );
  const half = createGateway(
    readGatewaySettings({ GATEWAY_CELLS: `1=${urls[0]} 2=http://127.0.0.1:${port}`, GATEWAY_TIMEOUT_MS: '2000' }),
    log,
  );
  const silent = await ask(`/api/v1/users/${there.json.id}`, undefined, { by: half });
  expect(silent).toMatchObject({ status: 503, json: { code: 'cell_silent' } });
  expect((await ask(`/api/v1/users/${here.json.id}`, undefined, { by: half })).status).toBe(200);
  const health = await half.request('/health');
  expect([health.status, await health.json()]).toMatchObject([
    503,
    { status: 'degraded', cells: { 1: { ready: true }, 2: { ready: false } } },
  ]);
  expect((await gateway.request('/health')).status).toBe(200);
  expect(logged.join()).not.toContain(key);
  await new Promise((resolve) => nobody.close(resolve));
});

test('what is under way to one slow cell is bounded, and takes nothing from the others', async () => {
  const [here, there] = [await addUser(1), await addUser(2)];
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow = createServer(() => answer());
  const port = await new Promise<number>((resolve) =>
    slow.listen(0, '127.0.0.1', () => resolve((slow.address() as { port: number }).port)),
  );
  const by = createGateway(
    readGatewaySettings({
      ...{ GATEWAY_CELLS: `1=${urls[0]} 2=http://127.0.0.1:${port}`, GATEWAY_UNDER_WAY: '1' },
      GATEWAY_TIMEOUT_MS: '1500',
    }),
    log,
  );
  const first = ask(`/api/v1/users/${there.json.id}`, undefined, { by });
  await asked;
  expect(await ask(`/api/v1/users/${there.json.id}`, undefined, { by })).toMatchObject({
    ...{ status: 503, json: { code: 'cell_busy' } },
  });
  expect((await ask(`/api/v1/users/${here.json.id}`, undefined, { by })).status).toBe(200);
  expect((await first).json.code).toBe('cell_silent');
  slow.close();
});

test('settings that cannot be are named, and no value of theirs is repeated', () => {
  const wrong = (given: NodeJS.ProcessEnv) => () => readGatewaySettings(given);
  expect(wrong({})).toThrow(/GATEWAY_CELLS/);
  expect(wrong({ GATEWAY_CELLS: '1=ftp://user:secret@host' })).toThrow(/GATEWAY_CELLS/);
  expect(wrong({ GATEWAY_CELLS: '1=ftp://user:secret@host' })).not.toThrow(/secret/);
  expect(wrong({ GATEWAY_CELLS: '1=http://a 1=http://b' })).toThrow(/names a cell twice/);
  expect(wrong({ GATEWAY_CELLS: '300=http://a' })).toThrow(/GATEWAY_CELLS/);
  expect(wrong({ GATEWAY_CELLS: '1=http://a', GATEWAY_OPEN_CELLS: '2' })).toThrow(/GATEWAY_OPEN_CELLS/);
});
