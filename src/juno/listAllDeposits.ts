import type { JunoClient } from './client.ts';
import { JunoIncompleteError, JunoMalformedError } from './errors.ts';
import { type ListDepositsErrorType, type ListDepositsParameters, listDeposits } from './listDeposits.ts';
import type { JunoDeposit } from './types.ts';
import type { UnreadableItem } from './unreadable.ts';

const ENDPOINT = 'GET /spei/v1/deposits';

export type ListAllDepositsParameters = Omit<ListDepositsParameters, 'page'> &
  Readonly<{
    /** Reads no more pages than this; 100 if left out. */
    maxPages?: number;
    /** Takes what is no deposit as we know it, so that the others are given; if left out, such a page is malformed. */
    onUnreadable?: (item: UnreadableItem) => void;
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
  { maxPages = 100, onUnreadable, ...filter }: ListAllDepositsParameters = {},
): ListAllDepositsReturnType {
  const seen = new Set<string>();
  for (let page = 1; page <= maxPages; page++) {
    const { items, unreadable, isLast, hasCounters, raw } = await listDeposits(client, { ...filter, page });
    if (unreadable.length > 0 && !onUnreadable)
      throw new JunoMalformedError(`page ${page} holds a deposit that cannot be read`, { endpoint: ENDPOINT, raw });
    const odd = unreadable.filter((item) => !seen.has(item.raw) && seen.add(item.raw));
    for (const item of odd) onUnreadable?.(item);
    const fresh = items.filter(({ id }) => !seen.has(id) && seen.add(id));
    yield* fresh;
    const isNew = fresh.length + odd.length > 0;
    if (isLast || (!isNew && !hasCounters)) return;
    if (!isNew) throw incomplete(`page ${page} repeats what came before although more are announced`);
  }
  throw incomplete(`there are more than ${maxPages} pages`);
}

const incomplete = (why: string) =>
  new JunoIncompleteError(`The list of deposits was not read to its end: ${why}`, {
    endpoint: ENDPOINT,
  });
