/** `kustodia webhook`, each command, at a reactor. */
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { webhookDelivery } from '../../src/reactor/db/schema.ts';
import { deliverWebhooks } from '../../src/reactor/webhooks-out/deliver.ts';
import { startHook } from '../alerts/receivers.ts';
import { openWorld, type World } from '../http/world.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let world: World;
let server: ServerType;
let hook: Awaited<ReturnType<typeof startHook>>;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase());
  server = serve({ fetch: world.app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  hook = await startHook();
});
afterAll(async () => {
  await hook?.stop();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  await world?.close();
  await postgres?.stop();
});

const REASON = ['--reason', 'it is tried'];
async function webhook(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const environment = {
    KUSTODIA_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    KUSTODIA_API_KEY: world.keys.admin,
  };
  const code = await run(['webhook', ...args], environment, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n'), last: () => JSON.parse(out.at(-1) ?? '') };
}
const deliver = async () => {
  while (await deliverWebhooks(world.ctx));
};

test('an address is told, tried, given another secret, told again, and told no more', async () => {
  expect((await webhook('list')).out).toBe('None.');
  const dry = await webhook('create', hook.url, ...REASON, '--dry-run');
  expect(dry.out).toMatch(/Nothing was changed/);
  expect((await webhook('list')).out).toBe('None.');

  const made = (await webhook('create', hook.url, ...REASON, '--json')).last() as { id: string; secret: string };
  expect((await webhook('list')).out).toContain(hook.url);
  expect((await webhook('list', '--json')).out).not.toContain(made.secret);

  const tested = await webhook('test', made.id, ...REASON);
  expect([tested.code, tested.err]).toEqual([0, '']);
  await deliver();
  expect(hook.received).toHaveLength(1);
  const [{ headers, body } = { headers: {}, body: '' }] = hook.received;
  expect(new Webhook(made.secret).verify(body, { ...headers })).toBeDefined();
  const told = await webhook('deliveries', made.id);
  expect(told.out).toMatch(/delivered/);

  const [event = ''] = /[0-9a-f-]{36}/.exec(told.out) ?? [];
  expect((await webhook('resend', event, ...REASON)).code).toBe(0);
  await deliver();
  expect(hook.received.map((one) => one.headers['webhook-id'])).toEqual([event, event]);

  // Those that are failed are found among all that ever was told, however long ago.
  expect((await webhook('test', made.id, ...REASON)).code).toBe(0);
  await world.db.update(webhookDelivery).set({ state: 'failed' }).where(eq(webhookDelivery.eventId, event));
  const failed = await webhook('deliveries', made.id, '--state', 'failed', '--json');
  expect(failed.last().deliveries.map((one: { eventId: string }) => one.eventId)).toEqual([event]);
  const page = (await webhook('deliveries', made.id, '--limit', '1', '--json')).last();
  expect(page.deliveries).toMatchObject([{ state: 'waiting' }]);
  const rest = await webhook('deliveries', made.id, '--limit', '1', '--cursor', page.nextCursor);
  expect([rest.code, rest.out]).toEqual([0, expect.stringContaining(event)]);
  expect(rest.out).not.toContain('More:');

  const rotated = (await webhook('rotate', made.id, ...REASON, '--json')).last() as { secret: string };
  expect(rotated.secret).not.toBe(made.secret);
  expect((await webhook('list')).out).toMatch(/both secrets until/);

  expect((await webhook('remove', made.id, ...REASON)).code).toBe(0);
  expect((await webhook('list')).out).toBe('None.');
  expect((await webhook('test', made.id, ...REASON)).code).toBe(1);
  expect((await webhook('create', hook.url)).code).toBe(2);
});
