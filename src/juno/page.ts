import { z } from 'zod';
import { textual } from './json.ts';

export type Page<T> = Readonly<{ items: T[]; totalPages: number | null }>;

const counter = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
  .nullish();

/**
 * A list in any of its envelopes: SPEI's `payload.response` with counters as text (J/list-created-clabes), the mint platform's
 * `payload.content` as Spring writes it, or bare (J/redeem-your-mxnb-tokens). A list that is not there is an error, never an empty one.
 */
export const pageOf = <T>(item: z.ZodType<T>) =>
  z.object({
    payload: z.union([
      z.array(item).transform((items): Page<T> => ({ items, totalPages: 1 })),
      z
        .object({ response: z.array(item), total_pages: counter })
        .transform(({ response, total_pages }): Page<T> => ({ items: response, totalPages: total_pages ?? null })),
      z
        .object({ content: z.array(item), totalPages: counter })
        .transform(({ content, totalPages }): Page<T> => ({ items: content, totalPages: totalPages ?? null })),
    ]),
  });

/**
 * Whether nothing comes after the `count`-th page. Without counters only an empty page is the last one: a short page may be
 * a server that gives fewer items than it was asked for.
 */
export const isLastPage = ({ items, totalPages }: Page<unknown>, count: number): boolean =>
  totalPages === null ? items.length === 0 : count >= totalPages;

/** A query without what is not set, in the order given: the same text is signed and sent. */
export function queryOf(fields: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `?${query}` : '';
}

export const idOf = textual.min(1).max(200);
