import { z } from 'zod';
import { BITSO_WITHDRAWALS, bitsoWithdrawalSchema } from './bitso-withdrawal.ts';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import type { BitsoWithdrawal } from './types.ts';

export type PageBitsoWithdrawalsParameters = Readonly<{
  /** The last withdrawal of the page before; the first page if left out. */
  marker?: string | undefined;
}>;
export type PageBitsoWithdrawalsReturnType = Readonly<{
  /** Of pesos, in Bitso's order, which no page names; at most 100. None: the list has ended. */
  items: BitsoWithdrawal[];
  raw: string;
}>;
/** A RangeError for a marker that is no id. */
export type PageBitsoWithdrawalsErrorType = LookErrorType | RangeError;

const LIMIT = 100;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * One page of all withdrawals of pesos, whoever made them (P/list-your-withdrawals: `currency`, `limit` up to 100, `marker`). A page that
 * is not full need not be the last one: only an empty page says that.
 *
 * @example
 * const { items } = await pageBitsoWithdrawals(bitso, { marker: last.wid });
 */
export async function pageBitsoWithdrawals(
  client: JunoClient,
  { marker }: PageBitsoWithdrawalsParameters,
): Promise<PageBitsoWithdrawalsReturnType> {
  if (marker !== undefined && !ID.test(marker)) throw new RangeError('a marker is the id of a withdrawal');
  const route = BITSO_WITHDRAWALS;
  const path = `${route}?currency=mxn&limit=${LIMIT}${marker === undefined ? '' : `&marker=${marker}`}`;
  const schema = z.object({ payload: z.array(bitsoWithdrawalSchema).max(LIMIT) });
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, path }, schema);
  return { items: value.payload, raw };
}
