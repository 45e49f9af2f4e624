import { z } from 'zod';
import { parseDecimal } from '../money/money.ts';
import { type JunoClient, readAnswer } from './client.ts';
import type { JunoMalformedError, JunoUnavailableError } from './errors.ts';
import { printJson, textual } from './json.ts';
import { readStatus } from './status.ts';
import type { JunoDeposit } from './types.ts';

export type ListDepositsParameters = Readonly<{
  page?: number;
  pageSize?: number;
  /** YYYY-MM-DD in the server's own zone. */
  startDate?: string;
  onlyRefunds?: boolean;
}>;
export type ListDepositsReturnType = Readonly<{ items: JunoDeposit[]; isLast: boolean; raw: string }>;
export type ListDepositsErrorType = JunoUnavailableError | JunoMalformedError;

const FIELDS = z.object({
  fid: textual.optional(),
  deposit_id: textual.optional(),
  receiver_clabe: textual,
  amount: textual,
  status: textual,
});
const DEPOSIT: z.ZodType<JunoDeposit> = z.unknown().transform((value, ctx) => {
  const { data } = FIELDS.safeParse(value);
  const id = data?.fid ?? data?.deposit_id;
  if (!data || id === undefined) {
    ctx.addIssue({ code: 'custom', message: 'not a deposit' });
    return z.NEVER;
  }
  return {
    id,
    clabe: data.receiver_clabe,
    amount: parseDecimal('MXN', data.amount),
    status: readStatus(data.status),
    raw: printJson(value),
  };
});
const SCHEMA = z.object({ payload: z.object({ total_pages: textual, response: z.array(DEPOSIT) }) });

/** One page of the SPEI deposits, of returned payouts too; pages count from 1 (Juno, “List deposits made”). */
export async function listDeposits(
  client: JunoClient,
  { page = 1, pageSize = 100, startDate, onlyRefunds }: ListDepositsParameters = {},
): Promise<ListDepositsReturnType> {
  const query = new URLSearchParams({
    page: String(page),
    page_size: String(pageSize),
    ...(startDate ? { start_date: startDate } : {}),
    ...(onlyRefunds ? { only_refunds: 'true' } : {}),
  });
  const raw = await client.request({ kind: 'look', method: 'GET', path: `/spei/v1/deposits?${query}` });
  const { response, total_pages } = readAnswer('look', 'GET /spei/v1/deposits', SCHEMA, raw).payload;
  return { items: response, isLast: page >= Number(total_pages), raw };
}
