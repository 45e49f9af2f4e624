import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ReadWebhookReturnType } from '../../juno/webhook.ts';
import type { Db } from '../db/client.ts';
import type { webhookIn } from '../db/schema.ts';

export type ReceivedWebhook = Readonly<{
  source: 'juno' | 'bitso';
  sourceAddress: string | null;
  body: Uint8Array;
  headers: Readonly<Record<string, string>>;
  signature: (typeof webhookIn.$inferSelect)['signature'];
  hint: ReadWebhookReturnType;
}>;

/** Juno's own are under a kilobyte; the cap in bytes lets the average be four. */
const AVERAGE_BYTES = 4 * 1024;
const MOST_NEWS = 400;

/**
 * `again`: other bytes that tell what one that is believed as much has told. `duplicate`: the same bytes.
 * `full`: nobody vouches for it, and enough such are kept in this hour; it is not.
 */
export type Stored = 'new' | 'again' | 'duplicate' | 'full';

const ROW = z.object({ is_free: z.boolean(), is_stored: z.boolean(), is_known: z.boolean() });

/**
 * Keeps the bytes as they came, in one statement. Those whose signature does not vouch for them are kept up to `mostUnverified`
 * in any hour: whoever may send them must not be able to fill the disk. The same bytes are kept once. Other bytes with the same
 * resource and status are kept, too, and tell nothing new (P/webhook-best-practices) where a signature vouches for both. Where none
 * does, the one before may be forged and this one true: the caller decides what `again` is worth.
 */
export async function storeWebhook(db: Db, webhook: ReceivedWebhook, mostUnverified: number): Promise<Stored> {
  const { source, sourceAddress, body, headers, signature } = webhook;
  const hint = storable(webhook.hint);
  const news = newsOf(hint);
  const digest = createHash('sha256').update(`${source} ${signature}\n`).update(body).digest('hex');
  const { rows } = await db.execute(sql`
    WITH room AS (
      SELECT ${signature} = 'valid' OR (count(*) < ${mostUnverified}::int
        AND coalesce(sum(size_bytes), 0) < ${mostUnverified}::bigint * ${AVERAGE_BYTES}::int) AS is_free
      FROM (SELECT size_bytes FROM reactor.webhook_in
        WHERE signature <> 'valid' AND received_at > reactor.now() - interval '1 hour' LIMIT ${mostUnverified}::int) AS lately
    ), known AS (
      SELECT 1 FROM reactor.webhook_in WHERE source = ${source} AND news = ${news} AND signature = ${signature} LIMIT 1
    ), stored AS (
      INSERT INTO reactor.webhook_in (source, source_address, digest, body, size_bytes, headers, signature, is_readable, hint, news)
      SELECT ${source}, ${sourceAddress}, ${digest}, ${Buffer.from(body)}::bytea, ${body.byteLength}::int, ${JSON.stringify(headers)}::jsonb,
        ${signature}, ${hint.kind !== 'unreadable'}::boolean, ${JSON.stringify(hint)}::jsonb, ${news} FROM room WHERE is_free
      ON CONFLICT (digest) DO NOTHING RETURNING id
    )
    SELECT is_free, EXISTS (SELECT 1 FROM stored) AS is_stored, EXISTS (SELECT 1 FROM known) AS is_known FROM room`);
  const { is_free, is_stored, is_known } = ROW.parse(rows[0]);
  if (!is_free) return 'full';
  if (!is_stored) return 'duplicate';
  return is_known ? 'again' : 'new';
}

/** The same resource in the same status is the same news. Null for what names no status: each of those may be new. */
function newsOf(hint: ReadWebhookReturnType): string | null {
  if (hint.kind === 'unreadable' || hint.status === null) return null;
  const news = `${[...hint.transactionIds, ...hint.bitsoIds].sort().join(' ')} ${hint.status}`;
  return news.length <= MOST_NEWS ? news : null;
}

/** Postgres takes neither NUL nor half a character; ids with such in them are nobody's, and the bytes are kept all the same. */
function storable(hint: ReadWebhookReturnType): ReadWebhookReturnType {
  if (hint.kind === 'unreadable') return hint;
  const texts = [...hint.transactionIds, ...hint.bitsoIds, hint.status ?? ''];
  return texts.every((text) => text.isWellFormed() && !text.includes('\0')) ? hint : { kind: 'unreadable' };
}
