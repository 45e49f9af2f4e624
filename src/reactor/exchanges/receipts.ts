import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { parseJson } from '../../juno/json.ts';
import { bankOf } from '../../money/banks.ts';
import { type Clabe, maskClabe } from '../../money/clabe.ts';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import { LEG_KINDS } from '../payment/states.ts';
import { maskName } from '../people/mask-name.ts';

const TEXT = z.string().nullable();
const ROW = z.object({
  direction: z.enum(['in', 'out', 'returned']),
  by: z.enum(['juno', 'bitso', 'hand']),
  kind: z.enum(LEG_KINDS).nullable(),
  amount: z.string().transform(BigInt),
  at: TEXT,
  tracking_key: TEXT,
  body: TEXT,
  sender: TEXT,
  account: z.string(),
  name: TEXT,
  cep_link: TEXT,
});
/** Juno and Bitso pay from accounts of this institution (Nvio Pagos México). */
const OURS = '710';
const TRACKING = /^(tracking_key|clave_(de_)?rastreo)$/i;
const [MOST, DEEPEST] = [50, 6];

/** A SPEI order that a payment came by or was paid by: what Banxico's CEP is looked up with. */
export type Receipt = Readonly<{
  direction: 'in' | 'out' | 'returned';
  by: 'juno' | 'bitso' | 'hand';
  kind: (typeof LEG_KINDS)[number] | null;
  amount: string;
  at: string | null;
  trackingKey: string | null;
  sendingBank: string | null;
  receivingBank: string | null;
  account: string;
  legalName: string | null;
  cepLink: string | null;
}>;

/** Its orders, those in first. Accounts and names whole and the provider's own links only for those who may read of people. */
export async function readReceipts(
  db: Db,
  paymentId: string,
  canReadPeople: boolean,
): Promise<{ receipts: Receipt[] }> {
  const time = (at: ReturnType<typeof sql>) => sql`to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  const { rows } = await db.execute(sql`
    WITH own AS (SELECT l.*, d.clabe, d.legal_name FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id
      WHERE l.payment_id = ${paymentId}),
    came AS (SELECT DISTINCT e.external_id AS id FROM reactor.evidence e WHERE e.source = 'juno_deposit'
      AND ((e.subject_kind = 'payment' AND e.subject_id = ${paymentId}::text) OR (e.subject_kind = 'leg' AND e.subject_id IN (SELECT id::text FROM own))))
    SELECT CASE WHEN j.is_refund THEN 'returned' ELSE 'in' END AS direction, 'juno' AS by, NULL AS kind, j.amount_centavos::text AS amount, ${time(sql`j.observed_at`)} AS at, j.tracking_key, NULL AS body,
        j.sender_clabe AS sender, j.clabe AS account, NULL AS name, NULL AS cep_link, j.observed_at AS place
      FROM came JOIN reactor.juno_deposit j ON j.id = came.id
    UNION ALL SELECT 'out', 'juno', own.kind::text, own.amount_centavos::text, ${time(sql`coalesce(t.occurred_at, t.updated_at)`)}, NULL,
        (SELECT o.body FROM reactor.juno_observation o WHERE o.resource = 'transaction' AND o.external_id = f.external_id
          AND o.body ~* '"(tracking_key|clave_(de_)?rastreo)"' ORDER BY o.id DESC LIMIT 1),
        NULL, own.clabe, own.legal_name, NULL, coalesce(t.occurred_at, t.updated_at)
      FROM own JOIN reactor.effect f ON f.subject_kind = 'leg' AND f.subject_id = own.id::text AND f.kind = 'juno_redemption' AND f.state = 'confirmed'
      JOIN reactor.juno_transaction t ON t.id = f.external_id
      WHERE own.state = 'completed' AND own.rail = 'bank_redemption'
    UNION ALL SELECT 'out', 'bitso', own.kind::text, own.amount_centavos::text, ${time(sql`w.updated_at`)}, w.tracking_key, NULL,
        NULL, own.clabe, own.legal_name, w.cep_link, w.updated_at
      FROM own JOIN reactor.effect f ON f.subject_kind = 'leg' AND f.subject_id = own.id::text AND f.kind = 'bitso_payout' AND f.state = 'confirmed'
      JOIN reactor.bitso_withdrawal w ON w.id = f.external_id
      WHERE own.state = 'completed'
    UNION ALL SELECT 'out', 'hand', own.kind::text, own.amount_centavos::text, ${time(sql`s.created_at`)}, s.tracking_key, NULL,
        NULL, own.clabe, own.legal_name, s.cep_link, s.created_at
      FROM own JOIN reactor.settled_outside s ON s.leg_id = own.id
    ORDER BY direction, place LIMIT ${MOST}`);
  const account = (clabe: string) => (canReadPeople ? clabe : maskClabe(clabe));
  const name = (text: string) => (canReadPeople ? text : maskName(text));
  return {
    receipts: z
      .array(ROW)
      .parse(rows)
      .map((row) => ({
        ...{ direction: row.direction, by: row.by, kind: row.kind, at: row.at, legalName: row.name && name(row.name) },
        amount: formatDecimal(centavos(row.amount)),
        trackingKey: row.tracking_key ?? (row.body === null ? null : trackingIn(row.body)),
        // Who paid by hand did so from an account that nobody named.
        sendingBank: row.direction !== 'out' ? nameOf(row.sender) : row.by === 'hand' ? null : nameOf(OURS),
        ...{ receivingBank: nameOf(row.account), account: account(row.account) },
        cepLink: canReadPeople ? row.cep_link || null : null,
      })),
  };
}

/** Of what may be masked but for its first digits. */
const nameOf = (clabe: string | null): string | null =>
  clabe !== null && /^\d{3}/.test(clabe) ? bankOf(clabe as Clabe) : null;

/** SPEI's name of the order, as Juno's own record of the payout has it: under one of the names that it has at Bitso. */
function trackingIn(body: string): string | null {
  const find = (value: unknown, depth: number): string | null => {
    if (typeof value !== 'object' || value === null || depth > DEEPEST) return null;
    for (const [key, inner] of Object.entries(value)) {
      if (TRACKING.test(key) && typeof inner === 'string' && inner !== '') return inner;
      const deeper = find(inner, depth + 1);
      if (deeper !== null) return deeper;
    }
    return null;
  };
  try {
    return find(parseJson(body), 0);
  } catch {
    // It was erased, or never was JSON.
    return null;
  }
}
