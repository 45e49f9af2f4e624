import { createHmac } from 'node:crypto';

/**
 * The headers of Standard Webhooks: HMAC-SHA256 under the bytes of `whsec_…` over id, Unix seconds and the exact body
 * (standard-webhooks/spec, "Signature scheme"). A few lines of our own: a library at the receiving end agrees or does not.
 *
 * @example
 * signWebhook({ secret: 'whsec_…', id: noticeId, at: new Date(), body })
 */
export function signWebhook({
  secret,
  id,
  at,
  body,
}: Readonly<{ secret: string; id: string; at: Date; body: string }>): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
