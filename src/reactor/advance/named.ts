import { and, desc, eq, gte, ne, notExists, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { isTransfer, mayPayFor } from '../../chain/logs.ts';
import type { LogPlace } from '../../chain/witness.ts';
import type { Db, Tx } from '../db/client.ts';
import { evidence } from '../db/schema.ts';

/** The Transfer that paid an escrow, as people named it. */
export const NAMED = z.object({
  txHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  logIndex: z.int().min(0),
  /** Its place among the logs of its transaction, from 0: that stays what it is in another block. */
  place: z.int().min(0),
  blockNumber: z.string().regex(/^\d{1,20}$/),
  blockHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  to: z.string().regex(/^0x[0-9a-f]{40}$/),
});
export type Named = z.output<typeof NAMED>;

/** The source of its record. */
export const NAMED_BY_PEOPLE = 'named';

/**
 * What two people named last as what paid the escrow of a leg, where its transaction does not tell; null where they named nothing, or have
 * named the same Transfer for another leg since.
 */
export async function namedPayment(db: Db | Tx, legId: string): Promise<Named | null> {
  const later = alias(evidence, 'later');
  const isSame = (key: 'txHash' | 'place') => sql`${later.detail} -> ${key} = ${evidence.detail} -> ${key}`;
  const isRevoked = db
    .select({ id: later.externalId })
    .from(later)
    .where(
      and(
        ...[eq(later.source, NAMED_BY_PEOPLE), ne(later.subjectId, evidence.subjectId)],
        ...[isSame('txHash'), isSame('place'), gte(later.claimedAt, evidence.claimedAt)],
      ),
    );
  const [row] = await db
    .select({ detail: evidence.detail, stands: notExists(isRevoked) })
    .from(evidence)
    .where(and(eq(evidence.source, NAMED_BY_PEOPLE), eq(evidence.subjectKind, 'leg'), eq(evidence.subjectId, legId)))
    .orderBy(desc(evidence.claimedAt))
    .limit(1);
  return row?.stands ? NAMED.parse(row.detail) : null;
}

/**
 * Whether a log is the very Transfer that people named: at its place in its transaction, of the same money to the same address, and one
 * that may have paid the escrow. A reorganisation may put the transaction into another block; there it is the same as long as this is so.
 */
export const isNamed = (
  { place, to }: Named,
  want: Parameters<typeof mayPayFor>[0] & { value: bigint },
): LogPlace['says'] => {
  const [isIt, mayBe] = [isTransfer({ ...want, from: want.escrow, to }), mayPayFor(want)];
  return (log, others) => others[place] === log && isIt(log) && mayBe(log, others);
};
