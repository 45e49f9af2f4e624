import { z } from 'zod';
import type { JunoClient } from './client.ts';
import { depositSchema } from './deposit.ts';
import type { LookErrorType } from './errors.ts';
import { isLastPage, pageOf, queryOf } from './page.ts';
import type { JunoDeposit } from './types.ts';
import { readEach, type UnreadableItem } from './unreadable.ts';

export type ListDepositsParameters = Readonly<{
  /** Counts from 1, which it is if left out. */
  page?: number;
  /** At most 100, which it is if left out. */
  pageSize?: number;
  /** YYYY-MM-DD, inclusive, in the server's own zone: ask for a day more than you need. */
  startDate?: string;
  endDate?: string;
  /** COMPLETE, PENDING or FAILED. */
  depositStatus?: 'COMPLETE' | 'PENDING' | 'FAILED';
  /** Only payouts that came back. */
  onlyRefunds?: boolean;
  /** Only what this CLABE of ours received. */
  receiverClabe?: string;
  /** Only what came from this CLABE. */
  senderClabe?: string;
  /** Offset from UTC in which times of creation are told, such as -06:00. */
  timezone?: string;
}>;
export type ListDepositsReturnType = Readonly<{
  items: JunoDeposit[];
  /** Those of the page that are no deposit as we know it. */
  unreadable: UnreadableItem[];
  isLast: boolean;
  /** Whether Juno says how many pages there are; if not, only an empty page is the last. */
  hasCounters: boolean;
  raw: string;
}>;
export type ListDepositsErrorType = LookErrorType;

const SCHEMA = pageOf(z.unknown());

/**
 * One page of the SPEI deposits, payouts that came back among them (J/list-deposits-made). Which payout came back is told in
 * `refundedWithdrawal` where Bitso's successor of this list says it (P/list-deposits); Juno's page names no such field.
 */
export async function listDeposits(
  client: JunoClient,
  { page = 1, pageSize = 100, ...filter }: ListDepositsParameters = {},
): Promise<ListDepositsReturnType> {
  const route = '/spei/v1/deposits';
  const query = {
    page,
    page_size: pageSize,
    start_date: filter.startDate,
    end_date: filter.endDate,
    deposit_status: filter.depositStatus,
    only_refunds: filter.onlyRefunds,
    receiver_clabe: filter.receiverClabe,
    sender_clabe: filter.senderClabe,
    timezone: filter.timezone,
  };
  const { value, raw } = await client.call(
    { kind: 'look', method: 'GET', route, path: `${route}${queryOf(query)}` },
    SCHEMA,
  );
  const { items, unreadable } = readEach(depositSchema, value.payload.items, { endpoint: `GET ${route}`, raw });
  const { totalPages } = value.payload;
  return { items, unreadable, isLast: isLastPage(value.payload, page), hasCounters: totalPages !== null, raw };
}
