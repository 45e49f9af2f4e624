import { z } from 'zod';
import { invalid } from './errors.ts';
import type { Switches } from './switches.ts';

const MOST_ON_A_PAGE = 100;
const USUAL_SIZE = 20;

const whole = (least: number) => z.coerce.number().int().min(least).max(1_000_000);

/** `page` (from 1) and `page_size` of the SPEI lists (J/list-created-clabes). */
export const speiPaging = { page: whole(1).default(1), page_size: whole(1).default(25) };
/** `page` and `size` of the mint platform's lists, read as Spring's. */
export const mintPagingFields = { page: whole(0).optional(), size: whole(1).default(USUAL_SIZE) };
export const mintPaging = z.object(mintPagingFields);

export function speiPage<T>(
  items: readonly T[],
  query: Readonly<{ page: number; page_size: number }>,
  switches: Switches,
) {
  const size = pageSize('page_size', query.page_size, switches);
  const start = (query.page - 1) * size;
  return { ...speiCounters(items.length, query.page, size, switches), response: items.slice(start, start + size) };
}

/** The counters of a SPEI list, which one page prints as text. */
export function speiCounters(count: number, page: number, size: number, switches: Switches) {
  const counter = (value: number) => (switches.speiCounters === 'string' ? String(value) : value);
  return {
    total_items: counter(count),
    total_pages: counter(Math.ceil(count / size)),
    current_page: counter(page),
    page_size: counter(size),
  };
}

/** A page of Spring's, whose first has the number `base`. Where that is 1, Spring takes 0 for 1 too. */
export function mintPage<T>(items: readonly T[], query: z.output<typeof mintPaging>, base: 0 | 1, switches: Switches) {
  const size = pageSize('size', query.size, switches);
  const index = Math.max(0, (query.page ?? base) - base);
  const content = items.slice(index * size, (index + 1) * size);
  const totalPages = Math.ceil(items.length / size);
  return {
    content,
    totalElements: items.length,
    totalPages,
    number: index + base,
    size,
    numberOfElements: content.length,
    first: index === 0,
    last: index >= totalPages - 1,
    empty: content.length === 0,
  };
}

function pageSize(field: string, size: number, { oversizePage }: Switches): number {
  if (size > MOST_ON_A_PAGE && oversizePage === 'refuse')
    throw invalid({ field, message: `must be at most ${MOST_ON_A_PAGE}` });
  return Math.min(size, MOST_ON_A_PAGE);
}
