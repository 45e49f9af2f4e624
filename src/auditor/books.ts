import pg from 'pg';
import { z } from 'zod';
import type { Books } from './facts.ts';

const STATEMENT_TIMEOUT_MS = 120_000;
const big = z.coerce.bigint();
const maybe = z.string().nullable();

const balance = z.object({ account: z.string(), owner: z.string(), currency: z.string(), posted: big, pending: big });

/** What is read, and what it must look like. All of it within one snapshot. */
const READS = {
  payments: [
    z.object({ id: z.string(), number: z.coerce.number(), kind: z.string() }),
    'SELECT id::text, number, kind FROM reactor.payment',
  ],
  legs: [
    z.object({
      id: z.string(),
      paymentId: z.string(),
      kind: z.string(),
      state: z.string(),
      centavos: big,
      clabe: maybe,
      reference: z.string(),
      escrowContract: maybe,
      escrowId: big.nullable(),
      settledBy: maybe,
      isSettledOutside: z.boolean(),
    }),
    `SELECT l.id::text, l.payment_id::text AS "paymentId", l.kind::text, l.state::text, l.amount_centavos::text AS centavos,
       CASE WHEN d.clabe ~ '^[0-9]+$' THEN d.clabe END AS clabe,
       l.reference, lower(l.escrow_contract) AS "escrowContract", l.escrow_id::text AS "escrowId", s.settlement_leg_id::text AS "settledBy",
       EXISTS (SELECT 1 FROM reactor.settled_outside o WHERE o.leg_id = l.id) AS "isSettledOutside"
     FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id LEFT JOIN reactor.settlement_item s ON s.leg_id = l.id`,
  ],
  effects: [
    z.object({
      legId: maybe,
      kind: z.string(),
      state: z.string(),
      key: z.string(),
      externalId: maybe,
      isToBitso: z.boolean(),
      entry: maybe,
      /** It had been seen on the chain, and a reorganisation undid it. */
      isUndone: z.boolean(),
    }),
    `SELECT CASE WHEN e.subject_kind = 'leg' THEN e.subject_id END AS "legId", e.kind::text, e.state::text, e.key, e.external_id AS "externalId",
       e.kind = 'juno_redemption' AND e.request::text NOT LIKE '%destination_bank_account_id%' AS "isToBitso", n.state::text AS entry,
       e.state = 'dead' AND e.external_id IS NOT NULL AND e.kind IN ('chain_fund', 'chain_release')
         -- Taken out, and brought back as it was.
         AND NOT EXISTS (SELECT 1 FROM reactor.effect n WHERE n.subject_kind = e.subject_kind AND n.subject_id = e.subject_id AND n.kind = e.kind
           AND n.external_id = e.external_id AND n.state = 'confirmed') AS "isUndone"
     FROM reactor.effect e LEFT JOIN reactor.ledger_entry n ON n.effect_id = e.id`,
  ],
  evidence: [
    z.object({
      source: z.string(),
      externalId: z.string(),
      subjectKind: z.string(),
      subjectId: z.string(),
      blockHash: maybe,
      isReturn: z.boolean(),
    }),
    `SELECT source, external_id AS "externalId", subject_kind::text AS "subjectKind", subject_id AS "subjectId",
       detail->>'blockHash' AS "blockHash", detail @> '{"isReturn": true}' AS "isReturn" FROM reactor.evidence`,
  ],
  signed: [
    z.object({ hash: z.string() }).transform(({ hash }) => hash),
    `SELECT w.hash FROM reactor.wallet_transaction w JOIN reactor.effect e ON e.id = w.effect_id WHERE e.state <> 'dead'`,
  ],
  versions: [
    z.object({ hash: z.string(), other: z.string() }),
    `SELECT a.hash, b.hash AS other FROM reactor.wallet_transaction a
     JOIN reactor.wallet_transaction b ON (b.chain_id, b.wallet, b.nonce) = (a.chain_id, a.wallet, a.nonce) AND b.hash <> a.hash`,
  ],
  suspense: [
    z.object({ depositId: z.string(), centavos: big, isOpen: z.boolean() }),
    `SELECT s.deposit_id AS "depositId", s.amount_centavos::text AS centavos, s.closed_at IS NULL AS "isOpen"
     FROM reactor.suspense s`,
  ],
  parts: [
    z.object({ paymentId: z.string(), centavos: big }),
    'SELECT payment_id::text AS "paymentId", amount_centavos::text AS centavos FROM reactor.suspense_part',
  ],
  balances: [balance, 'SELECT account, owner, currency::text, posted::text, pending::text FROM reactor.ledger_balance'],
  postings: [
    balance,
    `SELECT p.account, p.owner, p.currency::text, coalesce(sum(p.amount) FILTER (WHERE e.state = 'posted'), 0)::text AS posted,
       coalesce(sum(p.amount) FILTER (WHERE e.state = 'pending'), 0)::text AS pending
     FROM reactor.ledger_posting p JOIN reactor.ledger_entry e ON e.id = p.entry_id GROUP BY 1, 2, 3`,
  ],
  unbalanced: [
    z.object({ entry: z.string(), currency: z.string(), units: big }),
    `SELECT e.key AS entry, p.currency::text, sum(p.amount)::text AS units FROM reactor.ledger_posting p
     JOIN reactor.ledger_entry e ON e.id = p.entry_id GROUP BY 1, 2 HAVING sum(p.amount) <> 0`,
  ],
} as const satisfies { [K in keyof Books]: readonly [z.ZodType<Books[K][number]>, string] };

/**
 * A reader of our books as the database role `kustodia_auditor`, which may read the books and nothing else: no name, no e-mail, no
 * key of anybody, and no write. The connecting user must be a member of it.
 */
export function openAuditBooks({ databaseUrl }: Readonly<{ databaseUrl: string }>): () => Promise<Books> {
  return async () => {
    const client = new pg.Client({
      connectionString: databaseUrl,
      options: `-c role=kustodia_auditor -c default_transaction_read_only=on -c statement_timeout=${STATEMENT_TIMEOUT_MS} -c timezone=UTC`,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const read = async <T>([schema, query]: readonly [z.ZodType<T>, string]): Promise<T[]> =>
        z.array(schema).parse((await client.query(query)).rows);
      return {
        payments: await read(READS.payments),
        legs: await read(READS.legs),
        effects: await read(READS.effects),
        evidence: await read(READS.evidence),
        signed: await read(READS.signed),
        versions: await read(READS.versions),
        suspense: await read(READS.suspense),
        parts: await read(READS.parts),
        balances: await read(READS.balances),
        postings: await read(READS.postings),
        unbalanced: await read(READS.unbalanced),
      };
    } finally {
      await client.end().catch(() => undefined);
    }
  };
}
