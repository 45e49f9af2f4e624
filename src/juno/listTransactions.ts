import { z } from 'zod';
import { type JunoClient, readAnswer } from './client.ts';
import type { JunoMalformedError, JunoUnavailableError } from './errors.ts';
import { textual } from './json.ts';
import { transactionSchema } from './transaction.ts';
import type { JunoTransaction } from './types.ts';

export type ListTransactionsParameters = Readonly<{ page?: number; size?: number; type?: string }>;
export type ListTransactionsReturnType = Readonly<{ items: JunoTransaction[]; isLast: boolean; raw: string }>;
export type ListTransactionsErrorType = JunoUnavailableError | JunoMalformedError;

const SCHEMA = z.object({ payload: z.object({ content: z.array(transactionSchema), totalPages: textual.optional() }) });

/** One page of the transactions, newest first; pages count from 0 (Juno, “List transactions made”). */
export async function listTransactions(
  client: JunoClient,
  { page = 0, size = 100, type }: ListTransactionsParameters = {},
): Promise<ListTransactionsReturnType> {
  const query = new URLSearchParams({
    page: String(page),
    size: String(size),
    sort: 'createdAt,DESC',
    ...(type ? { type } : {}),
  });
  const raw = await client.request({ kind: 'look', method: 'GET', path: `/mint_platform/v1/transactions?${query}` });
  const { content, totalPages } = readAnswer('look', 'GET /mint_platform/v1/transactions', SCHEMA, raw).payload;
  const isLast = totalPages === undefined ? content.length < size : page + 1 >= Number(totalPages);
  return { items: content, isLast, raw };
}
