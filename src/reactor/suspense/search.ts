import { type SQL, sql } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import { centavosIn, depositsAlsoCalled } from '../payment/search.ts';

/** Of those that wait the newest are looked through: there are few, or this is the least of what is wrong. */
const NEWEST = 1_000;
const MOST = 10;
const ENDS = /^(\d{4,8}|\d{18})$/;

type Row = Readonly<{ id: string; by: By; amount: string; clabe: string; reason: string; at: string }>;
type By = 'amount' | 'clabe' | 'tracking_key' | 'juno';

/** The deposits that wait in suspense and that a text names: by amount, CLABE or its end, tracking key, and either of Juno's ids. */
export async function searchSuspense(db: Db, given: string, canReadPeople: boolean) {
  const text = given.trim();
  const amount = centavosIn(text);
  const ways: [By, SQL][] = [
    ['juno', sql`d.id = ${text} OR d.id IN ${depositsAlsoCalled(text)}`],
    ['tracking_key', sql`d.tracking_key = ${text}`],
    ...(amount === null ? [] : [['amount', sql`s.amount_centavos = ${amount}::numeric`] as [By, SQL]]),
    ...(ENDS.test(text) && (text.length === 4 || canReadPeople)
      ? [['clabe', sql`right(d.clabe, ${text.length}) = ${text}`] as [By, SQL]]
      : []),
  ];
  const by = sql.join(
    ways.map(([name, is]) => sql`WHEN ${is} THEN ${name}`),
    sql` `,
  );
  const { rows } = await db.execute<Row>(sql`
    SELECT * FROM (SELECT d.id, CASE ${by} END AS by, s.amount_centavos::text AS amount, d.clabe, s.reason, s.opened_at AS at
      FROM (SELECT * FROM reactor.suspense WHERE closed_at IS NULL ORDER BY opened_at DESC LIMIT ${NEWEST}) s
      JOIN reactor.juno_deposit d ON d.id = s.deposit_id) found
    WHERE by IS NOT NULL ORDER BY at DESC LIMIT ${MOST}`);
  return rows.map(({ id, by: way, amount: units, clabe, reason, at }) => ({
    ...{ by: way, id, reason, amount: formatDecimal(centavos(BigInt(units))), openedAt: new Date(at).toISOString() },
    depositClabe: canReadPeople ? clabe : maskClabe(clabe),
  }));
}
