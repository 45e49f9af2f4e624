import { z } from 'zod';
import { type JunoClient, LONG_LIST } from './client.ts';
import { depositSchema } from './deposit.ts';
import type { LookErrorType } from './errors.ts';
import { optionalText } from './json.ts';
import { queryOf } from './page.ts';
import type { JunoDeposit } from './types.ts';
import { readEach, type UnreadableItem } from './unreadable.ts';

export type ListBitsoDepositsParameters = Readonly<{
  /** From when on, inclusive. Without it Bitso begins today at 00:00 UTC, so it is asked for always. */
  createdFrom: Date;
  /** From the page before; the first page if left out. */
  pageToken?: string;
  /** At most 1,000, which it is if left out. */
  pageSize?: number;
  /** Only payouts that came back. */
  onlyRefunds?: boolean;
  receiverClabe?: string;
  /** The clave de rastreo under which it came. */
  trackingKey?: string;
}>;
export type ListBitsoDepositsReturnType = Readonly<{
  items: JunoDeposit[];
  /** Those of the page that are no deposit as we know it. */
  unreadable: UnreadableItem[];
  /** Null on the last page. */
  nextPageToken: string | null;
  raw: string;
}>;
export type ListBitsoDepositsErrorType = LookErrorType;

const ITEMS = z.array(z.unknown());
const SCHEMA = z.object({
  payload: z.union([
    ITEMS.transform((items) => ({ items, nextPageToken: null })),
    z
      .object({ response: ITEMS, next_page_token: optionalText })
      .transform(({ response, next_page_token }) => ({ items: response, nextPageToken: next_page_token || null })),
    z
      .object({ deposits: ITEMS, next_page_token: optionalText })
      .transform(({ deposits, next_page_token }) => ({ items: deposits, nextPageToken: next_page_token || null })),
  ]),
});

/**
 * One page of Bitso's SPEI deposits: here a Bitso payout that came back names the payout (P/list-deposits). Of the parameters
 * only `created_at_gte` is printed; the other names, and the envelope, are not.
 */
export async function listBitsoDeposits(
  client: JunoClient,
  { createdFrom, pageToken, pageSize = 1_000, ...filter }: ListBitsoDepositsParameters,
): Promise<ListBitsoDepositsReturnType> {
  const route = '/spei/v2/deposits';
  const query = {
    page_size: pageSize,
    page_token: pageToken,
    created_at_gte: createdFrom.toISOString(),
    only_refunds: filter.onlyRefunds,
    receiver_clabe: filter.receiverClabe,
    tracking_key: filter.trackingKey,
  };
  const path = `${route}${queryOf(query)}`;
  const { mostBytes } = LONG_LIST;
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, path, mostBytes }, SCHEMA);
  const { items: all, nextPageToken } = value.payload;
  return { ...readEach(depositSchema, all, { endpoint: `GET ${route}`, raw }), nextPageToken, raw };
}
