/** What somebody changed is looked at next, should the wake-up after it be lost. */
import { eq, inArray, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { leg, settlementItem } from '../db/schema.ts';

const NOW = { dueAt: sql`reactor.now()` };

/** Makes a payment due in the very commit that gives it something to do: the sweep finds it within half a minute. */
export async function makeDue(tx: Tx, paymentId: string): Promise<void> {
  await tx.update(leg).set(NOW).where(eq(leg.paymentId, paymentId));
}

/** The same of the legs that a settlement pays, by whichever of its legs: the first is named with them, and its heirs pay them too. */
export async function makePaidDue(tx: Tx, settlementId: string): Promise<void> {
  const paid = tx
    .select({ id: settlementItem.legId })
    .from(settlementItem)
    .innerJoin(leg, eq(leg.id, settlementItem.settlementLegId))
    .where(eq(leg.paymentId, settlementId));
  await tx.update(leg).set(NOW).where(inArray(leg.id, paid));
}
