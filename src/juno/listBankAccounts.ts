import { z } from 'zod';
import type { JunoClient } from './client.ts';
import { JunoIncompleteError, type LookErrorType } from './errors.ts';
import { textual } from './json.ts';
import { idOf, isLastPage, pageOf, queryOf } from './page.ts';
import { readEach, type UnreadableItem } from './unreadable.ts';

/** None: it takes the client alone. */
export type ListBankAccountsParameters = Readonly<Record<string, never>>;
export type ListBankAccountsReturnType = Readonly<{
  items: { id: string; clabe: string; legalName: string }[];
  /** Accounts that could not be read; they hide no other. */
  unreadable: UnreadableItem[];
  /** Of the last page. */
  raw: string;
}>;
export type ListBankAccountsErrorType = LookErrorType | JunoIncompleteError;

const ACCOUNT = z
  .object({ id: idOf, clabe: textual, recipient_legal_name: textual })
  .transform(({ id, clabe, recipient_legal_name }) => ({ id, clabe, legalName: recipient_legal_name }));
const SCHEMA = pageOf(z.unknown());

const MOST_PAGES = 100;

/**
 * The registered bank accounts (J/redeem-your-mxnb-tokens). No paging is documented; where the answer says that there is more, the
 * next pages are asked for by the number that the answer counts in. Throws a JunoIncompleteError rather than give a part for the
 * whole. A new account may be missing for a while.
 */
export async function listBankAccounts(client: JunoClient): Promise<ListBankAccountsReturnType> {
  const route = '/mint_platform/v1/accounts/banks';
  const endpoint = `GET ${route}`;
  const items = new Map<string, ListBankAccountsReturnType['items'][number]>();
  const unreadable = new Map<string, UnreadableItem>();
  let page: number | undefined;
  for (let count = 1; count <= MOST_PAGES; count++) {
    const path = `${route}${queryOf({ page })}`;
    const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, path }, SCHEMA);
    const read = readEach(ACCOUNT, value.payload.items, { endpoint, raw });
    const before = items.size + unreadable.size;
    for (const item of read.items) items.set(item.id, item);
    for (const item of read.unreadable) unreadable.set(item.raw, item);
    const isRepeated = value.payload.items.length > 0 && items.size + unreadable.size === before;
    const isCounted = value.payload.totalPages !== null || value.payload.last !== null;
    // One repeat is a server that counts from 1 and takes no number for its first page; two, without counters, one without pages.
    if (isRepeated ? count > 2 && !isCounted : isLastPage(value.payload, count))
      return { items: [...items.values()], unreadable: [...unreadable.values()], raw };
    if (isRepeated && count > 2) throw incomplete(endpoint, 'a page repeats what came before');
    page = (value.payload.current ?? count - 1) + 1;
  }
  throw incomplete(endpoint, `there are more than ${MOST_PAGES} pages`);
}

const incomplete = (endpoint: string, why: string) =>
  new JunoIncompleteError(`The list of bank accounts was not read to its end: ${why}`, { endpoint });
