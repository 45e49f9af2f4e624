import { z } from 'zod';
import { invalid } from './errors.ts';
import type { Switches } from './switches.ts';

const MOST_ON_A_PAGE = 100;

const whole = (least: number, fallback: number) => z.coerce.number().int().min(least).max(1_000_000).default(fallback);

/** `page` (from 1) and `page_size` of the SPEI lists (J/list-created-clabes). */
export const speiPaging = { page: whole(1, 1), page_size: whole(1, 25) };
/** `page` (from 0) and `size` of the mint platform's lists, read as Spring's. */
export const springPaging = { page: whole(0, 0), size: whole(1, 20) };

export function speiPage<T>(
  items: readonly T[],
  query: Readonly<{ page: number; page_size: number }>,
  switches: Switches,
) {
  const size = pageSize('page_size', query.page_size, switches);
  const start = (query.page - 1) * size;
  return {
    total_items: String(items.length),
    total_pages: String(Math.ceil(items.length / size)),
    current_page: String(query.page),
    page_size: String(size),
    response: items.slice(start, start + size),
  };
}

export function springPage<T>(
  items: readonly T[],
  query: Readonly<{ page: number; size: number }>,
  switches: Switches,
) {
  const size = pageSize('size', query.size, switches);
  const content = items.slice(query.page * size, (query.page + 1) * size);
  const totalPages = Math.ceil(items.length / size);
  return {
    content,
    totalElements: items.length,
    totalPages,
    number: query.page,
    size,
    numberOfElements: content.length,
    first: query.page === 0,
    last: query.page >= totalPages - 1,
    empty: content.length === 0,
  };
}

function pageSize(field: string, size: number, { oversizePage }: Switches): number {
  if (size > MOST_ON_A_PAGE && oversizePage === 'refuse')
    throw invalid({ field, message: `must be at most ${MOST_ON_A_PAGE}` });
  return Math.min(size, MOST_ON_A_PAGE);
}
