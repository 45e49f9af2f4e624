import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKey, auditLog, consoleSession } from '../../src/reactor/db/schema.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { startPostgres } from '../support/postgres.ts';
import { openWorld, type World } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let world: World;

beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase(), { CONSOLE_IDLE_MINUTES: '10' });
});

afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const HERE = 'http://127.0.0.1:4000';
const OWN = { origin: HERE, 'x-kustodia-console': 'touched' };
type Headers = Readonly<Record<string, string>>;

const signIn = (key: string, headers: Headers = OWN, host = HERE) =>
  world.app.request(`${host}/session`, { method: 'POST', headers, body: JSON.stringify({ key }) });
const cookieOf = (response: Response): string => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const signedIn = async (key: string) => cookieOf(await signIn(key));
const look = (cookie: string, headers: Headers = OWN) =>
  world.app.request(`${HERE}/api/v1/payments`, { headers: { ...headers, cookie } });
const stop = (cookie: string, headers: Headers = OWN, body = JSON.stringify({ reason: 'it is tried' })) =>
  world.app.request(`${HERE}/api/v1/guards/switches/all/stop?dryRun=true`, {
    method: 'PUT',
    headers: { ...headers, cookie, 'idempotency-key': crypto.randomUUID() },
    body,
  });
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

test('a key signs in: the cookie is for the browser alone, and its secret is nowhere', async () => {
  const response = await signIn(` ${world.keys.operator}\n`);
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ name: 'the operator', role: 'operator', idle_s: 600 });
  const header = response.headers.get('set-cookie') ?? '';
  for (const word of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(header).toContain(word);
  const rows = JSON.stringify(await world.db.select().from(consoleSession));
  expect(rows).not.toContain(cookieOf(response).split('=')[1]);
  const lines = await world.db.select().from(auditLog).where(eq(auditLog.command, 'console sign-in'));
  expect(lines).toMatchObject([{ role: 'operator', reason: 'signed in to the console' }]);
  expect((await look(cookieOf(response))).status).toBe(200);
  const who = await world.app.request(`${HERE}/session`, { headers: { ...OWN, cookie: cookieOf(response) } });
  expect(await who.json()).toMatchObject({ role: 'operator' });
});

test('from anywhere but this machine the cookie goes by https alone', async () => {
  const away = await signIn(world.keys.viewer, { ...OWN, origin: 'https://kustodia.mx' }, 'https://kustodia.mx');
  expect(away.headers.get('set-cookie')).toContain('Secure');
  expect((await signIn(world.keys.viewer)).headers.get('set-cookie')).not.toContain('Secure');
});

test('an unknown key does not sign in', async () => {
  const response = await signIn(`kus_${'x'.repeat(43)}`);
  expect([response.status, await codeOf(response)]).toEqual([401, 'no_key']);
  expect(response.headers.get('set-cookie')).toBeNull();
});

test('a session may do what its key may', async () => {
  const viewer = await stop(await signedIn(world.keys.viewer));
  expect([viewer.status, await codeOf(viewer)]).toEqual([403, 'wrong_role']);
  expect((await stop(await signedIn(world.keys.operator))).status).toBe(200);
});

test('a forged cookie is nobody’s', async () => {
  const own = await signedIn(world.keys.admin);
  const forged = [`kustodia_session=${'A'.repeat(43)}`, `${own.slice(0, -1)}!`, `kustodia_session=${world.keys.admin}`];
  for (const cookie of [...forged, 'kustodia_session=', '']) {
    const response = await look(cookie);
    expect([response.status, await codeOf(response)]).toEqual([401, 'signed_out']);
  }
});

test('a form or a script of another site gets nowhere, whatever the browser sends along', async () => {
  const cookie = await signedIn(world.keys.operator);
  const form = { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' };
  const tries: Headers[] = [
    form,
    { ...form, 'x-kustodia-console': 'touched' },
    { origin: HERE },
    { origin: 'null', 'x-kustodia-console': 'touched' },
    { origin: 'http://127.0.0.1:4001', 'x-kustodia-console': 'touched' },
    { 'x-kustodia-console': 'touched' },
    {},
  ];
  for (const headers of tries) {
    const response = await stop(cookie, headers);
    expect([headers, response.status, await codeOf(response)]).toEqual([headers, 403, 'not_from_console']);
  }
  // Nor is anybody signed in, or read from, by another site.
  expect((await signIn(world.keys.operator, form)).status).toBe(403);
  expect((await look(cookie, { origin: 'https://evil.example', 'x-kustodia-console': 'touched' })).status).toBe(403);
  expect((await look(cookie, {})).status).toBe(403);
});

test('who is away for too long is signed out, and what the page asks by itself does not count', async () => {
  const cookie = await signedIn(world.keys.operator);
  const away = (minutes: number) =>
    world.db.execute(`UPDATE reactor.console_session SET used_at = used_at - interval '${minutes} minutes'`);
  await away(6);
  expect((await look(cookie, { ...OWN, 'x-kustodia-console': 'untouched' })).status).toBe(200);
  await away(6);
  expect((await look(cookie)).status).toBe(401);

  const other = await signedIn(world.keys.operator);
  await away(6);
  expect((await look(other)).status).toBe(200);
  await away(6);
  expect((await look(other)).status).toBe(200);
  await world.db.execute(`UPDATE reactor.console_session SET created_at = created_at - interval '12 hours'`);
  expect((await look(other)).status).toBe(401);
});

test('signing out ends the session, not only the cookie', async () => {
  const cookie = await signedIn(world.keys.operator);
  const out = (headers: Headers) =>
    world.app.request(`${HERE}/session`, { method: 'DELETE', headers: { ...headers, cookie } });
  expect((await out({ origin: 'https://evil.example' })).status).toBe(403);
  expect((await look(cookie)).status).toBe(200);
  expect((await out(OWN)).headers.get('set-cookie')).toContain('Max-Age=0');
  expect((await look(cookie)).status).toBe(401);
});

test('the sessions of a revoked key end with it', async () => {
  const { id, secret } = await createApiKey(world.db, { name: 'gone tomorrow', role: 'operator' });
  const cookie = await signedIn(secret);
  expect((await look(cookie)).status).toBe(200);
  await world.db.update(apiKey).set({ revokedAt: new Date() }).where(eq(apiKey.id, id));
  expect((await look(cookie)).status).toBe(401);
});

test('one key has at most twenty sessions: the oldest ends', async () => {
  const { secret } = await createApiKey(world.db, { name: 'signs in often', role: 'viewer' });
  const cookies: string[] = [];
  for (let n = 0; n < 21; n++) cookies.push(await signedIn(secret));
  const statuses = await Promise.all(cookies.map(async (cookie) => (await look(cookie)).status));
  expect(statuses).toEqual([401, ...Array.from({ length: 20 }, () => 200)]);
});
