import { z } from 'zod';
import { type Money, parseDecimal } from '../money/money.ts';
import { type JunoClient, readAnswer } from './client.ts';
import type { JunoMalformedError, JunoUnavailableError } from './errors.ts';
import { textual } from './json.ts';

export type ListBalancesReturnType = Readonly<{ items: { asset: string; available: Money<'MXNB'> }[]; raw: string }>;
export type ListBalancesErrorType = JunoUnavailableError | JunoMalformedError;

const ITEM = z.object({ asset: textual, available: textual });
const LIST = z.union([z.array(ITEM), z.object({ balances: z.array(ITEM) }).transform((p) => p.balances)]);
const SCHEMA = z.object({ payload: LIST });

/** What the account holds of MXNB; pooled, of no user in particular. Both documented shapes are read. */
export async function listBalances(client: JunoClient): Promise<ListBalancesReturnType> {
  const path = '/mint_platform/v1/balances';
  const raw = await client.request({ kind: 'look', method: 'GET', path });
  const items = readAnswer('look', `GET ${path}`, SCHEMA, raw).payload.filter(
    (item) => item.asset.toUpperCase() === 'MXNB',
  );
  return {
    items: items.map(({ asset, available }) => ({
      asset: asset.toUpperCase(),
      available: parseDecimal('MXNB', available),
    })),
    raw,
  };
}
