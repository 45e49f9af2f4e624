import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { isOther, transactionSchema } from './transaction.ts';
import type { JunoTransaction } from './types.ts';

export type GetTransactionParameters = Readonly<{ id: string }>;
export type GetTransactionReturnType = JunoTransaction;
export type GetTransactionErrorType = LookErrorType;

const schemaOf = (id: string) =>
  z.object({
    payload: transactionSchema.transform((item, ctx): JunoTransaction => {
      // The answer about another transaction would end this one wrongly.
      if (!isOther(item) && item.id.toLowerCase() === id.toLowerCase()) return item;
      ctx.addIssue({ code: 'custom', message: 'is another transaction, or no amount of MXN' });
      return z.NEVER;
    }),
  });

/** One transaction with its details and timeline: the hash is in the receipt of a step (J/get-transaction-details). */
export async function getTransaction(
  client: JunoClient,
  { id }: GetTransactionParameters,
): Promise<GetTransactionReturnType> {
  const route = '/mint_platform/v1/transactions/:id';
  const path = route.replace(':id', () => encodeURIComponent(id));
  const { value } = await client.call({ kind: 'look', method: 'GET', route, path }, schemaOf(id));
  return value.payload;
}
