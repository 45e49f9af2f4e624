import type { Db } from '../db/client.ts';
import { csv } from '../report/csv.ts';
import { type ListPaymentsParameters, listPayments, type PaymentSummary } from './show.ts';

const PAGE = 500;

/** The newest payments that fit, at most so many. */
export async function gatherPayments(
  db: Db,
  most: number,
  { before: first, ...which }: Omit<ListPaymentsParameters, 'limit'>,
): Promise<readonly PaymentSummary[]> {
  const gathered: PaymentSummary[] = [];
  let before = first;
  do {
    const page = await listPayments(db, { ...which, limit: Math.min(PAGE, most - gathered.length), before });
    gathered.push(...page.payments);
    before = page.next ?? undefined;
  } while (before !== undefined && gathered.length < most);
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
