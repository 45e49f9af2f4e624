import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from '../http/world.ts';
import { givePayment } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let world: World;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase(), {
    STRANGER_RATE_PER_MINUTE: '10000',
    STRANGERS_RATE_PER_MINUTE: '10000',
  });
});
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

test('every route but health, home, what describes the interface, the webhooks and one-time links answers 401 without a key, and 401 with a wrong one', async () => {
  const { app } = world as unknown as { app: { routes: { method: string; path: string }[] } & World['app'] };
  const routes = app.routes.filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/v1/'));
  expect(routes.length).toBeGreaterThan(10);
  for (const { method, path } of routes)
    for (const headers of [{}, { authorization: 'Bearer kus_wrong' }]) {
      const response = await app.request(path.replace(/:\w+/g, 'x'), { method, headers });
      expect([method, path, response.status]).toEqual([method, path, 401]);
    }
  const open = app.routes.filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/api/v1/'));
  expect(new Set(open.map(({ path }) => path))).toEqual(
    new Set([
      ...['/', '/health', '/ready', '/webhooks/juno', '/webhooks/bitso', '/approve', '/approve/look'],
      // They say what may be asked, and hold no data.
      ...['/api', '/api/openapi.json'],
      // The console is files of ours, and asks for a key itself (test/http/session.test.ts, test/http/console.test.ts).
      ...['/session', '/assets/:name', '/payments', '/payments/:id{[\\w-]{1,60}}', '/queues', '/guards', '/ledger'],
      ...['/users', '/users/:id{[\\w-]{1,60}}', '/find/:id{[\\w-]{1,60}}'],
      ...['/wallet', '/rails', '/indexer', '/webhooks', '/audit', '/keys'],
      // A section of docs/runbook.md, which is no secret.
      '/runbook/:kind{[a-z-]{1,40}}',
    ]),
  );
});

test('a link approves nothing without its token, nor with another', async () => {
  for (const path of ['/approve', '/approve/look'])
    for (const body of [{}, { token: 'x' }, { token: 'kal_'.padEnd(60, 'a') }]) {
      const headers = { 'content-type': 'application/json' };
      const { status } = await world.app.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
      expect([path, body, [404, 410, 422].includes(status)]).toEqual([path, body, true]);
    }
  const { rows } = await world.db.execute(sql`SELECT count(*)::int AS given FROM reactor.release_approval`);
  expect(rows).toEqual([{ given: 0 }]);
});

test('a key that may only look gives no command', async () => {
  const body = { fullName: 'Ana Ruiz', email: 'ana@example.com' };
  for (const key of [world.keys.viewer, world.keys.approver])
    expect((await world.post('/api/v1/users', body, { key })).status).toBe(403);
});

test('a webhook that says “funded” funds nothing, and shows nobody anything: it is a hint to look, whoever sent it', async () => {
  const { paymentId, clabe } = await givePayment(world.db);
  const news = {
    event: 'funding',
    payload: { fid: 'f', status: 'complete', amount: '1500.00', details: { receive_clabe: clabe } },
  };
  const response = await world.app.request('/webhooks/juno', { method: 'POST', body: JSON.stringify(news) });
  expect([response.status, await response.json()]).toEqual([200, { received: true }]);
  const { rows } = await world.db.execute(sql`
    SELECT l.state::text, (SELECT count(*)::int FROM reactor.evidence) AS claimed, (SELECT count(*)::int FROM reactor.ledger_entry) AS entries
    FROM reactor.leg l WHERE l.payment_id = ${paymentId}`);
  expect(rows).toEqual([{ state: 'requested', claimed: 0, entries: 0 }]);
});
