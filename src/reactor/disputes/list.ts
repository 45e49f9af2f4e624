/** Disputes in short: who opened which, and how far it is. */
import { and, desc, eq, ne, sql } from 'drizzle-orm';
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

// Of one table alone a column has only its own name here, which the inner table has as well.
const untilOf =
  sql<Date | null>`(SELECT r.appealable_until FROM reactor.dispute_resolution r WHERE r.dispute_id = ${dispute}.id
  ORDER BY r.created_at DESC, r.id DESC LIMIT 1)`.mapWith(disputeResolution.appealableUntil);

export type ListDisputesParameters = Readonly<{
  paymentId?: string | undefined;
  limit?: number;
  /** The last one of the page before. */
  before?: { at: Date; id: string } | undefined;
}>;

/** Those that are not final, the newest first; with `paymentId` all that ever were of one payment. */
export async function listDisputes(db: Db, { paymentId, limit = MOST_SHOWN, before }: ListDisputesParameters) {
  const rows = await db
    .select({ row: dispute, until: untilOf })
    .from(dispute)
    .where(
      and(
        paymentId === undefined ? ne(dispute.state, 'final') : eq(dispute.paymentId, paymentId),
        before &&
          sql`(${dispute.openedAt}, ${dispute.id}) < (${before.at.toISOString()}::timestamptz, ${before.id}::uuid)`,
      ),
    )
    .orderBy(desc(dispute.openedAt), desc(dispute.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1)?.row : undefined;
  return {
    disputes: page.map(({ row, until }) => summary(row, until)),
    next: last ? { at: last.openedAt, id: last.id } : null,
  };
}
