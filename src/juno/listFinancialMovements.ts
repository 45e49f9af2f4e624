import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { movementSchema } from './movement.ts';
import { isLastPage, pageOf, queryOf } from './page.ts';
import type { JunoMovement } from './types.ts';
import { readEach, type UnreadableItem } from './unreadable.ts';

export type ListFinancialMovementsParameters = Readonly<{
  /** Counts from 0, as the mint platform's other list does; 0 if left out. */
  page?: number;
  /** 100 if left out. */
  size?: number;
}>;
export type ListFinancialMovementsReturnType = Readonly<{
  items: JunoMovement[];
  /** Those of the page that are no movement as we know it. */
  unreadable: UnreadableItem[];
  isLast: boolean;
  raw: string;
}>;
export type ListFinancialMovementsErrorType = LookErrorType;

const SCHEMA = pageOf(z.unknown());

/**
 * One page of everything that came in, went out or was converted, newest first (J/list-financial-movements). The one list in
 * which redemptions that came back (FUNDING) and deposits that were sent back (WITHDRAWAL) stand together. The names of its
 * paging parameters are cut from the page; those of the transactions are taken.
 *
 * @example
 * const { items } = await listFinancialMovements(juno);
 * const cameIn = items.filter(({ type, status }) => type === 'FUNDING' && status === 'complete');
 */
export async function listFinancialMovements(
  client: JunoClient,
  { page = 0, size = 100 }: ListFinancialMovementsParameters = {},
): Promise<ListFinancialMovementsReturnType> {
  const route = '/mint_platform/v1/financial_movements';
  const path = `${route}${queryOf({ page, size })}`;
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, path }, SCHEMA);
  const { items, unreadable } = readEach(movementSchema, value.payload.items, { endpoint: `GET ${route}`, raw });
  return { items, unreadable, isLast: isLastPage(value.payload, page + 1), raw };
}
