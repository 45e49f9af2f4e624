import { z } from 'zod';
import { BITSO_WITHDRAWALS, bitsoWithdrawalSchema } from './bitso-withdrawal.ts';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import type { BitsoWithdrawal } from './types.ts';

export type ListBitsoWithdrawalsParameters = Readonly<{
  /** Our own ids, 1 to 20 of them. */
  originIds: readonly string[];
}>;
export type ListBitsoWithdrawalsReturnType = Readonly<{
  /** Those that exist, in no order; of one origin id there may be several. */
  items: BitsoWithdrawal[];
  raw: string;
}>;
/** A RangeError for no ids, too many, or one that could be read as two. */
export type ListBitsoWithdrawalsErrorType = LookErrorType | RangeError;

export const MOST_ORIGIN_IDS = 20;
/** What one page of the list holds where no `limit` is given: behind a full one there may be more. */
const PAGE = 25;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The withdrawals of these origin ids (P/list-your-withdrawals): how a create whose answer was lost is resolved. None found is
 * only evidence if the filter was obeyed, so an answer that holds anybody else's, or a full page, is malformed.
 *
 * @example
 * const { items } = await listBitsoWithdrawals(bitso, { originIds: [effect.key] });
 */
export async function listBitsoWithdrawals(
  client: JunoClient,
  { originIds }: ListBitsoWithdrawalsParameters,
): Promise<ListBitsoWithdrawalsReturnType> {
  if (originIds.length < 1 || originIds.length > MOST_ORIGIN_IDS || !originIds.every((id) => ID.test(id)))
    throw new RangeError(`ask for 1 to ${MOST_ORIGIN_IDS} origin ids of letters, digits, - and _`);
  const asked = new Set<string | null>(originIds);
  const schema = z.object({
    payload: z
      .array(bitsoWithdrawalSchema.refine(({ originId }) => asked.has(originId), 'is of another origin id'))
      .max(PAGE - 1),
  });
  const route = BITSO_WITHDRAWALS;
  const path = `${route}?origin_ids=${originIds.join(',')}`;
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, path }, schema);
  return { items: value.payload, raw };
}
