import { z } from 'zod';
import type { Money } from '../money/money.ts';
import { amountOf } from './amount.ts';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { textual } from './json.ts';

/** None: it takes the client alone. */
export type ListBalancesParameters = Readonly<Record<string, never>>;
export type ListBalancesReturnType = Readonly<{
  /** Of MXNB alone; empty where the account shows none. */
  items: { asset: string; available: Money<'MXNB'> }[];
  raw: string;
}>;
export type ListBalancesErrorType = LookErrorType;

const ASSET = textual.transform((asset) => asset.toUpperCase());
const MXNB = z.object({ asset: ASSET.pipe(z.literal('MXNB')), available: amountOf('MXNB') });
/** Another asset has other decimals, which are nobody's business here. */
const OTHER = z
  .object({ asset: ASSET.refine((asset) => asset !== 'MXNB', 'is MXNB without a balance') })
  .transform(() => null);
const LIST = z.array(z.union([MXNB, OTHER]));
const SCHEMA = z.object({
  payload: z.union([LIST, z.object({ balances: LIST }).transform(({ balances }) => balances)]),
});

/** What the account holds of MXNB; pooled, of no user in particular. Third parties saw the list flat and under `balances`. */
export async function listBalances(client: JunoClient): Promise<ListBalancesReturnType> {
  const route = '/mint_platform/v1/balances';
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route }, SCHEMA);
  return { items: value.payload.filter((item) => item !== null), raw };
}
