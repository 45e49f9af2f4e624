import { z } from 'zod';
import { BITSO_WITHDRAWALS, bitsoWithdrawalSchema } from './bitso-withdrawal.ts';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import type { BitsoWithdrawal } from './types.ts';

export type GetBitsoWithdrawalParameters = Readonly<{ wid: string }>;
export type GetBitsoWithdrawalReturnType = BitsoWithdrawal;
export type GetBitsoWithdrawalErrorType = LookErrorType;

/** The answer about another withdrawal would end this one wrongly. The page does not show whether it comes alone or in a list. */
const schemaOf = (wid: string) => {
  const one = bitsoWithdrawalSchema.refine((item) => item.wid === wid, 'is another withdrawal');
  return z.object({ payload: z.union([one, z.tuple([one]).transform(([item]) => item)]) });
};

/** One withdrawal by its id (P/list-your-withdrawals). */
export async function getBitsoWithdrawal(
  client: JunoClient,
  { wid }: GetBitsoWithdrawalParameters,
): Promise<GetBitsoWithdrawalReturnType> {
  const route = `${BITSO_WITHDRAWALS}/:wid`;
  const path = `${BITSO_WITHDRAWALS}/${encodeURIComponent(wid)}`;
  const { value } = await client.call({ kind: 'look', method: 'GET', route, path }, schemaOf(wid));
  return value.payload;
}
