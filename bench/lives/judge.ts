import type { Db } from '../../src/reactor/db/client.ts';
import type { Bank } from '../../src/simulate/bank.ts';

/**
 * Throws unless each payment left the bank once and whole, and the books balance: the bank is asked, and of the reactor's own tables only
 * what was agreed on.
 */
export async function judgeLives(db: Db, bank: Bank): Promise<void> {
  const { rows } = await db.$client.query<{ clabe: string; centavos: string }>(
    `SELECT d.clabe, l.amount_centavos::text AS centavos FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id
     JOIN reactor.payment p ON p.id = l.payment_id WHERE p.concept LIKE 'Bench %'`,
  );
  const keyOf = (clabe: string, centavos: string | bigint) => `${clabe}:${centavos}`;
  const times = Map.groupBy(bank.outgoing(), ({ clabe, amount }) => keyOf(clabe, amount));
  const owed = new Set(rows.map(({ clabe, centavos }) => keyOf(clabe, centavos)));
  const twice = [...times.values()].reduce((extra, paid) => extra + paid.length - 1, 0);
  const strange = [...times.keys()].filter((key) => !owed.has(key)).length;
  const lost = owed.size - [...owed].filter((key) => times.has(key)).length;
  const { rows: sums } = await db.$client.query<{ sum: string }>(
    `SELECT coalesce(sum(abs(total)), 0)::text AS sum FROM (SELECT sum(amount) AS total FROM reactor.ledger_posting GROUP BY currency) AS per_currency`,
  );
  const sum = Number(sums[0]?.sum);
  if (twice + strange + lost + sum > 0)
    throw new Error(`${twice} paid twice, ${strange} that nobody asked for, ${lost} not paid, ledger sum ${sum}`);
}
