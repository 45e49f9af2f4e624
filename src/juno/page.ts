import { z } from 'zod';
import { textual } from './json.ts';

export type Page<T> = Readonly<{
  items: T[];
  totalPages: number | null;
  /** Which page the server says that this is; it may count from another number than it was asked with. */
  current: number | null;
  /** Whether the server says that nothing follows. */
  last: boolean | null;
}>;

const counter = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
  .nullish()
  .transform((value) => value ?? null);

/**
 * A list in any of its envelopes: SPEI's `payload.response` with counters as text (J/list-created-clabes), the mint platform's
 * `payload.content` as Spring writes it, or bare (J/redeem-your-mxnb-tokens). A list that is not there is an error, never an empty one.
 */
export const pageOf = <T>(item: z.ZodType<T>) =>
  z.object({
    payload: z.union([
      z.array(item).transform((items): Page<T> => ({ items, totalPages: 1, current: null, last: null })),
      z
        .object({ response: z.array(item), total_pages: counter, current_page: counter })
        .transform(({ response: items, total_pages: totalPages, current_page: current }): Page<T> => {
          return { items, totalPages, current, last: null };
        }),
      z
        .object({ content: z.array(item), totalPages: counter, last: z.boolean().nullish() })
        .transform(({ content: items, totalPages, last = null }): Page<T> => {
          return { items, totalPages, current: null, last };
        }),
    ]),
  });

/**
 * Whether nothing comes after the `count`-th page. What the server says of the page comes first: one that counts from 1 takes
 * page 0 for page 1 as well, and would be left before its end. Without counters only an empty page is the last one: a short
 * page may be a server that gives fewer items than it was asked for.
 */
export function isLastPage({ items, totalPages, current, last }: Page<unknown>, count: number): boolean {
  if (last !== null) return last;
  return totalPages === null ? items.length === 0 : (current ?? count) >= totalPages;
}

/** A query without what is not set, in the order given: the same text is signed and sent. */
export function queryOf(fields: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `?${query}` : '';
}

/** Without control characters: a database takes no NUL, and a log no line of somebody else's. */
export const idOf = textual
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u);
