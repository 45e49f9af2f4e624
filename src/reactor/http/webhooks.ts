import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { readWebhook } from '../../juno/webhook.ts';
import type { Context } from '../context.ts';
import { webhookIn } from '../db/schema.ts';
import { limitBody } from './request.ts';
import { ring } from './ring.ts';

/**
 * POST /juno keeps the bytes as they came, once, and answers. What it says is only a hint to look: the truth is read from
 * Juno itself, so a forged one costs a look and nothing else.
 */
export function webhookRoutes(ctx: Context): Hono {
  return new Hono().post('/juno', limitBody, async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const digest = createHash('sha256').update(body).digest('hex');
    await ctx.db
      .insert(webhookIn)
      .values({ source: 'juno', digest, body, hint: readWebhook(body) })
      .onConflictDoNothing();
    await ring(ctx, { lane: 'intake', id: 'juno' });
    return c.json({ received: true });
  });
}
