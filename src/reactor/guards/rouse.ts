import { sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import type { Job } from '../queue/port.ts';
import { isDepositorOf } from './scope.ts';

/** More than these are found by the sweep. */
const MOST_WOKEN = 500;

/**
 * Those who may go on because something was lifted: the open payments of a user; of anything wider nobody at once, because the sweep
 * finds them in half a minute and paces them.
 */
export async function rouse(db: Db, name: string): Promise<Job[]> {
  const [kind, userId] = name.split(':');
  if (kind !== 'user') return [];
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT DISTINCT l.payment_id AS id FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id
      JOIN reactor.destination d ON d.id = l.destination_id
    WHERE l.state NOT IN ('completed', 'replaced', 'expired', 'closed') AND (${userId}::uuid IN (p.payer_id, p.recipient_id, d.user_id) OR ${isDepositorOf(userId ?? '', sql`p.id`)})
    LIMIT ${MOST_WOKEN}`);
  return rows.map(({ id }) => ({ lane: 'payment' as const, id }));
}
