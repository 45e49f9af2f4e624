import { z } from 'zod';
import { MoneyError } from '../money/money.ts';
import { readAmount } from './amount.ts';
import { hashesOf, only, readParties } from './details.ts';
import { optionalText, printJson, textual } from './json.ts';
import { readMoment } from './moment.ts';
import { idOf } from './page.ts';
import { readStatus } from './status.ts';
import type { JunoTransaction, OtherTransaction } from './types.ts';

/** The currencies that are pesos, and none named. */
export const OURS: ReadonlySet<string | null> = new Set(['MXN', 'MXNB', null]);

const SCHEMA = z.object({
  id: idOf.optional(),
  transaction_id: idOf.optional(),
  transaction_type: textual.optional(),
  type: textual.optional(),
  summary_status: textual.optional(),
  status: textual.optional(),
  amount: textual,
  currency: optionalText,
  created_at: optionalText,
  updated_at: optionalText,
  details: z.unknown().optional(),
  timeline: z.array(z.unknown()).nullish(),
});

/**
 * Reads a transaction in either of its vocabularies: `id` and `summary_status` in lists, `transaction_id` and `status` in
 * details (J/get-transaction-details). Without id, type, status or amount it is malformed.
 */
export const transactionSchema: z.ZodType<JunoTransaction | OtherTransaction> = z.unknown().transform((value, ctx) => {
  const { data } = SCHEMA.safeParse(value);
  const id = data?.transaction_id ?? data?.id;
  const type = data?.transaction_type ?? data?.type;
  const statusText = data?.status ?? data?.summary_status;
  if (!data || id === undefined || type === undefined || statusText === undefined) {
    ctx.addIssue({ code: 'custom', message: 'is no transaction' });
    return z.NEVER;
  }
  const currency = data.currency?.toUpperCase() ?? null;
  return {
    id,
    type: type.toUpperCase(),
    status: readStatus(statusText),
    statusText,
    amount: OURS.has(currency) ? wholeCentavos(data.amount) : null,
    createdAt: readMoment(data.created_at),
    createdAtText: data.created_at,
    updatedAtText: data.updated_at,
    txHash: readHash(data.timeline ?? [], data.details),
    ...readParties(data.details),
    raw: printJson(value),
  };
});

export const isOther = (item: JunoTransaction | OtherTransaction): item is OtherTransaction => item.amount === null;

/** The amount where it is a whole number of centavos; null for dust and for what is no amount. */
export function wholeCentavos(text: string): JunoTransaction['amount'] | null {
  try {
    return readAmount('MXN', text);
  } catch (error) {
    if (error instanceof MoneyError) return null;
    throw error;
  }
}

/**
 * The hash of the transfer. A step may have one of its own: the one that moved the tokens is "Tokens transferred", as third
 * parties saw it, with the hash under `receipt`; neither name is documented. More than one candidate is none.
 */
function readHash(timeline: readonly unknown[], details: unknown): string | null {
  const moved = timeline.filter((step) => /tokens transferred/i.test(printJson(step)));
  return only(hashesOf(moved)) ?? only(hashesOf(timeline)) ?? only(hashesOf(details));
}
