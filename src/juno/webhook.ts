import { z } from 'zod';
import { parseJson } from './json.ts';
import { idOf } from './page.ts';

export type ReadWebhookReturnType = { kind: 'hint'; transactionIds: string[] } | { kind: 'unreadable' };

const MOST_BYTES = 256 * 1024;
const ID = idOf.optional().catch(undefined);
const IDS = z.object({ id: ID, transaction_id: ID });
const SCHEMA = IDS.extend({
  payload: IDS.optional().catch(undefined),
  data: IDS.extend({ transaction: IDS.optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

/**
 * Takes from a webhook only which transactions to look at again. Neither its shape nor its signature is documented, so nothing
 * else in it is believed (J/webhooks): the truth is `getTransaction`. An id may be the event's own and be no transaction's.
 * Never throws.
 *
 * @example
 * readWebhook(new TextEncoder().encode('{"payload":{"id":"05e9eb13"}}')); // { kind: 'hint', transactionIds: ['05e9eb13'] }
 */
export function readWebhook(body: Uint8Array): ReadWebhookReturnType {
  if (body.byteLength > MOST_BYTES) return { kind: 'unreadable' };
  try {
    const { payload, data, ...own } = SCHEMA.parse(parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body)));
    const ids = [data?.transaction, payload, data, own].flatMap((part) => [part?.transaction_id, part?.id]);
    const transactionIds = [...new Set(ids.filter((id) => id !== undefined))];
    return transactionIds.length > 0 ? { kind: 'hint', transactionIds } : { kind: 'unreadable' };
  } catch {
    return { kind: 'unreadable' };
  }
}
