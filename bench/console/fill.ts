import type { Db } from '../../src/reactor/db/client.ts';

const USERS = 10_000;

const statements = (count: number): readonly string[] => [
  `INSERT INTO reactor."user" (id) SELECT md5('u' || i)::uuid FROM generate_series(1, ${USERS}) i`,
  `INSERT INTO reactor.person (user_id, full_name, email) SELECT md5('u' || i)::uuid, 'Persona ' || i, 'p' || i || '@example.mx' FROM generate_series(1, ${USERS}) i`,
  `INSERT INTO reactor.deposit_clabe (clabe, user_id) SELECT lpad((710969000000000000 + (i - 1) * 104729::bigint)::text, 18, '0'), md5('u' || i)::uuid FROM generate_series(1, ${USERS}) i`,
  `INSERT INTO reactor.destination (id, user_id, clabe, legal_name) SELECT md5('d' || i)::uuid, md5('u' || i)::uuid, lpad((646180000000000000 + i * 7919)::text, 18, '0'), 'Persona ' || i FROM generate_series(1, ${USERS}) i`,
  `INSERT INTO reactor.payment (id, payer_id, recipient_id, deposit_clabe, amount_centavos, custody_seconds, concept, expires_at, awaits_deposit, created_at)
    SELECT md5('p' || i)::uuid, md5('u' || 1 + i % ${USERS})::uuid, md5('u' || 1 + (i * 7) % ${USERS})::uuid, lpad((710969000000000000 + (i % ${USERS}) * 104729)::text, 18, '0'),
      10000 + (i * 7919) % 5000000, 60, 'Pago ' || i, now() + interval '3 days', false, now() - (${count} - i) * interval '30 seconds' FROM generate_series(1::bigint, ${count}) i`,
  // Of each tenth the payer bears a fee of a peso.
  `UPDATE reactor.payment SET amount_centavos = amount_centavos + 100, fees = jsonb_build_array(jsonb_build_object('legId', md5('f' || id), 'kind', 'platform', 'bearer', 'payer', 'basisPoints', NULL, 'fixed', '100', 'amount', '100')) WHERE number % 10 = 0`,
  `INSERT INTO reactor.leg (id, payment_id, kind, state, amount_centavos, destination_id, rail, reference, cause, entered_at, created_at)
    SELECT md5('l' || i)::uuid, md5('p' || i)::uuid, 'custody', (CASE WHEN i % 100 < 90 THEN 'completed' WHEN i % 100 < 95 THEN 'in_custody' WHEN i % 100 < 99 THEN 'closed' ELSE 'requested' END)::reactor.leg_state,
      10000 + (i * 7919) % 5000000, md5('d' || 1 + (i * 7) % ${USERS})::uuid, 'bank_redemption', '0x' || md5('r' || i) || md5('s' || i), 'bench', now(), now() FROM generate_series(1::bigint, ${count}) i`,
  `UPDATE reactor.leg SET attention_code = 'bench', attention_text = 'x', attention_owner = 'operations' WHERE state = 'in_custody' AND amount_centavos < 12000`,
  `INSERT INTO reactor.leg_history (leg_id, payment_id, from_state, to_state, cause, detail, at)
    SELECT md5('l' || i)::uuid, md5('p' || i)::uuid, 'redeeming', 'completed', 'bench', '{}', now() - (${count} - i) * interval '30 seconds' FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.juno_deposit (id, clabe, amount_centavos, status, tracking_key)
    SELECT 'dep-' || i, lpad((710969000000000000 + (i % ${USERS}) * 104729)::text, 18, '0'), 10000, 'complete', 'TRACK' || i FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.juno_observation (resource, external_id, fingerprint, body) SELECT 'deposit', 'dep-' || i, 'bench', '{"fid": "dep-' || i || '", "deposit_id": "J' || i || '"}' FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.suspense (deposit_id, reason, amount_centavos) SELECT 'dep-' || i, 'over', 10000 FROM generate_series(1, 2000) i`,
  `INSERT INTO reactor.evidence (source, external_id, subject_kind, subject_id) SELECT 'juno_deposit', 'dep-' || i, 'payment', md5('p' || i) FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.evidence (source, external_id, subject_kind, subject_id, detail)
    SELECT 'chain', 'log-' || i, 'leg', md5('l' || i)::uuid::text, jsonb_build_object('txHash', '0x' || md5('t' || i) || md5('x' || i), 'blockHash', '0x1') FROM generate_series(1::bigint, ${count}) i`,
  `INSERT INTO reactor.audit_log (actor, role, command, subject, reason, detail) SELECT 'bench', 'admin', 'payment create', 'payment:' || md5('p' || i)::uuid, 'bench', '{}' FROM generate_series(1::bigint, ${count}) i`,
];

/** One of them, from the middle: what people would look for it by. */
export type Middle = Readonly<Record<'id' | 'clabe' | 'hash' | 'centavos' | 'payer' | 'agreed', string>>;

/** Writes so many payments in bulk into an empty database. */
export async function fillPayments(db: Db, count: number): Promise<Middle> {
  const client = await db.$client.connect();
  try {
    // The rules of the tables are not what is measured, and it takes longer than any statement of a reactor may.
    await client.query(
      'SET session_replication_role = replica; SET statement_timeout = 0; SET synchronous_commit = off',
    );
    for (const statement of statements(count)) await client.query(statement);
    await client.query('VACUUM ANALYZE');
    const third = Math.floor(count / 3);
    const { rows } = await client.query<Middle>(
      `SELECT id, deposit_clabe AS clabe, '0x' || md5('t' || ${third}) || md5('x' || ${third}) AS hash, amount_centavos::text AS centavos, payer_id AS payer,
         (SELECT round((amount_centavos - 100) / 100, 2)::text FROM reactor.payment WHERE number = ${third - (third % 10)}) AS agreed
       FROM reactor.payment WHERE id = md5('p' || ${third})::uuid`,
    );
    const [middle] = rows;
    if (!middle) throw new Error('nothing was written');
    return middle;
  } finally {
    // With its settings.
    client.release(true);
  }
}
