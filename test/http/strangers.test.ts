/** What may be asked before it is known who asks: of each address, of all together, and by whoever proves to be known. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectionChecks } from '../../src/cli/checks.ts';
import { auditLog } from '../../src/reactor/db/schema.ts';
import { createStrangers, networkOf } from '../../src/reactor/http/strangers.ts';
import { startPostgres } from '../support/postgres.ts';
import { keyPair } from '../webhooks/support.ts';
import { openWorld, type World } from './world.ts';

/** One comes back in 20 seconds: longer than any of these tests takes. */
const [OF_ONE, OF_ALL] = [3, 5];
let postgres: Awaited<ReturnType<typeof startPostgres>>;
/** One before which no proxy of ours stands, and one behind such a one. */
let world: World;
let behindProxy: World;
const open = async (given: Readonly<Record<string, string>>) =>
  openWorld(await postgres.createDatabase(), {
    ...{ STRANGER_RATE_PER_MINUTE: String(OF_ONE), STRANGERS_RATE_PER_MINUTE: String(OF_ALL) },
    ...given,
  });
beforeAll(async () => {
  postgres = await startPostgres();
  world = await open({ JUNO_WEBHOOK_RATE_PER_MINUTE: '2' });
  behindProxy = await open({ JUNO_WEBHOOK_TRUSTED_HOPS: '1', STRANGERS_RATE_PER_MINUTE: '100' });
});
afterAll(async () => {
  await world?.close();
  await behindProxy?.close();
  await postgres?.stop();
});
/** By then every bucket is full, and nobody is known any more. */
beforeEach(() => world.pass(3_700_000));

type Given = Readonly<{
  from: string;
  to?: World;
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: object;
}>;
const ask = (path: string, { from, method = 'GET', headers = {}, body, to = world }: Given) =>
  to.app.request(
    path,
    {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    },
    { incoming: { socket: { remoteAddress: from } } },
  );
const unknown = () => ({ authorization: `Bearer kus_${randomBytes(32).toString('base64url')}` });
const asks = async (path: string, given: readonly Given[]) => {
  const statuses: number[] = [];
  for (const one of given) statuses.push((await ask(path, one)).status);
  return statuses;
};
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
const same = (given: Given, count: number) => Array.from({ length: count }, () => given);
const PAGE = { 'x-kustodia-console': 'kept', origin: 'http://localhost' };

test.each<[string, string, Omit<Given, 'from'>, number]>([
  ['an unknown key', '/api/v1/guards', { headers: unknown() }, 401],
  ['no key', '/api/v1/holds', {}, 401],
  ['a path that is none', '/api/v1/nothing', { headers: unknown() }, 401],
  ['a sign-in', '/session', { method: 'POST', headers: PAGE, body: { key: 'kus_x' } }, 401],
  ['a session that is none', '/session', { headers: { ...PAGE, cookie: 'kustodia_session=x' } }, 401],
  ['a link to approve', '/approve', { method: 'POST', body: { token: 'x' } }, 404],
  ['a look at a link', '/approve/look', { method: 'POST', body: { token: 'x' } }, 404],
])('%s is answered so often in a minute, and then told when to come again', async (_, path, given, status) => {
  const first = await asks(path, same({ ...given, from: '192.0.2.1' }, OF_ONE));
  expect(first).toEqual(Array(OF_ONE).fill(status));
  const refused = await ask(path, { ...given, from: '192.0.2.1' });
  expect([refused.status, refused.headers.get('content-type'), refused.headers.get('retry-after')]).toEqual([
    ...[429, 'application/problem+json', expect.stringMatching(/^(20|1\d)$/)],
  ]);
  expect(await refused.json()).toMatchObject({ code: 'too_many_strangers', status: 429 });
  expect((await ask(path, { ...given, from: '192.0.2.2' })).status).toBe(status);
  world.pass(Number(refused.headers.get('retry-after')) * 1_000);
  expect((await ask(path, { ...given, from: '192.0.2.1' })).status).toBe(status);
});

test('many addresses have no more than all may, and one key after the other is no way around it', async () => {
  const given = Array.from({ length: OF_ALL + 2 }, (_, n) => ({ from: `192.0.2.${n + 1}`, headers: unknown() }));
  expect(await asks('/api/v1/guards', given)).toEqual([...Array<number>(OF_ALL).fill(401), 429, 429]);
});

test('a key that is known costs nothing, and one that was known is heard when strangers are not any more', async () => {
  const known = { authorization: `Bearer ${world.keys.viewer}` };
  expect(new Set(await asks('/api/v1/guards', same({ from: '192.0.2.1', headers: known }, 3 * OF_ALL)))).toEqual(
    new Set([200]),
  );
  await asks('/api/v1/guards', same({ from: '192.0.2.1', headers: unknown() }, OF_ONE + 1));
  await asks('/api/v1/guards', same({ from: '192.0.2.2', headers: unknown() }, OF_ALL));
  expect((await ask('/api/v1/guards', { from: '192.0.2.1', headers: unknown() })).status).toBe(429);
  expect((await ask('/api/v1/guards', { from: '192.0.2.1', headers: known })).status).toBe(200);
  // One that is shown for the first time waits with the strangers.
  const other = { authorization: `Bearer ${world.keys.approver}` };
  expect((await ask('/api/v1/guards', { from: '192.0.2.3', headers: other })).status).toBe(429);
});

/** As many strangers as there is room for, and one more. */
const flood = () =>
  asks('/api/v1/guards', same({ from: '192.0.2.9', headers: unknown() }, OF_ONE + 1)).then(() =>
    asks('/api/v1/guards', same({ from: '192.0.2.8', headers: unknown() }, OF_ALL)),
  );

test('a key that goes on working is not forgotten, however long the strangers go on', async () => {
  const known = { from: '192.0.2.1', headers: { authorization: `Bearer ${world.keys.operator}` } };
  expect((await ask('/api/v1/guards', known)).status).toBe(200);
  for (const _ of [1, 2, 3]) {
    world.pass(2_400_000);
    await flood();
    expect((await ask('/api/v1/guards', known)).status).toBe(200);
  }
});

test('who signs in with a known key is heard with the session that was made of it, until it is signed out', async () => {
  const key = world.keys.admin;
  const authorization = `Bearer ${key}`;
  expect((await ask('/api/v1/guards', { from: '192.0.2.1', headers: { authorization } })).status).toBe(200);
  await flood();
  const signed = await ask('/session', { from: '192.0.2.1', method: 'POST', headers: PAGE, body: { key } });
  const headers = { ...PAGE, cookie: (signed.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
  expect((await ask('/api/v1/guards', { from: '192.0.2.1', headers })).status).toBe(200);
  expect((await ask('/session', { from: '192.0.2.1', method: 'DELETE', headers })).status).toBe(200);
  expect((await ask('/api/v1/guards', { from: '192.0.2.1', headers })).status).toBe(429);
});

test('a key signs in no oftener than it may ask anything else', async () => {
  const limited = await open({ API_RATE_PER_MINUTE: '3' });
  try {
    const key = limited.keys.viewer;
    const given = { to: limited, from: '192.0.2.1', method: 'POST', headers: PAGE, body: { key } };
    expect(await asks('/session', same(given, 4))).toEqual([201, 201, 201, 429]);
    const headers = { authorization: `Bearer ${key}` };
    const refused = await ask('/api/v1/guards', { to: limited, from: '192.0.2.1', headers });
    expect(await codeOf(refused)).toBe('too_many_requests');
    const lines = await limited.db.select().from(auditLog).where(eq(auditLog.command, 'console sign-in'));
    expect(lines).toHaveLength(3);
  } finally {
    await limited.close();
  }
});

test('a proxy that no setting names is told of once, by no address', async () => {
  const told = (one: World) => one.logged.filter((line) => line.includes('proxy_not_named'));
  const given = { from: '10.0.0.1', headers: { 'x-forwarded-for': '203.0.113.250' } };
  const fresh = await open({});
  try {
    await asks('/api', [{ ...given, to: fresh, headers: {} }]);
    expect(told(fresh)).toEqual([]);
    await asks('/api', same({ ...given, to: fresh }, 2));
    expect(told(fresh)).toEqual([expect.stringContaining('JUNO_WEBHOOK_TRUSTED_HOPS')]);
    expect(told(fresh).join()).not.toContain('203.0.113.250');
    await asks('/api', [{ ...given, to: behindProxy }]);
    expect(told(behindProxy)).toEqual([]);
  } finally {
    await fresh.close();
  }
});

test('the doctor complains of an address that only a proxy serves, while none is counted', async () => {
  const look = async ({ ctx }: World, reactorUrl: string) => {
    const checks = connectionChecks({ ...ctx, reactorUrl, indexerUrl: reactorUrl });
    return checks.find(({ name }) => name === 'proxies')?.look();
  };
  await expect(look(world, 'https://kustodia.example')).rejects.toThrow('JUNO_WEBHOOK_TRUSTED_HOPS counts none');
  expect(await look(world, 'http://127.0.0.1:4000')).toContain('none is counted');
  expect(await look(behindProxy, 'https://kustodia.example')).toContain('the last 1 ');
});

test('X-Forwarded-For is not read unless a setting says how many proxies are ours', async () => {
  const behind = (client: string) => ({
    from: '10.0.0.1',
    headers: { ...unknown(), 'x-forwarded-for': `203.0.113.${client}, 198.51.100.${client}` },
  });
  const clients = Array.from({ length: OF_ONE + 1 }, (_, n) => behind(String(n + 1)));
  expect((await asks('/api/v1/guards', clients)).at(-1)).toBe(429);
  const to = behindProxy;
  expect(
    (
      await asks(
        '/api/v1/guards',
        clients.map((one) => ({ ...one, to })),
      )
    ).at(-1),
  ).toBe(401);
  // Who makes up what stands before the entry of our own proxy is who they are.
  const liar = (n: number) => ({
    to,
    from: '10.0.0.1',
    headers: { ...unknown(), 'x-forwarded-for': `203.0.113.${n}, 198.51.100.77` },
  });
  expect((await asks('/api/v1/guards', [1, 2, 3, 4].map(liar))).at(-1)).toBe(429);
  // A request that came around the proxy has no address, and shares one with all such.
  expect((await asks('/api/v1/guards', same({ to, from: '10.0.0.9', headers: unknown() }, OF_ONE + 1))).at(-1)).toBe(
    429,
  );
});

test('unsigned webhooks of one address are so many in a minute; the rest is to be sent again', async () => {
  const webhook = (from: string, n: number) => ({ from, method: 'POST', body: { payload: { id: `t${n}` } } });
  expect(
    await asks(
      '/webhooks/juno',
      [1, 2].map((n) => webhook('192.0.2.1', n)),
    ),
  ).toEqual([200, 200]);
  const refused = await ask('/webhooks/juno', webhook('192.0.2.1', 3));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^(30|2\d)$/)]);
  expect(await refused.json()).toMatchObject({ code: 'webhook_rate' });
  expect(
    await asks(
      '/webhooks/bitso',
      [4, 5, 6].map((n) => webhook('192.0.2.2', n)),
    ),
  ).toEqual([200, 200, 503]);
  expect((await ask('/webhooks/juno', webhook('192.0.2.3', 7))).status).toBe(503);
});

test('what is signed is heard however many unsigned ones come, from wherever', async () => {
  const [pair, other] = [keyPair('ours'), keyPair('ours')];
  const signedOnly = await open({
    JUNO_WEBHOOK_RATE_PER_MINUTE: '2',
    JUNO_WEBHOOK_KEYS: JSON.stringify({ [pair.key.keyId]: pair.key.publicKey }),
  });
  const post = (from: string, { body, headers }: ReturnType<(typeof pair)['webhook']>) =>
    signedOnly.app.request(
      '/webhooks/juno',
      { method: 'POST', body, headers },
      { incoming: { socket: { remoteAddress: from } } },
    );
  try {
    const unsigned = same({ to: signedOnly, from: '192.0.2.1', method: 'POST', body: { payload: { id: 'x' } } }, 3);
    expect(await asks('/webhooks/juno', unsigned)).toEqual([401, 401, 503]);
    // Who claims to sign and does not is counted as well.
    const forged = async (n: number) => (await post('192.0.2.2', other.webhook({ id: `f${n}`, status: 'x' }))).status;
    expect([await forged(1), await forged(2), await forged(3)]).toEqual([403, 403, 503]);
    for (let n = 0; n < 8; n++)
      expect((await post(n % 2 ? '192.0.2.1' : '192.0.2.3', pair.webhook({ id: `s${n}`, status: 'x' }))).status).toBe(
        200,
      );
    // None of those took of what the others may send.
    expect((await asks('/webhooks/juno', unsigned)).every((status) => status === 503)).toBe(true);
  } finally {
    await signedOnly.close();
  }
});

test('however many addresses there are, the memory of them is bounded', () => {
  const strangers = createStrangers({ most: { ofOne: 1, ofAll: 1e9 }, trustedHops: 0, monotonic: () => 0 });
  const enter = (from: string) =>
    strangers.enter({ env: { incoming: { socket: { remoteAddress: from } } }, req: { header: () => '' } } as never);
  const at = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
  for (let n = 0; n < 10_000; n++) expect(enter(at(n)).wait_ms).toBe(0);
  expect(enter(at(9_999)).wait_ms).toBeGreaterThan(0);
  // The first of them was forgotten for one more.
  enter(at(10_000));
  expect(enter(at(0)).wait_ms).toBe(0);
});

test('whoever has one address of IPv6 has its network', () => {
  expect(
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1', '::1', '192.0.2.1', null].map(networkOf),
  ).toEqual(['2001:db8:1:2::/64', '2001:db8:1:2::/64', '2001:db8:1:3::/64', '0:0:0:0::/64', '192.0.2.1', 'unknown']);
  expect(networkOf('64:ff9b::192.0.2.1')).toBe('64:ff9b:0:0::/64');
});
