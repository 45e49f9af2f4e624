import { z } from 'zod';
import { parseJson } from './json.ts';

export type WebhookHint = { kind: 'hint'; transactionIds: string[] } | { kind: 'unreadable' };

const IDS = z.object({
  id: z.string().optional(),
  transaction_id: z.string().optional(),
  fid: z.string().optional(),
  wid: z.string().optional(),
});
const SCHEMA = z
  .object({ payload: IDS.optional(), data: z.object({ transaction: IDS.optional() }).optional() })
  .and(IDS);

/**
 * Takes from a webhook only which transactions to look at again. Its shape is not documented, so nothing else in it is believed
 * (Juno, “Webhooks”). Never throws.
 */
export function readWebhook(body: Uint8Array): WebhookHint {
  try {
    const { payload, data, ...own } = SCHEMA.parse(parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body)));
    const transactionIds = [own, payload, data?.transaction]
      .flatMap((ids) => [ids?.id, ids?.transaction_id, ids?.fid, ids?.wid])
      .filter((id) => id !== undefined);
    return transactionIds.length > 0 ? { kind: 'hint', transactionIds } : { kind: 'unreadable' };
  } catch {
    return { kind: 'unreadable' };
  }
}
