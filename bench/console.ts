/**
 * `node bench/console.ts [--payments N]`: how long the console's questions take with so many payments in the database. A real Postgres,
 * the reactor's own HTTP; the rows are written in bulk, in the shapes of the journey. Prints one JSON object.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startKeeper } from '../src/local/keeper.ts';
import { freePort } from '../src/local/ports.ts';
import { startPostgres } from '../src/local/postgres.ts';
import { openWorld } from '../test/http/world.ts';

const { values } = parseArgs({ options: { payments: { type: 'string', default: '1000000' } } });
const count = Number(values.payments);
const USERS = 10_000;
const TURNS = 20;

const folder = await mkdtemp(join(tmpdir(), 'kustodia-console-bench-'));
await chmod(folder, 0o755);
const keeper = startKeeper(folder);
const postgres = await startPostgres({ port: await freePort(), folder, keeper });
const { url } = postgres;
const world = await openWorld(url);

const client = new pg.Client({ connectionString: url });
await client.connect();
// The rules of the tables are not what is measured.
await client.query('SET session_replication_role = replica');
const FILL = [
  `INSERT INTO reactor."user" (id) SELECT md5('u' || i)::uuid FROM generate_series(1, ${USERS}) i`,
  `INSERT INTO reactor.person (user_id, full_name, email) SELECT md5('u' || i)::uuid, 'Persona ' || i, 'p' || i || '@example.mx' FROM generate_series(1, ${USERS}) i`,
  `INSERT INTO reactor.destination (id, user_id, clabe, legal_name) SELECT md5('d' || i)::uuid, md5('u' || i)::uuid, lpad((646180000000000000 + i * 7919)::text, 18, '0'), 'Persona ' || i FROM generate_series(1, ${USERS}) i`,
  `INSERT INTO reactor.payment (id, payer_id, recipient_id, deposit_clabe, amount_centavos, custody_seconds, concept, expires_at, awaits_deposit, created_at)
    SELECT md5('p' || i)::uuid, md5('u' || 1 + i % ${USERS})::uuid, md5('u' || 1 + (i * 7) % ${USERS})::uuid, lpad((710969000000000000 + (i % ${USERS}) * 104729)::text, 18, '0'),
      10000 + (i * 7919) % 5000000, 60, 'Pago ' || i, now() + interval '3 days', false, now() - (${count} - i) * interval '30 seconds' FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.leg (id, payment_id, kind, state, amount_centavos, destination_id, rail, reference, cause, entered_at, created_at)
    SELECT md5('l' || i)::uuid, md5('p' || i)::uuid, 'custody', (CASE WHEN i % 100 < 90 THEN 'completed' WHEN i % 100 < 95 THEN 'in_custody' WHEN i % 100 < 99 THEN 'closed' ELSE 'requested' END)::reactor.leg_state,
      10000 + (i * 7919) % 5000000, md5('d' || 1 + (i * 7) % ${USERS})::uuid, 'bank_redemption', '0x' || md5('r' || i) || md5('s' || i), 'bench', now(), now() FROM generate_series(1::bigint, ${count}) i`,
  `UPDATE reactor.leg SET attention_code = 'bench', attention_text = 'x', attention_owner = 'operations' WHERE state = 'in_custody' AND amount_centavos < 12000`,
  `INSERT INTO reactor.leg_history (leg_id, payment_id, from_state, to_state, cause, detail, at)
    SELECT md5('l' || i)::uuid, md5('p' || i)::uuid, 'redeeming', 'completed', 'bench', '{}', now() - (${count} - i) * interval '30 seconds' FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.juno_deposit (id, clabe, amount_centavos, status, tracking_key)
    SELECT 'dep-' || i, lpad((710969000000000000 + (i % ${USERS}) * 104729)::text, 18, '0'), 10000, 'complete', 'TRACK' || i FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.evidence (source, external_id, subject_kind, subject_id) SELECT 'juno_deposit', 'dep-' || i, 'payment', md5('p' || i) FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.evidence (source, external_id, subject_kind, subject_id, detail)
    SELECT 'chain', 'log-' || i, 'leg', md5('l' || i)::uuid::text, jsonb_build_object('txHash', '0x' || md5('t' || i) || md5('x' || i), 'blockHash', '0x1') FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.audit_log (actor, role, command, subject, reason, detail) SELECT 'bench', 'admin', 'payment create', 'payment:' || md5('p' || i)::uuid, 'bench', '{}' FROM generate_series(1::bigint, ${count}) i`,
  'ANALYZE',
];
const began = performance.now();
for (const statement of FILL) await client.query(statement);
const { rows } = await client.query<{ id: string; clabe: string; hash: string; centavos: string }>(
  `SELECT id, deposit_clabe AS clabe, '0x' || md5('t' || ${Math.floor(count / 3)}) || md5('x' || ${Math.floor(count / 3)}) AS hash, amount_centavos::text AS centavos
    FROM reactor.payment WHERE id = md5('p' || ${Math.floor(count / 3)})::uuid`,
);
const [middle] = rows;
if (!middle) throw new Error('nothing was written');
await client.end();
const fill_ms = Math.round(performance.now() - began);

const QUESTIONS: Readonly<Record<string, string>> = {
  first_page: 'payments?limit=25',
  middle_page: `payments?limit=25&cursor=p${Math.floor(count / 2)}`,
  needs_attention: 'payments?limit=25&status=needs_attention',
  in_custody: 'payments?limit=25&status=in_custody',
  no_such_status: 'payments?limit=25&status=payout_returned',
  one_payment: `payments/${Math.floor(count / 3)}`,
  overview: 'overview',
  attention: 'attention?limit=100',
  audit: 'audit?limit=50',
  search_id: `search?q=${middle.id}`,
  search_number: `search?q=${Math.floor(count / 3)}`,
  search_clabe_tail: `search?q=${middle.clabe.slice(-4)}`,
  search_clabe: `search?q=${middle.clabe}`,
  search_amount: `search?q=${middle.centavos.slice(0, -2)}.${middle.centavos.slice(-2)}`,
  search_email: 'search?q=p4711@example.mx',
  search_tracking_key: `search?q=TRACK${Math.floor(count / 3)}`,
  search_transaction: `search?q=${middle.hash}`,
  search_juno: `search?q=dep-${Math.floor(count / 3)}`,
  search_nothing: 'search?q=nothing-of-the-kind',
};
const times: Record<string, { p50: number; most: number }> = {};
for (const [name, path] of Object.entries(QUESTIONS)) {
  const took_ms: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    // What is kept for a while is read anew.
    world.pass(10_000);
    const started = performance.now();
    const response = await world.get(`/api/v1/${path}`, world.keys.admin);
    const answer = await response.text();
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${answer}`);
    took_ms.push(performance.now() - started);
    if (turn === 0 && name.startsWith('search') && name !== 'search_nothing' && !answer.includes('"payment"'))
      throw new Error(`${path} found nothing`);
  }
  took_ms.sort((a, b) => a - b);
  times[name] = { p50: Math.round(took_ms[TURNS / 2] ?? 0), most: Math.round(took_ms.at(-1) ?? 0) };
}
await world.close();
await postgres.stop();
await keeper.close();
await rm(folder, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify({ payments: count, fill_ms, ms: times })}\n`);
