import type { JunoClient } from './client.ts';
import { JunoIncompleteError, JunoMalformedError } from './errors.ts';
import {
  type ListBitsoDepositsErrorType,
  type ListBitsoDepositsParameters,
  listBitsoDeposits,
} from './listBitsoDeposits.ts';
import type { JunoDeposit } from './types.ts';
import type { UnreadableItem } from './unreadable.ts';

const ENDPOINT = 'GET /spei/v2/deposits';

export type ListAllBitsoDepositsParameters = Omit<ListBitsoDepositsParameters, 'pageToken'> &
  Readonly<{
    /** Reads no more pages than this; 100 if left out. */
    maxPages?: number;
    /** Takes what is no deposit as we know it, so that the others are given; if left out, such a page is malformed. */
    onUnreadable?: (item: UnreadableItem) => void;
  }>;
export type ListAllBitsoDepositsReturnType = AsyncGenerator<JunoDeposit, void, undefined>;
export type ListAllBitsoDepositsErrorType = ListBitsoDepositsErrorType;

/**
 * Every one of Bitso's deposits once, page after page. Throws a JunoIncompleteError rather than end early: after `maxPages`, where
 * a page brings nothing that came not before although another is announced, and where the last one cannot be told.
 *
 * @example
 * for await (const deposit of listAllBitsoDeposits(bitso, { createdFrom, onlyRefunds: true })) store(deposit);
 */
export async function* listAllBitsoDeposits(
  client: JunoClient,
  { maxPages = 100, onUnreadable, ...filter }: ListAllBitsoDepositsParameters,
): ListAllBitsoDepositsReturnType {
  const seen = new Set<string>();
  let pageToken: string | null = null;
  for (let pages = 1; pages <= maxPages; pages++) {
    const page: Awaited<ReturnType<typeof listBitsoDeposits>> = await listBitsoDeposits(client, {
      ...filter,
      ...(pageToken === null ? {} : { pageToken }),
    });
    const { items, unreadable, nextPageToken, raw } = page;
    if (unreadable.length > 0 && !onUnreadable)
      throw new JunoMalformedError(`page ${pages} holds a deposit that cannot be read`, { endpoint: ENDPOINT, raw });
    const odd = unreadable.filter((item) => !seen.has(item.raw) && seen.add(item.raw));
    for (const item of odd) onUnreadable?.(item);
    const fresh = items.filter(({ id }) => !seen.has(id) && seen.add(id));
    yield* fresh;
    if (nextPageToken === null) return;
    if (fresh.length + odd.length === 0)
      throw incomplete(`page ${pages} brings nothing new although more is announced`);
    pageToken = nextPageToken;
  }
  throw incomplete(`there are more than ${maxPages} pages`);
}

const incomplete = (why: string) =>
  new JunoIncompleteError(`Bitso’s list of deposits was not read to its end: ${why}`, { endpoint: ENDPOINT });
