/** What others were told goes after its time, and nothing of what happened with it. */
import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { legHistory, webhookDelivery, webhookEvent } from '../../src/reactor/db/schema.ts';
import { pruneWebhooks } from '../../src/reactor/webhooks-out/prune.ts';
import { openWorld, type World } from '../http/world.ts';
import { givePayment } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { refused } from '../support/refused.ts';

let postgres: TestPostgres;
let world: World;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase());
  const made = await world.post(
    '/api/v1/webhook-endpoints',
    { url: 'http://127.0.0.1:9', reason: 'for the tests' },
    {
      ...{ key: world.keys.admin, idempotencyKey: randomUUID() },
    },
  );
  expect(made.status).toBe(201);
});
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

/** A payment that is told of, so long ago, and how that ended. */
async function told(days: number, state: 'waiting' | 'delivered' | 'failed'): Promise<string> {
  const { paymentId } = await givePayment(world.db);
  await world.db.execute(
    sql`UPDATE reactor.webhook_event SET created_at = created_at - ${days} * interval '1 day' WHERE payment_id = ${paymentId}`,
  );
  await world.db.execute(sql`UPDATE reactor.webhook_delivery SET state = ${state} WHERE payment_id = ${paymentId}`);
  return paymentId;
}
const payments = async () => ({
  events: (await world.db.select().from(webhookEvent)).map(({ paymentId }) => paymentId),
  deliveries: (await world.db.select().from(webhookDelivery)).map(({ paymentId }) => paymentId),
});

test('what is settled and old goes, with its event; what waits, and what is young, stays', async () => {
  const old = [await told(91, 'delivered'), await told(91, 'failed')];
  const kept = [await told(91, 'waiting'), await told(89, 'delivered'), await told(0, 'failed')];
  expect(await pruneWebhooks(world.ctx)).toBe(false);
  const { events, deliveries } = await payments();
  expect(events.sort()).toEqual(kept.toSorted());
  expect(deliveries.sort()).toEqual(kept.toSorted());
  // That they happened is still known.
  const moved = new Set((await world.db.select().from(legHistory)).map(({ paymentId }) => paymentId));
  for (const id of old) expect(moved).toContain(id);
});

test('what waits cannot be taken away', async () => {
  await told(0, 'waiting');
  await refused(world.db.execute(sql`DELETE FROM reactor.webhook_delivery`), /waits for endpoint .*: it is kept/);
});
