import { ADDRESS } from '../../src/simulate/addresses.ts';
import { CHAIN_ID } from '../../src/simulate/moments.ts';
import type { BenchDatabase } from './database.ts';

const USERS = 10_000;
/** In one statement: a million rows in one would keep all of them in memory. */
const BATCH = 100_000;

const from = (first: number, last: number) => `FROM generate_series(${first}::bigint, ${last}) i`;
const hash = (what: string) => `'0x' || md5('${what}' || i) || md5('${what}2' || i)`;
const BLOCK = '1000 + i % 1000000';
/** As the chain of this process names its blocks. */
const BLOCK_HASH = `'0x' || encode(sha256(convert_to('block|' || (${BLOCK}) || '|0', 'UTF8')), 'hex')`;
const place = (transaction: string, log: number) =>
  `'${CHAIN_ID}:' || ${hash(transaction)} || ':${log}', ${CHAIN_ID}, ${BLOCK}, ${BLOCK_HASH}, 1760000000 + i % 1000000, ${hash(transaction)}, ${log}`;
const LEG = `md5('l' || i)::uuid`;
const UNITS = '(10000 + (i * 7919) % 5000000) * 10000';
const evidence = (transaction: string, log: number) =>
  `SELECT 'chain', '${CHAIN_ID}:' || ${hash(transaction)} || ':${log}', 'leg'::reactor.subject_kind, ${LEG}::text,
    jsonb_build_object('txHash', ${hash(transaction)}, 'blockNumber', (${BLOCK})::text, 'blockHash', ${BLOCK_HASH})`;
const effect = (kind: string, lane: string) =>
  `SELECT md5('${kind}' || i)::uuid, 'leg'::reactor.subject_kind, ${LEG}::text, '${kind}'::reactor.effect_kind, 1, md5('p' || i)::uuid, 'confirmed'::reactor.effect_state, '${kind}' || i, '{}'::jsonb, ${UNITS}, 'MXNB'::reactor.currency, '${lane}', 1, '${kind}-x' || i`;

const people = (first: number, last: number): readonly string[] => [
  `INSERT INTO reactor."user" (id) SELECT md5('u' || i)::uuid ${from(first, last)}`,
  `INSERT INTO reactor.destination (id, user_id, clabe, legal_name, juno_account_id, verified_at)
    SELECT md5('d' || i)::uuid, md5('u' || i)::uuid, lpad((646180000000000000 + i * 7919)::text, 18, '0'), 'Persona ' || i, 'account-' || i, now() ${from(first, last)}`,
];

/** Payments whose custody goes on for a month and more, with what the journey left of each: facts, effects, evidence, and the rows of the indexer. */
const payments = (first: number, last: number): readonly string[] => {
  const rows = from(first, last);
  return [
    `INSERT INTO reactor.payment (id, payer_id, recipient_id, deposit_clabe, amount_centavos, custody_seconds, concept, expires_at, awaits_deposit)
      SELECT md5('p' || i)::uuid, md5('u' || 1 + i % ${USERS})::uuid, md5('u' || 1 + (i * 7) % ${USERS})::uuid, lpad((710969000000000000 + i % ${USERS})::text, 18, '0'),
        10000 + (i * 7919) % 5000000, 2592000, 'Open ' || i, now() + interval '3 days', false ${rows}`,
    `INSERT INTO reactor.leg (id, payment_id, kind, state, amount_centavos, destination_id, rail, reference, escrow_contract, escrow_id, deadline_seconds, due_at, cause)
      SELECT ${LEG}, md5('p' || i)::uuid, 'custody', 'in_custody', 10000 + (i * 7919) % 5000000, md5('d' || 1 + (i * 7) % ${USERS})::uuid, 'bank_redemption',
        ${hash('r')}, '${ADDRESS.escrow}', 1000000 + i, extract(epoch FROM now())::bigint + 2592000 + i % 5184000, now() + interval '30 days', 'bench' ${rows}`,
    ...['deposited', 'withdrawing', 'withdrawn', 'funding', 'in_custody'].map(
      (state) => `INSERT INTO reactor.leg_history (leg_id, payment_id, from_state, to_state, cause, detail, at)
        SELECT ${LEG}, md5('p' || i)::uuid, NULL, '${state}', 'bench', '{}', now() ${rows}`,
    ),
    `INSERT INTO reactor.effect (id, subject_kind, subject_id, kind, attempt, payment_id, state, key, request, amount, currency, lane, lane_epoch, external_id)
      ${effect('juno_withdrawal', 'payment')} ${rows} UNION ALL ${effect('chain_fund', 'wallet')} ${rows}`,
    `INSERT INTO reactor.juno_transaction (id, type, status, amount_units, tx_hash, is_detailed, is_claimed) SELECT 'juno_withdrawal-x' || i, 'CRYPTO_WITHDRAWAL', 'complete', ${UNITS}, ${hash('w')}, true, true ${rows}`,
    // Of a wallet that is not used: the nonces of the one that is are its own.
    `INSERT INTO reactor.wallet_transaction (hash, chain_id, wallet, nonce, version, effect_id, raw, mined_block, mined_block_hash, succeeded)
      SELECT ${hash('f')}, ${CHAIN_ID}, '0xopen', i, 0, md5('chain_fund' || i)::uuid, '0x', ${BLOCK}, ${BLOCK_HASH}, true ${rows}`,
    `INSERT INTO reactor.evidence (source, external_id, subject_kind, subject_id, detail) ${evidence('w', 0)} ${rows} UNION ALL ${evidence('f', 2)} ${rows}`,
    `INSERT INTO indexed.escrow_event (id, chain_id, block_number, block_hash, block_timestamp, tx_hash, log_index, contract, escrow_id, reference, kind, amount)
      SELECT ${place('f', 0)}, '${ADDRESS.escrow}', 1000000 + i, ${hash('r')}, 'created', NULL::numeric ${rows}
      UNION ALL SELECT ${place('f', 2)}, '${ADDRESS.escrow}', 1000000 + i, ${hash('r')}, 'funded', ${UNITS} ${rows}`,
    `INSERT INTO indexed.token_transfer (id, chain_id, block_number, block_hash, block_timestamp, tx_hash, log_index, token, "from", "to", value)
      SELECT ${place('w', 0)}, '${ADDRESS.token}', '${ADDRESS.juno}', '${ADDRESS.bridge}', ${UNITS} ${rows}
      UNION ALL SELECT ${place('f', 1)}, '${ADDRESS.token}', '${ADDRESS.bridge}', '${ADDRESS.escrow}', ${UNITS} ${rows}`,
  ];
};

/** Puts so many open escrows into an empty database, in bulk, in the shapes that the journey gives them. */
export async function fillOpen({ db }: BenchDatabase, count: number): Promise<void> {
  if (count === 0) return;
  const client = await db.$client.connect();
  try {
    // The rules of the tables are not what is measured, and it takes longer than any statement of a reactor may.
    await client.query(
      'SET session_replication_role = replica; SET statement_timeout = 0; SET synchronous_commit = off',
    );
    for (const statement of people(1, USERS)) await client.query(statement);
    for (let first = 1; first <= count; first += BATCH)
      for (const statement of payments(first, Math.min(count, first + BATCH - 1))) await client.query(statement);
    await client.query('VACUUM ANALYZE');
  } finally {
    // With its settings.
    client.release(true);
  }
}
