import { z } from 'zod';
import { amountOf } from './amount.ts';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { optionalText, printJson, textual } from './json.ts';
import { readMoment } from './moment.ts';
import { idOf, isLastPage, pageOf, queryOf } from './page.ts';
import { readStatus } from './status.ts';
import type { JunoDeposit } from './types.ts';

export type ListDepositsParameters = Readonly<{
  /** Counts from 1, which it is if left out. */
  page?: number;
  /** At most 100, which it is if left out. */
  pageSize?: number;
  /** YYYY-MM-DD, inclusive, in the server's own zone: ask for a day more than you need. */
  startDate?: string;
  /** Only payouts that came back. */
  onlyRefunds?: boolean;
  /** Only what this CLABE of ours received. */
  receiverClabe?: string;
}>;
export type ListDepositsReturnType = Readonly<{
  items: JunoDeposit[];
  isLast: boolean;
  /** Whether Juno says how many pages there are; if not, only an empty page is the last. */
  hasCounters: boolean;
  raw: string;
}>;
export type ListDepositsErrorType = LookErrorType;

const FIELDS = z.object({
  fid: idOf,
  receiver_clabe: textual,
  amount: amountOf('MXN'),
  status: textual,
  sender_clabe: optionalText,
  created_at: optionalText,
});
const DEPOSIT: z.ZodType<JunoDeposit> = z
  .unknown()
  .transform((item) => ({ item, raw: printJson(item) }))
  .pipe(
    z.object({ item: FIELDS, raw: z.string() }).transform(({ item, raw }) => ({
      id: item.fid,
      clabe: item.receiver_clabe,
      amount: item.amount,
      status: readStatus(item.status),
      statusText: item.status,
      senderClabe: item.sender_clabe,
      createdAt: readMoment(item.created_at),
      createdAtText: item.created_at,
      raw,
    })),
  );
const SCHEMA = pageOf(DEPOSIT);

/** One page of the SPEI deposits, payouts that came back among them (J/list-deposits-made). */
export async function listDeposits(
  client: JunoClient,
  { page = 1, pageSize = 100, startDate, onlyRefunds, receiverClabe }: ListDepositsParameters = {},
): Promise<ListDepositsReturnType> {
  const route = '/spei/v1/deposits';
  const query = {
    page,
    page_size: pageSize,
    start_date: startDate,
    only_refunds: onlyRefunds,
    receiver_clabe: receiverClabe,
  };
  const { value, raw } = await client.call(
    { kind: 'look', method: 'GET', route, path: `${route}${queryOf(query)}` },
    SCHEMA,
  );
  const { items, totalPages } = value.payload;
  return { items, isLast: isLastPage(value.payload, page), hasCounters: totalPages !== null, raw };
}
