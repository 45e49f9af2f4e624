import { eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { leg } from '../db/schema.ts';

/** The escrow of a leg is funded: what the indexer wrote of it, by its reference alone, is linked to the payment's trace, and back. */
export async function traceEscrow(
  { tracer, db, log }: Pick<Context, 'tracer' | 'db' | 'log'>,
  payment: string,
  id: string,
): Promise<void> {
  if (!tracer) return;
  try {
    const [row] = await db.select({ reference: leg.reference }).from(leg).where(eq(leg.id, id));
    if (row) tracer.join({ payment, leg: id }, row.reference);
  } catch (error) {
    log.debug({ event: 'escrow_not_traced', payment, err: error }, 'a trace lacks what the indexer did for a payment');
  }
}
