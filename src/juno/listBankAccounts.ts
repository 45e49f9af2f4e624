import { z } from 'zod';
import { type JunoClient, LONG_LIST } from './client.ts';
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

const ROUTE = '/mint_platform/v1/accounts/banks';
/** The least page that Juno's lists are known to give where no size is heeded (J/list-created-clabes). */
const LEAST_PAGE = 25;
const MOST_PAGES = LONG_LIST.mostItems / LEAST_PAGE;
/** By either of the names that Juno's lists have for it, and the most that one of them gives; what a server does not know it leaves. */
const SIZES = { page_size: 100, size: 100 };

/**
 * The registered bank accounts (J/redeem-your-mxnb-tokens), up to 80,000 of them. No paging is documented, so nothing is asked
 * for; where the answer says that there is more, the list is read anew in pages as large as Juno's other lists give, by the number
 * that the answer counts in. Throws a JunoIncompleteError rather than give a part for the whole. A new account may be missing for
 * a while.
 */
export async function listBankAccounts(client: JunoClient): Promise<ListBankAccountsReturnType> {
  const endpoint = `GET ${ROUTE}`;
  const look = async (query: Parameters<typeof queryOf>[0]) => {
    const path = `${ROUTE}${queryOf(query)}`;
    const { mostBytes } = LONG_LIST;
    const { value, raw } = await client.call({ kind: 'look', method: 'GET', route: ROUTE, path, mostBytes }, SCHEMA);
    return { page: value.payload, ...readEach(ACCOUNT, value.payload.items, { endpoint, raw }), raw };
  };

  const whole = await look({});
  if (isLastPage(whole.page, 1)) return { items: whole.items, unreadable: whole.unreadable, raw: whole.raw };

  const items = new Map<string, ListBankAccountsReturnType['items'][number]>();
  const unreadable = new Map<string, UnreadableItem>();
  let number: number | undefined;
  for (let count = 1; count <= MOST_PAGES; count++) {
    const { page, raw, ...read } = await look({ page: number, ...SIZES });
    const before = items.size + unreadable.size;
    for (const item of read.items) items.set(item.id, item);
    for (const item of read.unreadable) unreadable.set(item.raw, item);
    const isRepeated = page.items.length > 0 && items.size + unreadable.size === before;
    const isCounted = page.totalPages !== null || page.last !== null;
    // One repeat is a server that counts from 1 and takes no number for its first page; two, without counters, one without pages.
    if (isRepeated ? count > 2 && !isCounted : isLastPage(page, count))
      return { items: [...items.values()], unreadable: [...unreadable.values()], raw };
    if (isRepeated && count > 2) throw incomplete(endpoint, 'a page repeats what came before');
    number = (page.current ?? count - 1) + 1;
  }
  throw incomplete(endpoint, `there are more than ${MOST_PAGES} pages`);
}

const incomplete = (endpoint: string, why: string) =>
  new JunoIncompleteError(`The list of bank accounts was not read to its end: ${why}`, { endpoint });
