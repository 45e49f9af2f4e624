import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createApi } from '../../src/local/api.ts';
import { auditWorld } from '../../src/local/audit.ts';
import { drive } from '../../src/local/drive.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { type Db, openDatabase } from '../../src/reactor/db/client.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { SHORT_DELAYS, until } from '../journey/support.ts';
import { refused } from '../support/refused.ts';

const WORLD_TIMEOUT_MS = 300_000;
const RAILS = ['bank_redemption', 'bitso_spei'] as const;
const REASON = 'they asked to be forgotten';

let world: World;
let db: Db;
let second: ReturnType<typeof createApi>;
beforeAll(async () => {
  world = await startWorld({ sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS } });
  db = openDatabase(world.urls.database, { max: 4 });
  const { secret } = await createApiKey(db, { name: 'somebody else', role: 'admin' });
  second = createApi(world.urls.reactor, secret);
}, WORLD_TIMEOUT_MS);
afterAll(async () => {
  await db?.$client.end();
  await world?.stop();
}, WORLD_TIMEOUT_MS);

/** Every place of the schema in which some text stands, whatever its column is of. */
async function placesOf(word: string): Promise<string[]> {
  const { rows: columns } = await db.execute<{ t: string; c: string; type: string }>(sql`
    SELECT c.table_name AS t, c.column_name AS c, c.data_type AS type FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema IN ('reactor', 'queue') AND t.table_type = 'BASE TABLE' AND c.data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')`);
  const found: string[] = [];
  for (const { t, c, type } of columns) {
    const table = await tableOf(t);
    const cell = type === 'bytea' ? sql`encode(${sql.identifier(c)}, 'escape')` : sql`${sql.identifier(c)}::text`;
    const needle = type === 'bytea' ? sql`encode(convert_to(${word}, 'UTF8'), 'escape')` : sql`${word}`;
    const { rows } = await db.execute(sql`SELECT 1 FROM ${table} WHERE position(${needle} IN ${cell}) > 0 LIMIT 1`);
    if (rows.length > 0) found.push(`${t}.${c}`);
  }
  return found.sort();
}
async function tableOf(name: string) {
  const { rows } = await db.execute<{ schema: string }>(
    sql`SELECT table_schema AS schema FROM information_schema.tables WHERE table_name = ${name} AND table_schema IN ('reactor', 'queue') LIMIT 1`,
  );
  return sql`${sql.identifier(rows[0]?.schema ?? 'reactor')}.${sql.identifier(name)}`;
}
const propose = (id: string) =>
  world.api.call(`/users/${id}/erase`, { reason: REASON }) as Promise<{ proposal: string }>;
const approve = (id: string) => second.call(`/proposals/${id}/approve`, { reason: REASON });
const balances = async () =>
  (
    await db.execute(
      sql`SELECT account, owner, currency::text, posted::text, pending::text FROM reactor.ledger_balance ORDER BY 1, 2, 3`,
    )
  ).rows;

describe('a user who is erased', () => {
  test('is in no table any more; ids, amounts, evidence, audit and books stay, and the auditor still agrees', {
    timeout: WORLD_TIMEOUT_MS,
  }, async () => {
    const driven = await drive({ api: world.api, deposit: world.deposit, payments: 2, rails: RAILS });
    expect(driven.map(({ status }) => status)).toEqual(['completed', 'completed']);
    const [payment] = await world.api.payments();
    const { rows: people } = await db.execute<{ payer: string; recipient: string }>(
      sql`SELECT payer_id AS payer, recipient_id AS recipient FROM reactor.payment ORDER BY number LIMIT 1`,
    );
    const { payer = '', recipient = '' } = people[0] ?? {};
    const { rows: words } = await db.execute<{ word: string; user: string }>(sql`
      SELECT clabe AS word, user_id AS user FROM reactor.deposit_clabe UNION SELECT clabe, user_id FROM reactor.destination
      UNION SELECT legal_name, user_id FROM reactor.destination UNION SELECT full_name, user_id FROM reactor.person UNION SELECT email, user_id FROM reactor.person`);
    const theirs = (who: string) => words.filter(({ user }) => user === who).map(({ word }) => word);
    const others = words.filter(({ user }) => user !== payer && user !== recipient).map(({ word }) => word);
    expect(theirs(payer).length).toBeGreaterThanOrEqual(3);
    expect(theirs(recipient).length).toBeGreaterThanOrEqual(3);

    // Juno shows more of what has just ended for a moment; a month later it does not, and each list was read again and again.
    const isQuiet = (mark: string) =>
      vi.waitFor(
        async () => {
          const { rows } = await db.execute<{ quiet: boolean }>(
            sql`SELECT (SELECT max(observed_at) FROM reactor.juno_observation) < ${mark === '' ? sql`clock_timestamp()` : sql`(SELECT at FROM reactor.heartbeat WHERE name = ${mark})`} - interval '3 seconds' AS quiet`,
          );
          expect(rows[0]?.quiet).toBe(true);
        },
        { timeout: 30_000, interval: 200 },
      );
    await isQuiet('');
    await db.execute(sql`UPDATE reactor.heartbeat SET at = at - interval '1 hour' WHERE name LIKE 'intake:%'`);
    for (const list of ['intake:movements', 'intake:transactions']) await isQuiet(list);
    // What moved lately may still come back.
    await expect(propose(payer)).rejects.toThrow('may still come back');
    await db.execute(sql`UPDATE reactor.leg SET entered_at = reactor.now() - interval '31 days'`);
    const before = await balances();
    for (const id of [payer, recipient]) {
      const { proposal } = await propose(id);
      await expect(world.api.call(`/proposals/${proposal}/approve`, { reason: REASON })).rejects.toThrow(
        'own_proposal',
      );
      await approve(proposal);
    }

    for (const who of [payer, recipient])
      for (const word of theirs(who)) expect([word, await placesOf(word)]).toEqual([word, []]);
    for (const word of others) expect((await placesOf(word)).length, word).toBeGreaterThan(0);
    expect(await world.api.call(`/users/${payer}`)).toMatchObject({
      ...{ id: payer, fullName: 'erased', email: 'erased', depositClabe: null, clabeStatus: 'erased' },
    });
    expect(await balances()).toEqual(before);
    expect(await auditWorld(world)).toEqual([]);
    const { rows: log } = await db.execute<{ command: string }>(
      sql`SELECT command FROM reactor.audit_log WHERE subject = ${`user:${payer}`} ORDER BY id`,
    );
    expect(log.map(({ command }) => command)).toEqual([
      ...['user create', 'user screen', 'propose user erase', 'approve user erase'],
    ]);
    expect(await world.api.payment(payment?.id ?? '')).toMatchObject({ status: 'completed' });

    // Nothing brings them back: no payment, no second CLABE, and nothing of theirs moves.
    await expect(propose(payer)).rejects.toThrow('user_erased');
    await expect(
      world.api.createPayment({
        ...{ payerId: payer, recipientId: recipient, amount: '200.00', custodySeconds: 3, concept: 'again' },
        payout: { clabe: '646180157042875763', legalName: 'Ana' },
      }),
    ).rejects.toThrow('user_unknown');
    const { rows: switches } = await db.execute<{ off: boolean }>(
      sql`SELECT is_stopped AS off FROM reactor.guard_switch WHERE name = ${`user:${payer}`}`,
    );
    expect(switches).toEqual([{ off: true }]);
  });

  test('whose CLABE Juno still lists is no lost act after the next start, and a new user gets another one', {
    timeout: WORLD_TIMEOUT_MS,
  }, async () => {
    await world.restartReactor(0);
    const fresh = await world.api.createUser({ fullName: 'Nadia Nueva', email: 'nadia@example.com' });
    const clabe = await until(async () => (await world.api.user(fresh.id)).depositClabe);
    expect(clabe).toMatch(/^\d{18}$/);
    const { rows } = await db.execute<{ off: boolean }>(
      sql`SELECT is_stopped AS off FROM reactor.guard_switch WHERE name = 'recovery'`,
    );
    expect(rows).toEqual([{ off: false }]);
  });

  test('cannot be erased while something of theirs is open, nor by anything but their own approved proposal', {
    timeout: WORLD_TIMEOUT_MS,
  }, async () => {
    const ana = await world.api.createUser({ fullName: 'Ana Abierta', email: 'abierta@example.com' });
    const rita = await world.api.createUser({ fullName: 'Rita Recipiente', email: 'rita@example.com' });
    await until(async () => (await world.api.user(ana.id)).depositClabe);
    await until(async () => (await world.api.user(rita.id)).depositClabe);
    await world.api.createPayment({
      ...{ payerId: ana.id, recipientId: rita.id, amount: '345.00', custodySeconds: 3, concept: 'open' },
      payout: { clabe: '646180157042875763', legalName: 'Rita Recipiente' },
    });
    for (const { id } of [ana, rita]) await expect(propose(id)).rejects.toThrow('user_not_at_rest');
    await world.api.call('/holds', {
      on: `user:${rita.id}`,
      reasonCode: 'drill',
      sentence: REASON,
      owner: 'operations',
    });
    await expect(propose(rita.id)).rejects.toThrow('a hold on them is open');

    const unlawful = (setting: string) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`SELECT set_config('reactor.erasing', ${setting}, true)`);
        await tx.execute(sql`UPDATE reactor.destination SET legal_name = 'erased' WHERE user_id = ${rita.id}`);
      });
    const { rows: done } = await db.execute<{ id: string }>(
      sql`SELECT id FROM reactor.proposal WHERE command = 'user erase' AND executed_at IS NOT NULL LIMIT 1`,
    );
    for (const setting of ['', 'on', done[0]?.id ?? '']) await refused(unlawful(setting), /is a snapshot/);
  });
});
