import { z } from 'zod';
import { type JunoClient, LONG_LIST } from './client.ts';
import { depositSchema } from './deposit.ts';
import { JunoIncompleteError, type LookErrorType } from './errors.ts';
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
export type ListBitsoDepositsErrorType = LookErrorType | JunoIncompleteError;

const ITEMS = z.array(z.unknown());
const listUnder = <Name extends string>(name: Name) =>
  z.looseObject({ [name]: ITEMS }).transform(({ [name]: items, ...beside }) => ({ items: items as unknown[], beside }));
const SCHEMA = z
  .looseObject({
    payload: z.union([
      ITEMS.transform((items) => ({ items, beside: {} as Record<string, unknown> })),
      listUnder('response'),
      listUnder('deposits'),
    ]),
  })
  .transform(({ payload: { items, beside }, ...around }) => ({ items, beside: { ...around, ...beside } }));

/** Where the next page's token may stand, in the payload or beside it; the first that is there decides. */
const TOKENS = ['next_page_token', 'next', 'page_token'];
/** What a member is called that may lead to a next page in a way that is not known here. */
const LEADS_ON = /next|token|cursor|marker|more|link|pagination/i;
/** How many items a page has where no size is heeded: as many as Bitso's and Juno's lists give by themselves, or at most. */
const FULL_PAGES: readonly number[] = [25, 100, 1_000];

/**
 * One page of Bitso's SPEI deposits: here a Bitso payout that came back names the payout (P/list-deposits). Of the parameters
 * only `created_at_gte` is printed; the other names, and the envelope, are not: the token is read under each of its likely names,
 * and sent under two. Throws a JunoIncompleteError where it cannot tell whether this is the last page.
 */
export async function listBitsoDeposits(
  client: JunoClient,
  { createdFrom, pageToken, pageSize = 1_000, ...filter }: ListBitsoDepositsParameters,
): Promise<ListBitsoDepositsReturnType> {
  const route = '/spei/v2/deposits';
  const endpoint = `GET ${route}`;
  const query = {
    page_size: pageSize,
    page_token: pageToken,
    next_page_token: pageToken,
    created_at_gte: createdFrom.toISOString(),
    only_refunds: filter.onlyRefunds,
    receiver_clabe: filter.receiverClabe,
    tracking_key: filter.trackingKey,
  };
  const path = `${route}${queryOf(query)}`;
  const { mostBytes } = LONG_LIST;
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, path, mostBytes }, SCHEMA);
  const { items: all, beside } = value;
  const isFull = all.length >= pageSize || FULL_PAGES.includes(all.length);
  const nextPageToken = tokenIn(beside);
  // One that leads here was read under a name that is known; where that is missing now, nothing follows.
  if (nextPageToken === undefined && (leadsOn(beside) || (isFull && pageToken === undefined)))
    throw new JunoIncompleteError(
      `${endpoint} gave a page of ${all.length} that may not be the last one, and no token of the next one that can be read`,
      { endpoint, raw },
    );
  return { ...readEach(depositSchema, all, { endpoint, raw }), nextPageToken: nextPageToken ?? null, raw };
}

/** Null where it is said that there is none; undefined where nothing is said that can be read. */
function tokenIn(beside: Readonly<Record<string, unknown>>): string | null | undefined {
  const name = TOKENS.find((one) => one in beside);
  const value = name === undefined ? undefined : beside[name];
  return typeof value === 'string' ? value || null : value === null ? null : undefined;
}

/** Whether something that cannot be read may lead to a next page. */
const leadsOn = (beside: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(beside).some(
    ([name, value]) => LEADS_ON.test(name) && value !== null && value !== '' && value !== false,
  );
