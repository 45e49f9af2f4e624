import { isNull, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { webhookEndpoint } from '../db/schema.ts';
import { assertLane, type Lane, withLane } from '../effects/lane.ts';
import { workOn } from '../work.ts';
import { secretOf } from './secret.ts';
import { sendWebhook } from './send.ts';
import { signWebhook } from './sign.ts';

const MOST_AT_ONCE = 50;
/** An endpoint that answers slowly has so long in one turn; then the others have theirs. */
const MOST_TURN_MS = 5_000;
const FIRST_RETRY_S = 5;
const LONGEST_RETRY_S = 6 * 3_600;

type Endpoint = typeof webhookEndpoint.$inferSelect;
type Due = Readonly<{
  event_id: string;
  payment_id: string | null;
  tries: number;
  type: string;
  data: object;
  created_at: string;
}>;

const retry_s = (tries: number): number => Math.min(FIRST_RETRY_S * 2 ** Math.min(tries - 1, 20), LONGEST_RETRY_S);

/**
 * Delivers what is due, at least once: a delivery is a row before it is sent, and is sent again, under the same id, until it is taken or
 * three days are over. What is told of one payment goes to an endpoint in its order: the next one waits for the one before. One that is never
 * taken holds up none of another payment: what was tried least goes first. One endpoint that takes nothing, or takes it slowly, holds up no
 * other. One process at a time. Answers whether something was sent.
 */
export async function deliverWebhooks(ctx: Context): Promise<boolean> {
  const { rows } = await ctx.db.execute(
    sql`SELECT 1 FROM reactor.webhook_delivery WHERE state = 'waiting' AND next_try_at <= reactor.now() LIMIT 1`,
  );
  if (rows.length === 0) return false;
  const sent = await withLane(ctx, 'webhooks', async (lane) => {
    const endpoints = await ctx.db.select().from(webhookEndpoint).where(isNull(webhookEndpoint.removedAt));
    const counts = await Promise.all(endpoints.map((endpoint) => deliverTo(ctx, lane, endpoint)));
    return counts.some((count) => count > 0);
  });
  return sent === true;
}

async function deliverTo(ctx: Context, lane: Lane, endpoint: Endpoint): Promise<number> {
  const { rows } = await ctx.db.execute<Due>(sql`
    SELECT d.event_id, d.payment_id, d.tries, e.type, e.data, to_json(e.created_at) #>> '{}' AS created_at
    FROM reactor.webhook_delivery d JOIN reactor.webhook_event e ON e.id = d.event_id
    WHERE d.endpoint_id = ${endpoint.id} AND d.state = 'waiting' AND d.next_try_at <= reactor.now()
      AND NOT EXISTS (SELECT 1 FROM reactor.webhook_delivery f WHERE f.endpoint_id = d.endpoint_id AND f.payment_id = d.payment_id
        AND f.state = 'waiting' AND f.number < d.number)
    ORDER BY d.tries, d.number LIMIT ${MOST_AT_ONCE}`);
  const until_ms = ctx.monotonic() + MOST_TURN_MS;
  for (const due of rows) {
    const { payment_id: payment } = due;
    const error = await workOn(
      ctx,
      'webhook.deliver',
      payment === null ? {} : { payment },
      async () => {
        const refusal = await send(ctx, endpoint, due);
        await note(ctx, lane, endpoint, due, refusal);
        return refusal;
      },
      { type: due.type, tries: due.tries },
    );
    // Whoever does not take this one is not asked at once for each of the rest.
    if (error !== null || ctx.monotonic() >= until_ms) break;
  }
  return rows.length;
}

async function send(
  ctx: Context,
  endpoint: Endpoint,
  { event_id: id, type, data, created_at }: Due,
): Promise<string | null> {
  const { keySecret } = ctx.settings;
  const at = ctx.now();
  const body = JSON.stringify({ type, timestamp: created_at, data });
  const isOverlap = endpoint.previousUntil !== null && endpoint.previousUntil > at;
  const versions = isOverlap ? [endpoint.version, endpoint.version - 1] : [endpoint.version];
  const signed = versions.map((version) =>
    signWebhook({ secret: secretOf(keySecret, { id: endpoint.id, version }), id, at, body }),
  );
  const signature = signed.map((headers) => headers['webhook-signature']).join(' ');
  return sendWebhook(ctx.settings, {
    url: endpoint.url,
    headers: { ...signed[0], 'webhook-signature': signature },
    body,
  });
}

async function note(
  ctx: Context,
  lane: Lane,
  { id }: Endpoint,
  { event_id, tries }: Due,
  error: string | null,
): Promise<void> {
  const retry = sql`reactor.now() + ${retry_s(tries + 1)} * interval '1 second'`;
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    await tx.execute(sql`
      UPDATE reactor.webhook_delivery SET tries = tries + 1, error = ${error}, next_try_at = ${retry},
        state = CASE WHEN ${error === null} THEN 'delivered' WHEN ${retry} > until THEN 'failed' ELSE 'waiting' END
      WHERE event_id = ${event_id} AND endpoint_id = ${id} AND state = 'waiting'`);
    if (error !== null)
      await tx.execute(sql`
        UPDATE reactor.webhook_delivery SET next_try_at = ${retry}
        WHERE endpoint_id = ${id} AND state = 'waiting' AND next_try_at <= reactor.now()`);
  });
  if (error !== null)
    ctx.log.warn(
      { event: 'webhook_undelivered', endpoint: id, webhook: event_id, tries: tries + 1, error },
      'a webhook was not taken',
    );
}
