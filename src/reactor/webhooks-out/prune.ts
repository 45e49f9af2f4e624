import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { assertLane, withLane } from '../effects/lane.ts';

/** At a time, so that nobody waits for it. */
const MOST_AT_ONCE = 1_000;

/**
 * Takes away what was told long ago: deliveries that are settled, of events older than `WEBHOOK_KEPT_DAYS`, and the events that nobody is told of
 * any more. What happened stays where it is recorded, in the history of the leg and in the audit log; only that it was told goes. What waits
 * is never taken, however old: the database refuses it. One process at a time. Answers whether there may be more.
 */
export async function pruneWebhooks(ctx: Context): Promise<boolean> {
  const old = sql`created_at < reactor.now() - ${ctx.settings.operate.webhookKept_days} * interval '1 day'`;
  const pruned = await withLane(ctx, 'webhooks-old', (lane) =>
    ctx.db.transaction(async (tx) => {
      await assertLane(tx, lane);
      const told = await tx.execute(sql`
        DELETE FROM reactor.webhook_delivery d USING (
          SELECT w.event_id, w.endpoint_id FROM reactor.webhook_event e JOIN reactor.webhook_delivery w ON w.event_id = e.id
          WHERE e.${old} AND w.state <> 'waiting' ORDER BY e.created_at LIMIT ${MOST_AT_ONCE}) AS o
        WHERE d.event_id = o.event_id AND d.endpoint_id = o.endpoint_id AND d.state <> 'waiting'`);
      const events = await tx.execute(sql`
        DELETE FROM reactor.webhook_event WHERE id IN (
          SELECT e.id FROM reactor.webhook_event e
          WHERE e.${old} AND NOT EXISTS (SELECT 1 FROM reactor.webhook_delivery w WHERE w.event_id = e.id) ORDER BY e.created_at LIMIT ${MOST_AT_ONCE})`);
      return { deliveries: told.rowCount ?? 0, events: events.rowCount ?? 0 };
    }),
  );
  if (pruned === 'busy') return false;
  if (pruned.deliveries + pruned.events > 0)
    ctx.log.info({ event: 'webhooks_pruned', ...pruned }, 'what was told long ago was taken away');
  return pruned.deliveries === MOST_AT_ONCE || pruned.events === MOST_AT_ONCE;
}
