/** What the database has recorded of an escrow, read with a login that can write nothing. */
import pg from 'pg';
import { z } from 'zod';
import { PARTIES, RELEASE_POLICIES } from '../reactor/payment/states.ts';

const TIMEOUT_MS = 2_000;
const big = z.string().transform(BigInt);
const moment = z.number().transform((ms) => new Date(ms));

const BOOKED = z.object({
  legId: z.string(),
  paymentId: z.string(),
  kind: z.string(),
  state: z.string(),
  centavos: big,
  escrowContract: z.string().nullable(),
  escrowId: big.nullable(),
  deadline: z.coerce.number().nullable(),
  policy: z.enum(RELEASE_POLICIES),
  /** By the database's own clock. */
  now: moment,
  /** Those that count: nobody withdrew them, they are from after the last recovery, and of the account that is still the one. */
  approvals: z.array(z.object({ party: z.enum(PARTIES), givenAt: moment, valid_s: z.number() })),
  /** Centavos of the leg that were ordered back to the payer. */
  ordered: big.nullable(),
  /** Two people decided that something goes back to the payer. */
  isBackDecided: z.boolean(),
  /** A dispute of it was decided by two people, and nobody can appeal any more. */
  isDisputeOver: z.boolean(),
  /** Two people let it out, where its amount asks for that. */
  isLetOut: z.boolean(),
  /** An open hold or dispute over the payment, its people or its rails. */
  held: z.enum(['hold', 'dispute']).nullable(),
  /** A switch over it that is off, or that there is none of: `all`, `rail:…`, `user`. */
  closed: z.string().nullable(),
});
export type Booked = z.output<typeof BOOKED>;

/** Two different people: who proposed, and who approved. */
const BY_TWO = 'q.approved_by IS NOT NULL AND q.approved_by <> q.proposed_by';

/** What two people decided of a dispute, which nobody can appeal any more. */
const DECIDED = `FROM reactor.dispute s JOIN reactor.dispute_resolution r ON r.dispute_id = s.id JOIN reactor.proposal q ON q.id = r.proposal_id
      WHERE s.payment_id = own.payment_id AND s.state = 'final' AND ${BY_TWO}
        AND NOT EXISTS (SELECT 1 FROM reactor.dispute_resolution n WHERE n.dispute_id = s.id AND (n.created_at, n.id) > (r.created_at, r.id))`;

/** One statement, so that all of it is as it was at one moment. */
const READ = `
  WITH own AS (
    SELECT l.id, l.payment_id, l.kind::text, l.state::text, l.amount_centavos, lower(l.escrow_contract) AS escrow_contract, l.escrow_id,
      l.deadline_seconds, p.release_policy, p.payer_id, p.recipient_id, d.differs,
      ARRAY['all', 'recovery', 'rail:chain', 'rail:juno', 'rail:' || l.rail, 'user:' || p.payer_id, 'user:' || p.recipient_id, 'user:' || d.user_id] AS names
    FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id JOIN reactor.destination d ON d.id = l.destination_id
    WHERE l.reference = $1)
  SELECT id::text AS "legId", payment_id::text AS "paymentId", kind, state, amount_centavos::text AS centavos,
    escrow_contract AS "escrowContract", escrow_id::text AS "escrowId", deadline_seconds AS deadline, release_policy AS policy,
    floor(extract(epoch FROM reactor.now()) * 1000)::float8 AS now,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('party', a.party, 'valid_s', a.valid_seconds, 'givenAt', round(extract(epoch FROM a.given_at) * 1000))), '[]')
      FROM reactor.release_approval a
      WHERE a.leg_id = own.id AND NOT own.differs AND a.user_id = CASE a.party WHEN 'payer' THEN own.payer_id ELSE own.recipient_id END
        AND NOT EXISTS (SELECT 1 FROM reactor.release_withdrawal w WHERE w.approval_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.changed_by IS NOT NULL AND s.changed_at >= a.given_at)) AS approvals,
    (SELECT o.amount_centavos::text FROM reactor.refund_order o WHERE o.leg_id = own.id) AS ordered,
    EXISTS (SELECT 1 FROM reactor.proposal q
      WHERE q.command = 'payment refund' AND q.subject = 'payment:' || own.payment_id AND q.executed_at IS NOT NULL AND ${BY_TWO})
    OR EXISTS (SELECT 1 ${DECIDED} AND r.outcome <> 'recipient') AS "isBackDecided",
    EXISTS (SELECT 1 ${DECIDED}) AS "isDisputeOver",
    EXISTS (SELECT 1 FROM reactor.release_order o JOIN reactor.proposal q ON q.id = o.proposal_id WHERE o.leg_id = own.id AND ${BY_TWO}) AS "isLetOut",
    (SELECT kind FROM (
      SELECT h.kind::text FROM reactor.hold h WHERE h.payment_id = own.payment_id AND h.closed_at IS NULL
      UNION ALL SELECT 'dispute' FROM reactor.dispute s WHERE s.payment_id = own.payment_id AND s.state <> 'final'
      UNION ALL SELECT 'hold' FROM reactor.wide_hold w WHERE w.switch_name = ANY (own.names) AND w.closed_at IS NULL) AS held LIMIT 1) AS held,
    (SELECT CASE WHEN one.name LIKE 'user:%' THEN 'user' ELSE one.name END FROM unnest(own.names) AS one (name)
      LEFT JOIN reactor.guard_switch s ON s.name = one.name WHERE s.is_stopped IS NOT FALSE ORDER BY one.name LIMIT 1) AS closed
  FROM own`;

/**
 * Whether the login can do more than read. It is a member of `kustodia_approver` and of no other role, which own nothing; neither writes,
 * refers to or puts a trigger on anything that is stored, or seen through a view, in a schema other than a temporary one, or makes
 * anything there. A role that runs programs or reads files on the server is one that it is not a member of.
 */
const MAY_MORE = `
  WITH own AS (SELECT oid, rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles
    WHERE rolname = session_user OR pg_has_role(session_user, oid, 'MEMBER')),
  stored AS (SELECT n.oid, n.nspowner FROM pg_namespace n
    WHERE n.nspname NOT LIKE 'pg\\_temp\\_%' AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT IN ('pg_catalog', 'information_schema'))
  SELECT NOT pg_has_role(session_user, 'kustodia_approver', 'MEMBER')
    OR EXISTS (SELECT 1 FROM own WHERE rolname NOT IN (session_user, 'kustodia_approver')
      OR rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
    OR EXISTS (SELECT 1 FROM pg_database d WHERE d.datname = current_database()
      AND (d.datdba IN (SELECT oid FROM own) OR has_database_privilege(session_user, d.oid, 'CREATE')))
    OR EXISTS (SELECT 1 FROM stored s WHERE s.nspowner IN (SELECT oid FROM own)
      OR EXISTS (SELECT 1 FROM own WHERE has_schema_privilege(own.oid, s.oid, 'CREATE')))
    OR EXISTS (SELECT 1 FROM pg_proc p JOIN stored s ON s.oid = p.pronamespace WHERE p.proowner IN (SELECT oid FROM own))
    OR EXISTS (SELECT 1 FROM pg_class c JOIN stored s ON s.oid = c.relnamespace, own
      WHERE c.relowner = own.oid
        OR c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (
          has_table_privilege(own.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
          OR has_any_column_privilege(own.oid, c.oid, 'INSERT, UPDATE, REFERENCES'))) AS may`;

/** The login may do more than read: what holds the approver's key must not be able to write the approvals that it goes by. */
export class LoginTooStrongError extends Error {
  override readonly name = 'LoginTooStrongError';
}

export type Books = Readonly<{
  /** The leg that a reference names; null where there is none. */
  read: (reference: string) => Promise<Booked | null>;
  /** Throws a LoginTooStrongError where the login can do more than read, as a member of `kustodia_approver` and of nothing else. */
  assertReadsOnly: () => Promise<void>;
  close: () => Promise<void>;
}>;

/** The books as the role `kustodia_approver` may see them, whoever connects; the connecting user must be a member of it. */
export function openBooks(databaseUrl: string, connections: number): Books {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    options: `-c role=kustodia_approver -c default_transaction_read_only=on -c statement_timeout=${TIMEOUT_MS} -c timezone=UTC`,
  });
  // A lost connection is dropped; the question that it was lost under failed by itself.
  pool.on('error', () => undefined);
  return {
    read: async (reference) => {
      const { rows } = await pool.query(READ, [reference]);
      return rows[0] ? BOOKED.parse(rows[0]) : null;
    },
    assertReadsOnly: async () => {
      const { rows } = await pool.query<{ may: boolean }>(MAY_MORE);
      if (rows[0]?.may !== false)
        throw new LoginTooStrongError(
          'The login of APPROVER_DATABASE_URL can write what the approver goes by. Give it one that is a member of kustodia_approver and of nothing else. Nothing was started.',
        );
    },
    close: () => pool.end(),
  };
}
