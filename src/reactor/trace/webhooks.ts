import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';

const MOST = 20;

/**
 * Puts the webhooks that told of something of a payment into its trace, at the time at which they came. When they came nobody knew
 * whose they were: they are only hints, and are told apart once what they hint at is claimed.
 */
export async function traceWebhooks(ctx: Context, payment: string, ids: readonly string[]): Promise<void> {
  const { tracer, db, log } = ctx;
  if (!tracer || ids.length === 0) return;
  try {
    const named = sql`${sql.param(ids)}::text[]`;
    const { rows } = await db.execute<{ source: string; received_ms: string }>(sql`
      SELECT source, extract(epoch FROM received_at) * 1000 AS received_ms FROM reactor.webhook_in
      WHERE received_at > reactor.now() - interval '1 day' AND signature IN ('valid', 'unchecked')
        AND (hint -> 'transactionIds' ?| ${named} OR hint -> 'bitsoIds' ?| ${named})
      ORDER BY id LIMIT ${MOST}`);
    for (const { source, received_ms } of rows)
      tracer.past('webhook.receive', { payment }, { from: new Date(Number(received_ms)), took_ms: 0 }, { source });
  } catch (error) {
    log.debug({ event: 'webhooks_not_traced', payment, err: error }, 'a trace lacks the webhooks of a payment');
  }
}
