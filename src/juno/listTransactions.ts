import { z } from 'zod';
import type { Money } from '../money/money.ts';
import { printAmount } from './amount.ts';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { isLastPage, pageOf, queryOf } from './page.ts';
import { isOther, transactionSchema } from './transaction.ts';
import type { JunoTransaction, OtherTransaction } from './types.ts';
import { readEach, type UnreadableItem } from './unreadable.ts';

export type ListTransactionsParameters = Readonly<{
  /** Counts from 0, as Spring does; 0 if left out. */
  page?: number;
  /** 100 if left out. */
  size?: number;
  /** ISSUANCE, REDEMPTION, CRYPTO_DEPOSIT, CRYPTO_WITHDRAWAL or CONVERSION; all of them if left out. */
  type?: string;
  /** By creation, inclusive; milliseconds are cut, for the page knows seconds only. */
  createdFrom?: Date;
  createdTo?: Date;
  amountFrom?: Money<'MXN'>;
  amountTo?: Money<'MXN'>;
}>;
export type ListTransactionsReturnType = Readonly<{
  items: JunoTransaction[];
  /** Those of the page whose amount is no whole number of centavos of MXN or MXNB. */
  others: OtherTransaction[];
  /** Those of the page that are no transaction as we know it. */
  unreadable: UnreadableItem[];
  isLast: boolean;
  raw: string;
}>;
export type ListTransactionsErrorType = LookErrorType;

const SCHEMA = pageOf(z.unknown());

/** One page of the transactions, newest first (J/list-transactions-made). */
export async function listTransactions(
  client: JunoClient,
  { page = 0, size = 100, type, ...range }: ListTransactionsParameters = {},
): Promise<ListTransactionsReturnType> {
  const route = '/mint_platform/v1/transactions';
  const query = {
    page,
    size,
    sort: 'createdAt,DESC',
    type,
    isoDateFrom: range.createdFrom && seconds(range.createdFrom),
    isoDateTo: range.createdTo && seconds(range.createdTo),
    amountFrom: range.amountFrom && printAmount(range.amountFrom),
    amountTo: range.amountTo && printAmount(range.amountTo),
  };
  const path = `${route}${queryOf(query)}`;
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, path }, SCHEMA);
  const { items: all, unreadable } = readEach(transactionSchema, value.payload.items, {
    endpoint: `GET ${route}`,
    raw,
  });
  return {
    items: all.filter((item): item is JunoTransaction => !isOther(item)),
    others: all.filter(isOther),
    unreadable,
    isLast: isLastPage(value.payload, page + 1),
    raw,
  };
}

/** YYYY-MM-DDTHH:MM:SSZ, as the page asks. */
const seconds = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;
