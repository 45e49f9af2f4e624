import type { JunoClient } from './client.ts';
import { JunoIncompleteError } from './errors.ts';
import { type ListDepositsErrorType, type ListDepositsParameters, listDeposits } from './listDeposits.ts';
import type { JunoDeposit } from './types.ts';

export type ListAllDepositsParameters = Omit<ListDepositsParameters, 'page'> &
  Readonly<{
    /** Reads no more pages than this; 100 if left out. */
    maxPages?: number;
  }>;
export type ListAllDepositsReturnType = AsyncGenerator<JunoDeposit, void, undefined>;
export type ListAllDepositsErrorType = ListDepositsErrorType | JunoIncompleteError;

/**
 * Every deposit once, page after page. Items that slide onto the next page while it reads are given once; a page that brings
 * nothing new ends it. Throws a JunoIncompleteError rather than end early: after `maxPages`, or where Juno says that more pages
 * exist and gives the same one again.
 *
 * @example
 * for await (const deposit of listAllDeposits(juno, { startDate: '2026-01-31' })) store(deposit);
 */
export async function* listAllDeposits(
  client: JunoClient,
  { maxPages = 100, ...filter }: ListAllDepositsParameters = {},
): ListAllDepositsReturnType {
  const seen = new Set<string>();
  for (let page = 1; page <= maxPages; page++) {
    const { items, isLast, hasCounters } = await listDeposits(client, { ...filter, page });
    const fresh = items.filter(({ id }) => !seen.has(id) && seen.add(id));
    yield* fresh;
    if (isLast || (fresh.length === 0 && !hasCounters)) return;
    if (fresh.length === 0) throw incomplete(`page ${page} repeats what came before although more are announced`);
  }
  throw incomplete(`there are more than ${maxPages} pages`);
}

const incomplete = (why: string) =>
  new JunoIncompleteError(`The list of deposits was not read to its end: ${why}`, {
    endpoint: 'GET /spei/v1/deposits',
  });
