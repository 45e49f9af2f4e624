import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '../../src/local/api.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { type Db, openDatabase } from '../../src/reactor/db/client.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { SHORT_DELAYS, until } from '../journey/support.ts';

const TIMEOUT_MS = 300_000;
const REASON = 'a drill of the team';
const PAYMENTS = 12;

let world: World;
let db: Db;
beforeAll(async () => {
  world = await startWorld({ reactors: 2, sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS } });
  db = openDatabase(world.urls.database, { max: 4 });
}, TIMEOUT_MS);
afterAll(async () => {
  await db?.$client.end();
  await world?.stop();
}, TIMEOUT_MS);

test('a switch that is thrown at one reactor stops both within a second; opened by two people, all goes on by itself', {
  timeout: TIMEOUT_MS,
}, async () => {
  const second = createApi(
    world.urls.reactors,
    (await createApiKey(db, { name: 'somebody else', role: 'admin' })).secret,
  );
  const [payer, recipient] = [
    await world.api.createUser({ fullName: 'Paula Pagadora', email: 'paula@example.com' }),
    await world.api.createUser({ fullName: 'Rita Recipiente', email: 'rita@example.com' }),
  ];
  const clabe = await until(async () => (await world.api.user(payer.id)).depositClabe);
  for (let i = 0; i < PAYMENTS; i++) {
    const { amount } = await world.api.createPayment({
      ...{ payerId: payer.id, recipientId: recipient.id, amount: `${200 + i}.00`, custodySeconds: 3, concept: 'drill' },
      payout: { clabe: '646180157042875763', legalName: 'Rita Recipiente' },
    });
    await world.deposit(clabe, amount);
  }
  const sendsBy = async () => {
    const { rows } = await db.execute<{ sends: number }>(
      sql`SELECT count(*)::int AS sends FROM reactor.effect_history h JOIN reactor.effect e ON e.id = h.effect_id WHERE h.to_state = 'sending' AND e.payment_id IS NOT NULL`,
    );
    return rows[0]?.sends ?? 0;
  };
  // In the middle of them.
  await until(async () => (await sendsBy()) >= PAYMENTS / 2);
  const began = performance.now();
  await world.api.call('/guards/switches/all/stop', { reason: REASON }, 'PUT');
  expect(performance.now() - began).toBeLessThan(1_000);

  // Both reactors have looked at every payment since: each waits, for the switch or for the outside.
  await until(async () => {
    const { rows } = await db.execute<{ open: number }>(sql`
      SELECT count(*)::int AS open FROM reactor.leg l, reactor.guard_switch s
      WHERE s.name = 'all' AND l.due_at <= s.changed_at AND l.state NOT IN ('requested', 'completed')`);
    return rows[0]?.open === 0;
  });
  const { rows: late } = await db.execute(sql`
    SELECT h.to_state, e.kind FROM reactor.effect_history h JOIN reactor.effect e ON e.id = h.effect_id, reactor.guard_switch s
    WHERE s.name = 'all' AND h.to_state IN ('recorded', 'sending') AND h.at > s.changed_at AND h.from_state IS DISTINCT FROM 'sending'`);
  expect(late).toEqual([]);
  const [payment] = await world.api.payments();
  expect(payment?.status).not.toBe('completed');

  const opening = (await world.api.call('/guards/switches/all/open', { reason: REASON })) as { proposal: string };
  await second.call(`/proposals/${opening.proposal}/approve`, { reason: REASON });
  await until(async () => (await world.api.payments()).every(({ status }) => status === 'completed'));
  const outbox = await world.outbox();
  expect(outbox).toHaveLength(PAYMENTS);
});
