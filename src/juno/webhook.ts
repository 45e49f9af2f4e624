import { z } from 'zod';
import { parseJson, textual } from './json.ts';
import { idOf } from './page.ts';

/** The bytes as they came. */
export type ReadWebhookParameters = Uint8Array;
export type ReadWebhookReturnType = WebhookHint | Readonly<{ kind: 'unreadable' }>;
/** It answers for whatever it is given. */
export type ReadWebhookErrorType = never;

export type WebhookHint = {
  kind: 'hint';
  /** For `getTransaction`. Empty for an event of Bitso's. */
  transactionIds: string[];
  /** Bitso's wids, for `getBitsoWithdrawal`, and fids. Third parties expect Juno to name its transactions so, too. */
  bitsoIds: string[];
  /** The status that it tells of, upper case: with the id it says whether it is a double (P/webhook-best-practices). */
  status: string | null;
};

const MOST_BYTES = 256 * 1024;
const ID = idOf.optional().catch(undefined);
const STATUS = textual.min(1).max(40).optional().catch(undefined);
const FIELDS = z.object({ id: ID, transaction_id: ID, wid: ID, fid: ID, status: STATUS, summary_status: STATUS });
const SCHEMA = FIELDS.extend({
  payload: FIELDS.optional().catch(undefined),
  data: FIELDS.extend({ transaction: FIELDS.optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

/**
 * Takes from a webhook only what to look at again. Juno documents neither its shape nor its signature, so nothing else in it is
 * believed (J/webhooks): the truth is `getTransaction`. An id may be the event's own and be no transaction's. Never throws.
 *
 * @example
 * readWebhook(new TextEncoder().encode('{"payload":{"id":"05e9eb13","status":"COMPLETE"}}'));
 * // { kind: 'hint', transactionIds: ['05e9eb13'], bitsoIds: [], status: 'COMPLETE' }
 */
export function readWebhook(body: ReadWebhookParameters): ReadWebhookReturnType {
  if (body.byteLength > MOST_BYTES) return { kind: 'unreadable' };
  try {
    const { payload, data, ...own } = SCHEMA.parse(parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body)));
    const parts = [data?.transaction, payload, data, own];
    const transactionIds = distinct(parts.flatMap((part) => [part?.transaction_id, part?.id]));
    const bitsoIds = distinct(parts.flatMap((part) => [part?.wid, part?.fid]));
    if (transactionIds.length + bitsoIds.length === 0) return { kind: 'unreadable' };
    const [status = null] = distinct(parts.flatMap((part) => [part?.status, part?.summary_status]));
    return { kind: 'hint', transactionIds, bitsoIds, status: status?.toUpperCase() ?? null };
  } catch {
    return { kind: 'unreadable' };
  }
}

const distinct = (texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];
