import { z } from 'zod';
import type { Money } from '../money/money.ts';
import { amountOf } from './amount.ts';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { textual } from './json.ts';

/** None: it takes the client alone. */
export type ListBitsoBalancesParameters = Readonly<Record<string, never>>;
export type ListBitsoBalancesReturnType = Readonly<{
  /** Of pesos alone; empty where the account shows none. */
  items: { currency: string; available: Money<'MXN'> }[];
  raw: string;
}>;
export type ListBitsoBalancesErrorType = LookErrorType;

const CURRENCY = textual.transform((currency) => currency.toUpperCase());
const MXN = z.object({ currency: CURRENCY.pipe(z.literal('MXN')), available: amountOf('MXN') });
/** Another currency has other decimals, which are nobody's business here. */
const OTHER = z
  .object({ currency: CURRENCY.refine((currency) => currency !== 'MXN', 'is MXN without a balance') })
  .transform(() => null);
const LIST = z.array(z.union([MXN, OTHER]));
const SCHEMA = z.object({
  payload: z.union([LIST, z.object({ balances: LIST }).transform(({ balances }) => balances)]),
});

/** The pesos that the account holds at Bitso; pooled, of no payment in particular. By third parties' clients: our pages are silent, so the list is read bare as well. */
export async function listBitsoBalances(client: JunoClient): Promise<ListBitsoBalancesReturnType> {
  const route = '/v3/balance';
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route }, SCHEMA);
  return { items: value.payload.filter((item) => item !== null), raw };
}
