import { z } from 'zod';
import { parseDecimal } from '../money/money.ts';
import { optionalText, printJson, textual } from './json.ts';
import { readStatus } from './status.ts';
import type { JunoTransaction } from './types.ts';

const HASH = /^0x[0-9a-fA-F]{64}$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

const SCHEMA = z.object({
  id: textual.optional(),
  transaction_id: textual.optional(),
  transaction_type: textual.optional(),
  type: textual.optional(),
  summary_status: textual.optional(),
  status: textual.optional(),
  amount: textual,
  created_at: optionalText,
  details: z.unknown().optional(),
  timeline: z.array(z.object({ receipt: z.unknown().optional() })).nullish(),
});

/**
 * Reads a transaction in either of its vocabularies: `id` and `summary_status` in lists, `transaction_id` and `status` in
 * details (Juno, “Get transaction details”). Throws when it has no id, type or status.
 */
export const transactionSchema: z.ZodType<JunoTransaction> = z.unknown().transform((value, ctx) => {
  const parsed = SCHEMA.safeParse(value);
  const id = parsed.data?.transaction_id ?? parsed.data?.id;
  const type = parsed.data?.transaction_type ?? parsed.data?.type;
  const statusText = parsed.data?.status ?? parsed.data?.summary_status;
  if (!parsed.success || id === undefined || type === undefined || statusText === undefined) {
    ctx.addIssue({ code: 'custom', message: 'not a transaction' });
    return z.NEVER;
  }
  const { amount, created_at, details, timeline } = parsed.data;
  const texts = [...(timeline ?? []).flatMap((step) => textsOf(step.receipt)), ...textsOf(details)];
  return {
    id,
    type: type.toUpperCase(),
    status: readStatus(statusText),
    statusText,
    amount: parseDecimal('MXN', amount),
    createdAt: readMoment(created_at),
    txHash: texts.find((text) => HASH.test(text.value))?.value.toLowerCase() ?? null,
    address: texts.find((text) => ADDRESS.test(text.value))?.value.toLowerCase() ?? null,
    receiverClabe:
      texts.find((text) => /^\d{18}$/.test(text.value) && /receiver|beneficiary/.test(text.path))?.value ?? null,
    raw: printJson(value),
  };
});

/** Every text inside a value, with the names that lead to it. Bounded in depth: details vary by type and are not documented. */
function textsOf(value: unknown, path = '', depth = 0): { path: string; value: string }[] {
  if (typeof value === 'string') return [{ path, value }];
  if (typeof value !== 'object' || value === null || depth > 5) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${path}.${key.toLowerCase()}`, depth + 1));
}

/** A moment with a zone; one without is not trusted to be UTC and is read as none. Nanoseconds are cut to milliseconds. */
function readMoment(text: string | null): Date | null {
  if (text === null || !/(Z|[+-]\d{2}:?\d{2})$/.test(text)) return null;
  const at = new Date(text.replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(at.getTime()) ? null : at;
}
