/** Disputes in short: who opened which, and how far it is. */
import { asc, desc, eq, ne, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { dispute, disputeResolution } from '../db/schema.ts';

const MOST_SHOWN = 200;
type Row = typeof dispute.$inferSelect;

export const summary = (
  { id, paymentId, openedBy, reasonCode, state, openedAt, finalAt }: Row,
  until: Date | null,
) => ({
  ...{ id, paymentId, openedBy, reasonCode, state },
  openedAt: openedAt.toISOString(),
  appealableUntil: state === 'resolved' ? (until?.toISOString() ?? null) : null,
  finalAt: finalAt?.toISOString() ?? null,
});

const untilOf =
  sql<Date | null>`(SELECT r.appealable_until FROM reactor.dispute_resolution r WHERE r.dispute_id = ${dispute.id}
  ORDER BY r.created_at DESC, r.id DESC LIMIT 1)`.mapWith(disputeResolution.appealableUntil);

/** Those that are not final, the newest first, at most 200; with `paymentId` all that ever were of one payment. */
export async function listDisputes(db: Db, paymentId?: string) {
  const rows = await db
    .select({ row: dispute, until: untilOf })
    .from(dispute)
    .where(paymentId === undefined ? ne(dispute.state, 'final') : eq(dispute.paymentId, paymentId))
    .orderBy(desc(dispute.openedAt), asc(dispute.id))
    .limit(MOST_SHOWN);
  return rows.map(({ row, until }) => summary(row, until));
}
