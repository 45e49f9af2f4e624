/** The earlier system's queries, as they were written, over the views of schema `legacy`, by a login of `kustodia_reader`. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EARLIER_ESCROW_STATUSES,
  EARLIER_PAYMENT_STATUSES,
  EARLIER_WORDS,
  earlierEscrowStatus,
  earlierPaymentStatus,
} from '../../src/reactor/payment/earlier.ts';
import { LEG_STATES, type LegState } from '../../src/reactor/payment/states.ts';
import { answerTo } from '../support/answer-to.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const DEPOSIT_CLABE = '646180157000000004';
const PAYOUT_CLABE = '012180015544332211';
const PESOS = 1_500;

let postgres: TestPostgres;
let url: string;
let owner: pg.Client;
let reader: pg.Client;
const logins: string[] = [];

async function loginOf(...roles: string[]): Promise<pg.Client> {
  const name = `reader_${randomUUID().slice(0, 8)}`;
  await owner.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}' IN ROLE ${roles.join(', ')}`);
  logins.push(name);
  const own = new URL(url);
  [own.username, own.password] = [name, name];
  const client = new pg.Client({ connectionString: own.href, options: '-c search_path=legacy' });
  await client.connect();
  return client;
}

/** A payment whose legs are in these states, as nothing but time would bring it about: the rules are not asked. */
async function put(payments: readonly Readonly<{ legs: readonly LegState[]; hasBegun: boolean }>[]): Promise<string[]> {
  const ids = payments.map(() => randomUUID());
  const [payer, recipient, destination] = [randomUUID(), randomUUID(), randomUUID()];
  await owner.query('SET session_replication_role = replica');
  await owner.query('INSERT INTO reactor."user" (id) VALUES ($1), ($2)', [payer, recipient]);
  await owner.query(
    `INSERT INTO reactor.person (user_id, full_name, email) VALUES ($1, 'Ana Ruiz', 'ana@example.com'), ($2, 'Beto Paz', 'beto@example.com')`,
    [payer, recipient],
  );
  await owner.query('DELETE FROM reactor.deposit_clabe WHERE clabe = $1', [DEPOSIT_CLABE]);
  await owner.query('INSERT INTO reactor.deposit_clabe (clabe, user_id) VALUES ($1, $2)', [DEPOSIT_CLABE, payer]);
  await owner.query(
    `INSERT INTO reactor.destination (id, user_id, clabe, legal_name) VALUES ($1, $2, $3, 'Beto Paz')`,
    [...[destination, recipient, PAYOUT_CLABE]],
  );
  const legs = payments.flatMap(({ legs, hasBegun }, i) =>
    legs.map((state) => ({ id: randomUUID(), payment: ids[i], state, hasBegun })),
  );
  await owner.query(
    `INSERT INTO reactor.payment (id, payer_id, recipient_id, deposit_clabe, amount_centavos, custody_seconds, concept, expires_at, awaits_deposit)
     SELECT id, $2, $3, $5, $4, 3, 'prueba', now(), false FROM unnest($1::uuid[]) AS id`,
    [ids, payer, recipient, PESOS * 100, DEPOSIT_CLABE],
  );
  await owner.query(
    `INSERT INTO reactor.leg (id, payment_id, kind, state, amount_centavos, destination_id, rail, reference, cause, escrow_id)
     SELECT id, payment, 'custody', state, $5, $4, 'bank_redemption', '0x' || encode(sha256(id::text::bytea), 'hex'), 'prueba', CASE WHEN state >= 'in_custody' THEN 7 END
     FROM unnest($1::uuid[], $2::uuid[], $3::reactor.leg_state[]) AS one (id, payment, state)`,
    [legs.map((l) => l.id), legs.map((l) => l.payment), legs.map((l) => l.state), destination, PESOS * 100],
  );
  await owner.query(
    `INSERT INTO reactor.leg_history (leg_id, payment_id, from_state, to_state, cause, detail, at)
     SELECT id, payment, 'requested', CASE WHEN begun THEN 'deposited' ELSE 'closed' END::reactor.leg_state, 'prueba', '{}', now()
     FROM unnest($1::uuid[], $2::uuid[], $3::boolean[]) AS one (id, payment, begun)`,
    [legs.map((l) => l.id), legs.map((l) => l.payment), legs.map((l) => l.hasBegun)],
  );
  await owner.query('RESET session_replication_role');
  return ids;
}

const shown = async (ids: readonly string[]) => {
  const { rows } = await owner.query<{ id: string; status: string | null }>(
    `SELECT p.id::text, v.status FROM reactor.payment p LEFT JOIN legacy.payment v ON v.id = p.number WHERE p.id = ANY($1)`,
    [ids],
  );
  const by = new Map(rows.map(({ id, status }) => [id, status]));
  return ids.map((id) => by.get(id));
};

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase();
  owner = new pg.Client({ connectionString: url });
  await owner.connect();
  reader = await loginOf('kustodia_reader');
});
afterAll(async () => {
  await reader?.end();
  for (const name of logins) await owner.query(`DROP ROLE ${name}`);
  await owner?.end();
  await postgres?.stop();
});

describe('each state in the earlier words', () => {
  test('is one that the earlier documentation has, or none before the deposit', () => {
    for (const state of LEG_STATES) {
      const words = EARLIER_WORDS[state];
      expect(words === null).toBe(state === 'requested' || state === 'expired');
      if (words === null) continue;
      expect(EARLIER_PAYMENT_STATUSES).toContain(words.payment);
      expect(EARLIER_ESCROW_STATUSES).toContain(words.escrow);
    }
    const said = new Set(LEG_STATES.map((state) => EARLIER_WORDS[state]?.payment));
    for (const status of EARLIER_PAYMENT_STATUSES) expect(said).toContain(status);
  });

  test('is the same for the database as for the code', async () => {
    const { rows } = await owner.query<{ state: LegState; payment: string | null; escrow: string | null }>(
      `SELECT state::text, reactor.earlier_payment(state) AS payment, reactor.earlier_escrow(state) AS escrow
       FROM unnest(enum_range(NULL::reactor.leg_state)) AS state`,
    );
    expect(rows.map(({ state }) => state)).toEqual(LEG_STATES);
    for (const { state, payment, escrow } of rows) {
      const words = EARLIER_WORDS[state];
      expect([state, payment, escrow]).toEqual([state, words?.payment ?? null, words?.escrow ?? null]);
    }
  });

  test('of every two legs the view says what the code says, and shows none that never began', async () => {
    const payments = LEG_STATES.flatMap((one, i) =>
      LEG_STATES.slice(i).flatMap((other) => [true, false].map((hasBegun) => ({ legs: [one, other], hasBegun }))),
    );
    const statuses = await shown(await put(payments));
    payments.forEach(({ legs, hasBegun }, i) => {
      const want = earlierPaymentStatus(
        legs.map((state) => ({ state })),
        hasBegun,
      );
      expect([legs, hasBegun, statuses[i]]).toEqual([legs, hasBegun, want]);
    });
  });

  test('of an escrow the view says what the code says', async () => {
    const ids = await put(LEG_STATES.map((state) => ({ legs: [state], hasBegun: true })));
    const { rows } = await owner.query<{ state: LegState; has: boolean; status: string | null }>(
      `SELECT l.state::text, l.escrow_id IS NOT NULL AS has, v.status FROM reactor.leg l LEFT JOIN legacy.escrow v ON v.id = l.number WHERE l.payment_id = ANY($1)`,
      [ids],
    );
    expect(rows).toHaveLength(LEG_STATES.length);
    for (const { state, has, status } of rows)
      expect([state, status]).toEqual([state, earlierEscrowStatus(state, has)]);
  });
});

describe('the monitoring of before, as it was written', () => {
  let ids: string[];
  beforeAll(async () => {
    ids = await put([
      { legs: ['deposited'], hasBegun: true },
      { legs: ['in_custody'], hasBegun: true },
      { legs: ['redeeming'], hasBegun: true },
      { legs: ['completed'], hasBegun: true },
    ]);
    await owner.query('SET session_replication_role = replica');
    await owner.query('DELETE FROM reactor.leg_history WHERE payment_id <> ALL($1)', [ids]);
    await owner.query(`UPDATE reactor.leg_history SET at = now() - interval '3 hours'`);
    await owner.query(
      `UPDATE reactor.leg SET entered_at = now() - CASE state WHEN 'deposited' THEN interval '3 hours' ELSE interval '1 hour' END`,
    );
    await owner.query(
      `INSERT INTO reactor.leg_history (leg_id, payment_id, from_state, to_state, cause, detail, at)
       SELECT id, payment_id, 'deposited', state, 'prueba', '{}', now() FROM reactor.leg WHERE payment_id = ANY($1) AND state <> 'deposited'`,
      [ids],
    );
    await owner.query('RESET session_replication_role');
  });

  test('counts and sums of a day by status', async () => {
    const { rows } = await reader.query(
      `SELECT status, COUNT(*) AS count, SUM(amount) AS total FROM payment WHERE created_at >= NOW() - INTERVAL '24 hours' GROUP BY status ORDER BY status`,
    );
    const one = { count: '1', total: '1500.00' };
    expect(rows).toEqual(['active', 'completed', 'funded', 'pending'].map((status) => ({ status, ...one })));
  });

  test('payments that are not completed after an hour, with their escrow', async () => {
    const { rows } = await reader.query(
      `SELECT p.id, p.status, p.amount, p.created_at, e.status AS escrow_status, e.contract_escrow_id FROM payment p LEFT JOIN escrow e ON p.id = e.payment_id
       WHERE p.status NOT IN ('completed') AND p.created_at < NOW() - INTERVAL '1 hour' ORDER BY p.created_at, p.id`,
    );
    expect(rows.map((row) => [row.status, row.escrow_status, row.contract_escrow_id, typeof row.id])).toEqual([
      ['pending', 'pending', null, 'number'],
      ['funded', 'funded', '7', 'number'],
      ['active', 'released', '7', 'number'],
    ]);
  });

  test('what is pending or active for over two hours', async () => {
    const { rows } = await reader.query(
      `SELECT id, status, updated_at FROM payment WHERE status IN ('pending', 'active') AND updated_at < NOW() - INTERVAL '2 hours'`,
    );
    expect(rows.map(({ status }) => status)).toEqual(['pending']);
  });

  test('the newest event of half an hour', async () => {
    const { rows } = await reader.query(
      `SELECT MAX(created_at) AS newest FROM payment_event WHERE created_at > NOW() - INTERVAL '30 minutes'`,
    );
    expect(Date.now() - rows[0].newest.getTime()).toBeLessThan(60_000);
  });

  test('the average of minutes by status', async () => {
    const { rows } = await reader.query(
      `SELECT status, AVG(EXTRACT(EPOCH FROM (updated_at - created_at)) / 60)::int AS minutes FROM payment GROUP BY status ORDER BY status`,
    );
    expect(rows).toEqual([
      { status: 'active', minutes: 120 },
      { status: 'completed', minutes: 120 },
      { status: 'funded', minutes: 120 },
      { status: 'pending', minutes: 0 },
    ]);
  });

  test('the last ten events, with the user whose they are', async () => {
    const { rows } = await reader.query(
      `SELECT pe.type, pe.description, p.status, u.email FROM payment_event pe JOIN payment p ON pe."paymentId" = p.id JOIN "user" u ON u.id = p.user_id
       ORDER BY pe.created_at DESC, pe.id DESC LIMIT 10`,
    );
    expect(rows).toHaveLength(7);
    expect(rows[0]).toEqual({
      type: 'completed',
      description: 'custody of 1500.00 MXN: deposited → completed, prueba',
      status: 'completed',
      email: 'a***',
    });
  });
});

describe('what the reader may', () => {
  beforeAll(async () => {
    await put([{ legs: ['deposited'], hasBegun: true }]);
  });
  test('read the four views, and nothing else', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
         AND has_schema_privilege('kustodia_reader', n.oid, 'USAGE')
         AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege('kustodia_reader', c.oid, 'USAGE, SELECT, UPDATE')
           ELSE has_any_column_privilege('kustodia_reader', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') OR has_table_privilege('kustodia_reader', c.oid, 'DELETE, TRUNCATE, TRIGGER') END
       ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'legacy.escrow',
      'legacy.payment',
      'legacy.payment_event',
      'legacy.user',
    ]);
    for (const statement of [
      'SELECT * FROM reactor.person',
      'UPDATE payment SET amount = 0',
      'CREATE TABLE legacy.x (y int)',
    ])
      await expect(reader.query(statement), statement).rejects.toThrow(/permission denied|cannot update/);
  });

  test('finds the tables without their schema: that is the role’s own search path', async () => {
    const { rows } = await owner.query(
      `SELECT setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname = 'kustodia_reader'`,
    );
    expect(rows).toEqual([{ setconfig: ['search_path=legacy'] }]);
  });

  const asked = `SELECT email, full_name, deposit_clabe, payout_clabe, kyc_status FROM (SELECT * FROM "user" ORDER BY created_at DESC LIMIT 2) AS two ORDER BY email`;
  test('no name, no address and no whole CLABE, in columns as wide as before', async () => {
    const { rows } = await reader.query(asked);
    expect(rows).toEqual([
      {
        ...{ email: 'a***', full_name: 'A***', deposit_clabe: '646***********0004', payout_clabe: null },
        kyc_status: 'pending',
      },
      {
        ...{ email: 'b***', full_name: 'B***', deposit_clabe: null, payout_clabe: '012***********2211' },
        kyc_status: 'pending',
      },
    ]);
    expect(rows[0].deposit_clabe).toHaveLength(18);
  });

  test('all of it once the login is a member of kustodia_reader_personal as well', async () => {
    const personal = await loginOf('kustodia_reader', 'kustodia_reader_personal');
    const { rows } = await personal.query(asked).finally(() => personal.end());
    expect(rows.map((row) => [row.email, row.full_name, row.deposit_clabe, row.payout_clabe])).toEqual([
      ['ana@example.com', 'Ana Ruiz', DEPOSIT_CLABE, null],
      ['beto@example.com', 'Beto Paz', null, PAYOUT_CLABE],
    ]);
  });

  test('that role alone reads nothing', async () => {
    expect(await answerTo(url, 'SELECT * FROM legacy."user"', '-c role=kustodia_reader_personal')).toMatch(
      /permission denied for schema legacy/,
    );
  });
});
