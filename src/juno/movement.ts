import { z } from 'zod';
import { hashesOf, only, readParties } from './details.ts';
import { optionalText, printJson, textual } from './json.ts';
import { readMoment } from './moment.ts';
import { idOf } from './page.ts';
import { readStatus } from './status.ts';
import { OURS, wholeCentavos } from './transaction.ts';
import type { JunoMovement, RefundedWithdrawal } from './types.ts';

/** The name of the one detail object of each type (J/list-financial-movements). */
const DETAIL_OF: ReadonlyMap<string, string> = new Map([
  ['FUNDING', 'funding'],
  ['WITHDRAWAL', 'withdrawal'],
  ['CONVERSION', 'conversion'],
]);

const OBJECT = z.record(z.string(), z.unknown());
const FIELDS = z.object({
  id: idOf.optional(),
  fid: idOf.optional(),
  wid: idOf.optional(),
  transaction_id: idOf.optional(),
  status: textual,
  amount: optionalText,
  currency: textual.optional(),
  asset: textual.optional(),
  created_at: optionalText,
  transaction_type: optionalText,
  tracking_key: optionalText,
});
const REFUNDED = z.object({ wid: optionalText, tracking_key: optionalText, origin_id: optionalText });

/**
 * Reads a movement: a type, and exactly one object of details, named after it. Whether id, status and amount stand beside that
 * object or inside is cut from the page, so either is read; beside wins. Without id or status, or with another type's details,
 * it is malformed. A type that is not documented is kept, with whatever it carries in `raw`.
 */
export const movementSchema: z.ZodType<JunoMovement> = z.unknown().transform((value, ctx) => {
  const item = OBJECT.safeParse(value).data ?? {};
  const type = typeof item['type'] === 'string' ? item['type'].toUpperCase() : undefined;
  const present = [...DETAIL_OF.values()].filter((name) => item[name] !== undefined && item[name] !== null);
  const expected = DETAIL_OF.get(type ?? '');
  const detail = OBJECT.safeParse(item[expected ?? present[0] ?? '']).data;
  const { data: fields } = FIELDS.safeParse({ ...detail, ...withoutNulls(item) });
  const id = fields?.id ?? fields?.transaction_id ?? fields?.fid ?? fields?.wid;
  if (type === undefined || !fields || id === undefined || (expected && (present.length !== 1 || !detail))) {
    ctx.addIssue({ code: 'custom', message: 'is no movement with one object of details' });
    return z.NEVER;
  }
  const currency = (fields.currency ?? fields.asset)?.toUpperCase() ?? null;
  return {
    id,
    type,
    status: readStatus(fields.status),
    statusText: fields.status,
    amount: fields.amount !== null && OURS.has(currency) ? wholeCentavos(fields.amount) : null,
    currency,
    transactionId: fields.transaction_id ?? null,
    detailType: fields.transaction_type?.toUpperCase() ?? null,
    trackingKey: fields.tracking_key,
    createdAt: readMoment(fields.created_at),
    createdAtText: fields.created_at,
    txHash: only(hashesOf(detail)),
    ...readParties(detail),
    refundedWithdrawal: readRefunded(detail?.['refunded_withdrawal']),
    raw: printJson(value),
  };
});

const withoutNulls = (item: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null && value !== undefined));

function readRefunded(value: unknown): RefundedWithdrawal | null {
  const { data } = REFUNDED.safeParse(value);
  return data ? { wid: data.wid, trackingKey: data.tracking_key, originId: data.origin_id } : null;
}
