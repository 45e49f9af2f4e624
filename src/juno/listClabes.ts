import { clabeSchema } from './clabe.ts';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { isLastPage, pageOf, queryOf } from './page.ts';
import type { JunoClabe } from './types.ts';

export type ListClabesParameters = Readonly<{
  /** Counts from 1, which it is if left out. */
  page?: number;
  /** At most 100, which it is if left out. */
  pageSize?: number;
  /** YYYY-MM-DD, inclusive, by creation, in the server's own zone. */
  startDate?: string;
  endDate?: string;
}>;
export type ListClabesReturnType = Readonly<{
  items: JunoClabe[];
  isLast: boolean;
  raw: string;
}>;
export type ListClabesErrorType = LookErrorType;

const SCHEMA = pageOf(clabeSchema);

/** One page of up to 100 of our AUTO_PAYMENT CLABEs (J/list-created-clabes). */
export async function listClabes(
  client: JunoClient,
  { page = 1, pageSize = 100, startDate, endDate }: ListClabesParameters = {},
): Promise<ListClabesReturnType> {
  const route = '/spei/v1/clabes';
  const query = { clabe_type: 'AUTO_PAYMENT', page, page_size: pageSize, start_date: startDate, end_date: endDate };
  const path = `${route}${queryOf(query)}`;
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, path }, SCHEMA);
  return { items: value.payload.items, isLast: isLastPage(value.payload, page), raw };
}
