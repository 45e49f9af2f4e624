import type { Payout } from './juno.ts';

/** A payment as it was asked for, and what became of it as its people were told. */
export type Asked = Readonly<{
  id: string;
  payoutClabe: string;
  centavos: bigint;
  /** What else it pays, beside that. */
  besides?: readonly Readonly<{ clabe: string; centavos: bigint }>[];
  hasDeposited: boolean;
  status: string;
}>;

/** A stretch of time, in epoch milliseconds. */
export type Stretch = Readonly<{ from: number; to: number }>;

/** When a payment was on its way, and the stretches of it in which somebody else had the money. */
export type Journey = Readonly<{ deposited: number; paidOut: number; elsewhere: readonly Stretch[] }>;

export type Books = Readonly<{
  /** All that left by any rail, refunds of issuances too, and what came back. */
  outbox: readonly Payout[];
  /** What is still inside, as centavos: MXNB that exists, from the chain, and pesos that Juno and Bitso hold. */
  insideCentavos: bigint;
  /** The absolute sums of each currency's ledger postings, added. Zero in books that balance. */
  ledgerSum: bigint;
  /** Balances of finished payments that are not zero. */
  openBalances: number;
  /** What the reactor's own reconciliation holds for unexplained. */
  openBreaks: number;
  journeys: readonly Journey[];
  durationMs: number;
}>;

export type Report = Readonly<{
  payments: number;
  completed: number;
  spei_payouts: number;
  /** How many payouts the payments are: one, or one for each part. */
  payouts_asked: number;
  paid_twice: number;
  lost_centavos: number;
  ledger_sum: number;
  breaks: number;
  duration_ms: number;
  overhead_ms: Readonly<{ p50: number; p99: number }>;
}>;

/**
 * Judges from the far end: what left the rail, compared with what was asked.
 *
 * - `completed`: said to be completed, and really paid.
 * - `payouts_asked`: how many payouts they are, a payment of several parts several.
 * - `spei_payouts`: payouts by any rail that stand. One that its bank sent back is none: its pesos are not out.
 * - `paid_twice`: those beyond the first to the CLABE and of the amount of a payment.
 * - `lost_centavos`: deposited, not paid out or refunded, and not inside either. Negative when more left or is there than came.
 * - `breaks`: payouts that nobody asked for, payments said to be completed that were not paid, and balances of finished
 *   payments that are not zero; and, beside what the far end shows, the breaks that reconciliation itself has open.
 * - `overhead_ms`: see `overheadMs`.
 *
 * No two payments may share payout CLABE and amount: then nobody could tell a second payout from another's first.
 */
export function judge(asked: readonly Asked[], books: Books): Report {
  const key = (clabe: string, centavos: bigint) => `${clabe}:${centavos}`;
  const standing = books.outbox.filter(({ returned }) => returned === undefined);
  const payouts = standing.filter(({ kind }) => kind !== 'issuance_refund');
  const paid = Map.groupBy(payouts, (payout) => key(payout.clabe, payout.amount_centavos));
  const parts = asked.map(({ payoutClabe, centavos, besides = [] }) => [{ clabe: payoutClabe, centavos }, ...besides]);
  const timesPaid = parts.map((own) => own.map((part) => paid.get(key(part.clabe, part.centavos))?.length ?? 0));
  const isPaid = (i: number) => timesPaid[i]?.every((times) => times > 0) === true;
  const wanted = new Set(parts.flat().map((part) => key(part.clabe, part.centavos)));
  if (wanted.size < parts.flat().length) throw new Error('two payments share payout CLABE and amount');

  const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n);
  const deposited = total(parts.flatMap((own, i) => (asked[i]?.hasDeposited ? own.map((part) => part.centavos) : [])));
  const left = total(standing.map((payout) => payout.amount_centavos));
  const isCompleted = ({ status }: Asked) => status === 'completed';
  const overheads = books.journeys.map(overheadMs);
  return {
    payments: asked.length,
    completed: asked.filter((payment, i) => isCompleted(payment) && isPaid(i)).length,
    spei_payouts: payouts.length,
    payouts_asked: parts.flat().length,
    paid_twice: timesPaid.flat().reduce((extra, times) => extra + Math.max(0, times - 1), 0),
    lost_centavos: Number(deposited - left - books.insideCentavos),
    ledger_sum: Number(books.ledgerSum),
    breaks:
      payouts.filter((payout) => !wanted.has(key(payout.clabe, payout.amount_centavos))).length +
      asked.filter((payment, i) => isCompleted(payment) && !isPaid(i)).length +
      books.openBalances +
      books.openBreaks,
    duration_ms: Math.round(books.durationMs),
    overhead_ms: { p50: percentile(overheads, 50), p99: percentile(overheads, 99) },
  };
}

/** Whether everything that was asked for happened, once, and the books balance. */
export const isFlawless = (report: Report): boolean =>
  report.completed === report.payments &&
  report.spei_payouts === report.payouts_asked &&
  [report.paid_twice, report.lost_centavos, report.ledger_sum, report.breaks].every((count) => count === 0);

/**
 * A payment's time from its deposit to its payout in which nobody else had the money: the whole, less the union of the
 * stretches elsewhere, so that what overlaps is taken off once. Those are
 * - the custody: from the funding block's timestamp to the escrow's deadline;
 * - the rail: each of the sandbox's transactions of the payment, from its creation to its last update;
 * - the chain: each of the reactor's transactions of the payment, from signed to mined.
 * The chain counts in whole seconds; a block is taken to be mined at the end of its second.
 */
export function overheadMs({ deposited, paidOut, elsewhere }: Journey): number {
  let counted = deposited;
  let away = 0;
  for (const { from, to } of [...elsewhere].sort((a, b) => a.from - b.from)) {
    const end = Math.min(to, paidOut);
    away += Math.max(0, end - Math.max(from, counted));
    counted = Math.max(counted, end);
  }
  return Math.max(0, paidOut - deposited - away);
}

/** The nearest-rank percentile; 0 of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0);
}
