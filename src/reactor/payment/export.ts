import type { Db } from '../db/client.ts';
import { csv } from '../report/csv.ts';
import { type ListPaymentsParameters, listPayments, type PaymentSummary } from './show.ts';

const MOST = 5_000;
const PAGE = 500;

/** The newest payments that fit, up to as many as a spreadsheet is still pleasant with. */
export async function gatherPayments(
  db: Db,
  which: Omit<ListPaymentsParameters, 'limit' | 'before'>,
): Promise<readonly PaymentSummary[]> {
  const gathered: PaymentSummary[] = [];
  let before: number | undefined;
  do {
    const page = await listPayments(db, { ...which, limit: Math.min(PAGE, MOST - gathered.length), before });
    gathered.push(...page.payments);
    before = page.next ?? undefined;
  } while (before !== undefined && gathered.length < MOST);
  return gathered;
}

export const paymentsCsv = (payments: readonly PaymentSummary[]): string =>
  csv([
    [
      ...['number', 'id', 'created', 'status', 'kind', 'amount', 'deposit', 'currency', 'custody seconds', 'release'],
      ...['concept', 'deposit CLABE', 'payer', 'recipient'],
    ],
    ...payments.map((one) => [
      ...[String(one.number), one.id, one.createdAt, one.status, one.kind, one.amount, one.deposit, one.currency],
      ...[String(one.custodySeconds), one.release, one.concept, one.depositClabe ?? '', one.payerId, one.recipientId],
    ]),
  ]);
