/** The figures of a business day, from the append-only ledger and histories: the same whenever they are computed. */
import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Currency, formatDecimal, money, parseDecimal } from '../../money/money.ts';
import type { Db, Tx } from '../db/client.ts';
import { closedDay } from '../db/schema.ts';
import { totalsOf } from '../ledger/totals.ts';
import { dayBefore, nextDay, startOf } from './day.ts';
import { FIGURES, type Figures } from './shapes.ts';

/** Of the entries of a day: which bring pesos in or take them out, by the kind that their key begins with, and the account that tells. */
export const MONEY_IN = {
  deposit: 'spei_in',
  suspense: 'spei_in',
  payout_return: 'returned',
  suspense_return: 'returned',
} as const;
export const MONEY_OUT = {
  payout: 'paying_out',
  bitso_payout: 'bitso',
  sent_back: 'spei_in',
  payment_sent_back: 'spei_in',
  return_sent_back: 'returned',
} as const;

/** Computes them from what is written once and never edited. A day that is not over changes until it is. */
export async function figuresOf(db: Db | Tx, day: string): Promise<Figures> {
  const [from, end] = [startOf(day), startOf(nextDay(day))];
  // Moments are kept to the millisecond: the last one of the day.
  const until = new Date(end.getTime() - 1);
  return {
    ...{ day, from: from.toISOString(), until: end.toISOString() },
    balances: await balances(db, day, from, until),
    moneyIn: await flows(db, from, end, MONEY_IN),
    moneyOut: await flows(db, from, end, MONEY_OUT),
    commissions: await commissions(db, from, end),
    payments: await moves(db, from, end),
  };
}

/**
 * What the ledger had in each account at the end of a day: what the day before was closed with and what changed since, so that a day
 * costs what it holds and not what all days before it do. Where the day before is not closed, all from the first entry on.
 */
async function balances(db: Db | Tx, day: string, from: Date, until: Date): Promise<Figures['balances']> {
  const [before] = await db
    .select()
    .from(closedDay)
    .where(eq(closedDay.day, dayBefore(day)));
  const sums = new Map<string, Sum>();
  const carried = before ? FIGURES.parse(before.figures).balances : [];
  for (const { account, contract, currency, posted, underWay } of carried) {
    const units = (of: string) => parseDecimal(currency, of).units;
    addTo(sums, { account, contract, currency, posted: units(posted), underWay: units(underWay) });
  }
  // Moments are kept to the millisecond: the last one of the day before.
  const after = before ? new Date(from.getTime() - 1) : null;
  for (const { leaving, coming, ...total } of await totalsOf(db, { after, until }))
    addTo(sums, { ...total, underWay: leaving + coming });
  return [...sums]
    .filter(([, { posted, underWay }]) => posted !== 0n || underWay !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { account, contract, currency, posted, underWay }]) => ({
      ...{ account, contract, currency, posted: text(currency, posted), underWay: text(currency, underWay) },
    }));
}

type Sum = Readonly<{ account: string; contract: string; currency: Currency; posted: bigint; underWay: bigint }>;

function addTo(sums: Map<string, Sum>, { account, contract, currency, posted, underWay }: Sum): void {
  const key = `${account} ${currency} ${contract}`;
  const there = sums.get(key);
  sums.set(key, {
    ...{ account, contract, currency },
    posted: posted + (there?.posted ?? 0n),
    underWay: underWay + (there?.underWay ?? 0n),
  });
}

/** What tells whether two computations of a day agree. */
export const hashOf = (figures: Figures): string => createHash('sha256').update(JSON.stringify(figures)).digest('hex');

const text = (currency: Currency, units: bigint) => formatDecimal(money(currency, units));
const big = z.string().transform(BigInt);
const FLOW = z.object({ what: z.string(), count: z.number(), units: big });
const span = (column: 'e.settled_at' | 'e.created_at' | 'h.at', from: Date, end: Date) =>
  sql`${sql.raw(column)} >= ${from.toISOString()}::timestamptz AND ${sql.raw(column)} < ${end.toISOString()}::timestamptz`;

/** Entries that were posted in a span: written so, or settled so. */
const posted = (from: Date, end: Date) => sql`(
  SELECT e.id, split_part(e.key, ':', 1) AS kind FROM reactor.ledger_entry e
  WHERE e.state = 'posted' AND e.settled_at IS NULL AND ${span('e.created_at', from, end)}
  UNION ALL
  SELECT e.id, split_part(e.key, ':', 1) FROM reactor.ledger_entry e WHERE e.state = 'posted' AND ${span('e.settled_at', from, end)})`;

async function flows(db: Db | Tx, from: Date, end: Date, kinds: Readonly<Record<string, string>>) {
  const pairs = sql.join(
    Object.entries(kinds).map(([kind, account]) => sql`(${kind}::text, ${account}::text)`),
    sql`, `,
  );
  const { rows } = await db.execute(sql`
    SELECT f.kind AS what, count(DISTINCT e.id)::int AS count, coalesce(sum(abs(p.amount)), 0)::text AS units
    FROM ${posted(from, end)} e JOIN (VALUES ${pairs}) AS f (kind, account) ON f.kind = e.kind
      JOIN reactor.ledger_posting p ON p.entry_id = e.id AND p.account = f.account AND p.currency = 'MXN'
    GROUP BY 1 ORDER BY 1`);
  return z
    .array(FLOW)
    .parse(rows)
    .map(({ what, count, units }) => ({ what, count, amount: text('MXN', units) }));
}

async function commissions(db: Db | Tx, from: Date, end: Date) {
  const { rows } = await db.execute(sql`
    SELECT 'earned' AS what, count(*) FILTER (WHERE e.kind = 'earned')::int AS count, coalesce(-sum(p.amount), 0)::text AS units
    FROM ${posted(from, end)} e JOIN reactor.ledger_posting p ON p.entry_id = e.id AND p.account = 'commission'
    WHERE e.kind IN ('earned', 'unearned')`);
  const { count, units } = FLOW.parse(rows[0]);
  return { count, amount: text('MXN', units) };
}

async function moves(db: Db | Tx, from: Date, end: Date) {
  const { rows } = await db.execute(sql`
    SELECT l.kind::text AS kind, h.to_state::text AS what, count(*)::int AS count, sum(l.amount_centavos)::text AS units
    FROM reactor.leg_history h JOIN reactor.leg l ON l.id = h.leg_id
    WHERE ${span('h.at', from, end)}
      AND h.to_state IN ('requested', 'in_custody', 'released', 'completed', 'accrued', 'payout_failed', 'payout_returned', 'replaced', 'expired', 'closed')
    GROUP BY 1, 2 ORDER BY 1, 2`);
  return z
    .array(FLOW.extend({ kind: z.string() }))
    .parse(rows)
    .map(({ kind, what, count, units }) => ({ kind, what, count, amount: text('MXN', units) }));
}
