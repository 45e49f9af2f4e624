/** What the ledger says of each account at a moment, from its append-only entries: the same answer whenever it is asked. */
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { CURRENCIES, type Currency } from '../../money/money.ts';
import type { Db, Tx } from '../db/client.ts';

/** An account, and of escrows the contract: what is compared with one balance outside. */
export type Total = Readonly<{
  account: string;
  currency: Currency;
  /** Of `escrow`: the contract, in lower case; empty where no leg names one. */
  contract: string;
  posted: bigint;
  /** Of effects under way: what they take out (zero or less), and what they bring in. */
  leaving: bigint;
  coming: bigint;
  /** What was posted into it after `freshAfter`. */
  fresh: bigint;
}>;

const big = z.string().transform(BigInt);
const ROW = z.object({
  account: z.string(),
  currency: z.enum(CURRENCIES as readonly [Currency, ...Currency[]]),
  contract: z.string(),
  posted: big,
  leaving: big,
  coming: big,
  fresh: big,
});

export type TotalsParameters = Readonly<{
  /** Entries written or settled after it; all from the first one on if left out. */
  after?: Date | null;
  /** And until then, that moment included; all if left out. */
  until?: Date | null;
  freshAfter?: Date | null;
}>;

/**
 * What entries changed in a span of time. An entry is pending from when it was written until it was settled: of a moment in between it is
 * told as pending, however it ended.
 */
export async function totalsOf(db: Db | Tx, { after, until, freshAfter }: TotalsParameters): Promise<Total[]> {
  const moment = (at: Date | null | undefined, otherwise: string) =>
    sql`${at?.toISOString() ?? otherwise}::timestamptz`;
  const [from, to, fresh] = [moment(after, '-infinity'), moment(until, 'infinity'), moment(freshAfter, 'infinity')];
  const { rows } = await db.execute(sql`
    WITH change AS (
      SELECT e.id, e.created_at AS at, (e.settled_at IS NULL AND e.state = 'posted')::int AS posted,
        (e.settled_at IS NOT NULL OR e.state = 'pending')::int AS pending
      FROM reactor.ledger_entry e WHERE e.created_at > ${from} AND e.created_at <= ${to}
      UNION ALL
      SELECT e.id, e.settled_at, (e.state = 'posted')::int, -1
      FROM reactor.ledger_entry e WHERE e.settled_at > ${from} AND e.settled_at <= ${to})
    SELECT p.account, p.currency, coalesce(c.contract, '') AS contract,
      sum(p.amount * change.posted)::text AS posted,
      coalesce(sum(p.amount * change.pending) FILTER (WHERE p.amount < 0), 0)::text AS leaving,
      coalesce(sum(p.amount * change.pending) FILTER (WHERE p.amount > 0), 0)::text AS coming,
      coalesce(sum(p.amount * change.posted) FILTER (WHERE p.amount > 0 AND change.at > ${fresh}), 0)::text AS fresh
    FROM change
      -- A few entries are asked for again and again: their postings by the index, however many there are of others.
      CROSS JOIN LATERAL (SELECT account, owner, currency, amount FROM reactor.ledger_posting WHERE entry_id = change.id OFFSET 0) p
      LEFT JOIN LATERAL (
        SELECT l.escrow_contract AS contract FROM reactor.leg l
        WHERE p.account = 'escrow' AND p.owner <> 'general' AND l.payment_id = p.owner::uuid AND l.escrow_contract IS NOT NULL
        ORDER BY l.created_at, l.id LIMIT 1) c ON true
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`);
  return z.array(ROW).parse(rows);
}

const keyOf = ({ account, currency, contract }: Total) => `${account} ${currency} ${contract}`;

/** What two spans that follow each other changed together. */
export function addTotals(a: readonly Total[], b: readonly Total[]): Total[] {
  const sums = new Map(a.map((total) => [keyOf(total), total]));
  for (const total of b) {
    const there = sums.get(keyOf(total));
    sums.set(keyOf(total), there ? plus(there, total) : total);
  }
  return [...sums.values()];
}

const plus = (a: Total, b: Total): Total => ({
  ...a,
  posted: a.posted + b.posted,
  leaving: a.leaving + b.leaving,
  coming: a.coming + b.coming,
  fresh: a.fresh + b.fresh,
});
