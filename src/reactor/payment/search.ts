import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { parseDecimal } from '../../money/money.ts';
import { plainPesos } from '../../money/written.ts';
import type { Db } from '../db/client.ts';
import { OTHER_DEPOSIT_ID } from '../db/tables/facts.ts';
import type { FOUND_BY } from '../http/routes/search.ts';
import { hasWordsOf, usersAtClabe } from '../people/search.ts';
import { hashShortened, idShortened } from '../people/shortened.ts';

/** No more than a person reads; each way of looking ends after so many. */
const MOST = 20;
const MOST_MS = 1_000;
/** A word that thousands have is in so many of them, whichever: it tells nobody which payment is meant. */
const MOST_OF_A_WORD = 200;

type By = (typeof FOUND_BY)[number];
export type Found = Readonly<{ id: string; by: By }>;

const HASH = /^(0x)?[0-9a-f]{64}$/i;
const CLABE = /^\d{18}$/;
const SHORT_TAIL = /^\d{4}$/;
const TAIL = /^\d{4,8}$/;
const NUMBER = /^#?([1-9]\d{0,14})$/;
const AMOUNT = /^(0|[1-9]\d{0,8})(\.\d{1,2})?$/;
const NAME = /^[\w:/.+-]{3,100}$/;

/** The newest payments of each way in which a text can name one, by index alone: it takes as long with a million payments as with ten. */
export async function searchPayments(
  db: Db,
  text: string,
  { canReadPeople }: Readonly<{ canReadPeople: boolean }>,
): Promise<readonly Found[]> {
  const ways = waysOf(text.trim(), canReadPeople);
  if (ways.length === 0) return [];
  const each = ways.map(
    ([by, ids]) =>
      sql`(SELECT p.id, ${by}::text AS by, p.number FROM reactor.payment p JOIN (SELECT DISTINCT id FROM (${ids}) w) found ON found.id = p.id ORDER BY p.number DESC LIMIT ${MOST})`,
  );
  return db.transaction(async (tx) => {
    await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${MOST_MS}`));
    const { rows } = await tx.execute<{ id: string; by: By; number: string }>(sql.join(each, sql` UNION ALL `));
    // Of a payment that is found in several ways, the first is told.
    const first = new Map<string, Found & { number: number }>();
    const order = ways.map(([by]) => by);
    for (const { id, by, number } of rows.toSorted((a, b) => order.indexOf(a.by) - order.indexOf(b.by)))
      if (!first.has(id)) first.set(id, { id, by, number: Number(number) });
    return [...first.values()].sort((a, b) => b.number - a.number).slice(0, MOST);
  });
}

/** Each a query of ids of payments. */
function waysOf(text: string, canReadPeople: boolean): (readonly [By, SQL])[] {
  const ways: (readonly [By, SQL])[] = [];
  if (z.guid().safeParse(text).success) {
    const id = text.toLowerCase();
    ways.push([
      'id',
      sql`SELECT id FROM reactor.payment WHERE id = ${id}
        UNION ALL SELECT payment_id FROM reactor.leg WHERE id = ${id}
        UNION ALL SELECT payment_id FROM reactor.effect WHERE id = ${id}
        UNION ALL SELECT payment_id FROM reactor.dispute WHERE id = ${id}
        UNION ALL (SELECT id FROM reactor.payment WHERE payer_id = ${id} ORDER BY number DESC LIMIT ${MOST})
        UNION ALL (SELECT id FROM reactor.payment WHERE recipient_id = ${id} ORDER BY number DESC LIMIT ${MOST})`,
    ]);
  }
  const shortId = idShortened(text);
  if (shortId)
    ways.push([
      'id',
      sql`(SELECT id FROM reactor.payment WHERE ${shortId(sql`id`)} LIMIT ${MOST})
        UNION ALL (SELECT payment_id FROM reactor.leg WHERE ${shortId(sql`id`)} LIMIT ${MOST})
        UNION ALL (SELECT payment_id FROM reactor.effect WHERE ${shortId(sql`id`)} LIMIT ${MOST})
        UNION ALL (SELECT payment_id FROM reactor.dispute WHERE ${shortId(sql`id`)} LIMIT ${MOST})`,
    ]);
  const [, number] = NUMBER.exec(text) ?? [];
  if (number) ways.push(['number', sql`SELECT id FROM reactor.payment WHERE number = ${number}::bigint`]);
  const centavos = centavosIn(text);
  if (centavos !== null) {
    ways.push([
      'amount',
      sql`(SELECT id FROM reactor.payment WHERE amount_centavos = ${centavos}::numeric ORDER BY number DESC LIMIT ${MOST})
        UNION ALL (SELECT id FROM reactor.payment WHERE reactor.agreed_centavos(amount_centavos, fees) = ${centavos}::numeric AND fees <> '[]'
          ORDER BY number DESC LIMIT ${MOST})`,
    ]);
    ways.push([
      'part',
      sql`SELECT payment_id AS id FROM reactor.leg WHERE amount_centavos = ${centavos}::numeric ORDER BY number DESC LIMIT ${MOST}`,
    ]);
  }
  if (SHORT_TAIL.test(text) || (canReadPeople && (TAIL.test(text) || CLABE.test(text))))
    ways.push(['clabe', atClabe(text)]);
  if (text.includes('@') && canReadPeople)
    ways.push([
      'email',
      sql`SELECT q.id FROM (SELECT user_id FROM reactor.person WHERE lower(email) = ${text.toLowerCase()} LIMIT ${MOST}) u,
        LATERAL (
          (SELECT id FROM reactor.payment WHERE payer_id = u.user_id ORDER BY number DESC LIMIT ${MOST})
          UNION ALL (SELECT id FROM reactor.payment WHERE recipient_id = u.user_id ORDER BY number DESC LIMIT ${MOST})) q`,
    ]);
  if (HASH.test(text)) {
    const hash = `0x${text.toLowerCase().replace(/^0x/, '')}`;
    ways.push([
      'transaction',
      sql`SELECT e.payment_id AS id FROM reactor.wallet_transaction w JOIN reactor.effect e ON e.id = w.effect_id WHERE w.hash = ${hash}
        UNION ALL ${claimants(sql`c.source = 'chain' AND c.detail ->> 'txHash' = ${hash}`)}
        UNION ALL ${claimants(sql`c.source = 'juno_transaction' AND c.external_id IN (SELECT id FROM reactor.juno_transaction WHERE tx_hash = ${hash})`)}`,
    ]);
    ways.push(['reference', sql`SELECT payment_id AS id FROM reactor.leg WHERE reference = ${hash}`]);
  }
  const shortHash = HASH.test(text) ? null : hashShortened(text);
  if (shortHash)
    ways.push([
      'transaction',
      sql`(SELECT e.payment_id AS id FROM reactor.wallet_transaction w JOIN reactor.effect e ON e.id = w.effect_id
          WHERE ${shortHash(sql`w.hash`)} LIMIT ${MOST})
        UNION ALL ${claimants(sql`c.source = 'chain' AND ${shortHash(sql`(c.detail ->> 'txHash')`)}`)}
        UNION ALL ${claimants(sql`c.source = 'juno_transaction' AND c.external_id IN (SELECT id FROM reactor.juno_transaction WHERE ${shortHash(sql`tx_hash`)} LIMIT ${MOST})`)}`,
    ]);
  if (NAME.test(text) && !text.startsWith('0x')) {
    ways.push([
      'tracking_key',
      sql`SELECT l.payment_id AS id FROM reactor.settled_outside s JOIN reactor.leg l ON l.id = s.leg_id WHERE s.tracking_key = ${text}
        UNION ALL SELECT e.payment_id FROM reactor.bitso_withdrawal b JOIN reactor.effect e ON e.key = b.origin_id WHERE b.tracking_key = ${text}
        UNION ALL ${claimants(sql`c.source = 'juno_deposit' AND c.external_id IN (SELECT id FROM reactor.juno_deposit WHERE tracking_key = ${text})`)}`,
    ]);
    ways.push([
      'juno',
      sql`SELECT payment_id AS id FROM reactor.effect
          WHERE kind = ANY (enum_range(NULL::reactor.effect_kind)) AND kind <> 'chain_release' AND external_id = ${text} AND external_id IS NOT NULL
        UNION ALL SELECT payment_id FROM reactor.effect WHERE key = ${text}
        UNION ALL SELECT payment_id FROM reactor.suspense_part WHERE deposit_id = ${text}
        UNION ALL ${claimants(sql`c.source IN ('juno_deposit', 'juno_transaction', 'bitso_withdrawal') AND c.external_id = ${text}`)}
        UNION ALL ${claimants(sql`c.source = 'juno_deposit' AND c.external_id IN ${depositsAlsoCalled(text)}`)}`,
    ]);
  }
  // Figures alone are an amount or the end of a CLABE.
  const concept = /\p{L}/u.test(text) ? hasWordsOf(text, sql`concept`) : null;
  if (concept) ways.push(['concept', sql`(SELECT id FROM reactor.payment WHERE ${concept} LIMIT ${MOST_OF_A_WORD})`]);
  return ways;
}

/** Payments whose deposit or payout CLABE ends so: by the users whose it is, except where so many end alike that the newest are meant. */
const atClabe = (tail: string): SQL =>
  sql`${SHORT_TAIL.test(tail) ? sql`(SELECT id FROM reactor.payment WHERE right(deposit_clabe, 4) = ${tail} ORDER BY number DESC LIMIT ${MOST})` : sql`SELECT q.id FROM (${usersAtClabe(tail, MOST)}) u, LATERAL (SELECT id FROM reactor.payment WHERE payer_id = u.user_id AND deposit_clabe IS NOT NULL ORDER BY number DESC LIMIT ${MOST}) q`}
    UNION ALL SELECT q.payment_id FROM (SELECT id FROM reactor.destination
        WHERE reverse(clabe) LIKE ${`${[...tail].reverse().join('')}%`} ORDER BY created_at DESC LIMIT ${MOST}) d,
      LATERAL (SELECT payment_id FROM reactor.leg WHERE destination_id = d.id LIMIT ${MOST}) q`;

/** An amount as people write it, in centavos; null where it is none. */
export function centavosIn(text: string): string | null {
  const plain = plainPesos(text);
  return plain !== null && AMOUNT.test(plain) ? parseDecimal('MXN', plain).units.toString() : null;
}

/** The deposits that Juno knows by this id as well. */
export const depositsAlsoCalled = (text: string): SQL =>
  sql`(SELECT external_id FROM reactor.juno_observation WHERE resource = 'deposit' AND ${sql.raw(OTHER_DEPOSIT_ID)} = ${text} LIMIT ${MOST})`;

/** Payments that claimed such evidence. */
const claimants = (which: SQL): SQL =>
  sql`SELECT l.payment_id FROM reactor.evidence c JOIN reactor.leg l ON c.subject_kind = 'leg' AND l.id = c.subject_id::uuid WHERE c.subject_kind = 'leg' AND ${which}
    UNION ALL SELECT c.subject_id::uuid FROM reactor.evidence c WHERE c.subject_kind = 'payment' AND ${which}`;
