import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { isLastPage, pageOf, queryOf } from './page.ts';
import { isOther, transactionSchema } from './transaction.ts';
import type { JunoTransaction, OtherTransaction } from './types.ts';

export type ListTransactionsParameters = Readonly<{
  /** Counts from 0, as Spring does; 0 if left out. */
  page?: number;
  /** 100 if left out. */
  size?: number;
  /** ISSUANCE, REDEMPTION, CRYPTO_DEPOSIT, CRYPTO_WITHDRAWAL or CONVERSION; all of them if left out. */
  type?: string;
}>;
export type ListTransactionsReturnType = Readonly<{
  items: JunoTransaction[];
  /** Those of the page whose amount is no whole number of centavos of MXN or MXNB. */
  others: OtherTransaction[];
  isLast: boolean;
  raw: string;
}>;
export type ListTransactionsErrorType = LookErrorType;

const SCHEMA = pageOf(transactionSchema);

/** One page of the transactions, newest first (J/list-transactions-made). */
export async function listTransactions(
  client: JunoClient,
  { page = 0, size = 100, type }: ListTransactionsParameters = {},
): Promise<ListTransactionsReturnType> {
  const route = '/mint_platform/v1/transactions';
  const path = `${route}${queryOf({ page, size, sort: 'createdAt,DESC', type })}`;
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, path }, SCHEMA);
  const all = value.payload.items;
  return {
    items: all.filter((item): item is JunoTransaction => !isOther(item)),
    others: all.filter(isOther),
    isLast: isLastPage(value.payload, page + 1),
    raw,
  };
}
