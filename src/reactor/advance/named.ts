import { and, desc, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Db, Tx } from '../db/client.ts';
import { evidence } from '../db/schema.ts';

/** The Transfer that paid an escrow, as people named it. */
export const NAMED = z.object({
  txHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  logIndex: z.int().min(0),
  blockNumber: z.string().regex(/^\d{1,20}$/),
  blockHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  to: z.string().regex(/^0x[0-9a-f]{40}$/),
});
export type Named = z.output<typeof NAMED>;

/** The source of its record. */
export const NAMED_BY_PEOPLE = 'named';

/** What two people named last as what paid the escrow of a leg, where its transaction does not tell; null where they named nothing. */
export async function namedPayment(db: Db | Tx, legId: string): Promise<Named | null> {
  const [row] = await db
    .select({ detail: evidence.detail })
    .from(evidence)
    .where(and(eq(evidence.source, NAMED_BY_PEOPLE), eq(evidence.subjectKind, 'leg'), eq(evidence.subjectId, legId)))
    .orderBy(desc(evidence.claimedAt))
    .limit(1);
  return row ? NAMED.parse(row.detail) : null;
}
