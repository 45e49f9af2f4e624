import { z } from 'zod';
import { type JunoClient, readAnswer } from './client.ts';
import type { JunoMalformedError, JunoUnavailableError } from './errors.ts';
import { transactionSchema } from './transaction.ts';
import type { JunoTransaction } from './types.ts';

export type GetTransactionParameters = Readonly<{ id: string }>;
export type GetTransactionReturnType = JunoTransaction;
export type GetTransactionErrorType = JunoUnavailableError | JunoMalformedError;

const SCHEMA = z.object({ payload: transactionSchema });

/** One transaction with its details and timeline: the transaction hash is in the receipt of a step (Juno, “Get transaction details”). */
export async function getTransaction(
  client: JunoClient,
  { id }: GetTransactionParameters,
): Promise<GetTransactionReturnType> {
  const raw = await client.request({
    kind: 'look',
    method: 'GET',
    path: `/mint_platform/v1/transactions/${encodeURIComponent(id)}`,
  });
  return readAnswer('look', 'GET /mint_platform/v1/transactions/:id', SCHEMA, raw).payload;
}
