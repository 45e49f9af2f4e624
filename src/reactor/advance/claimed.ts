import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { evidence } from '../db/schema.ts';

/**
 * All that is evidence of anybody in these transactions. A reorganisation that puts a transaction into another block numbers its logs
 * anew: what was claimed under an old number is still claimed, so it is asked for by the transaction, and not by the log.
 */
export async function claimedIn(db: Db | Tx, txHashes: readonly string[]) {
  const txHash = sql<string>`${evidence.detail} ->> 'txHash'`;
  return db
    .select({
      ...{ id: evidence.externalId, subjectKind: evidence.subjectKind, subjectId: evidence.subjectId, txHash },
      blockHash: sql<string>`${evidence.detail} ->> 'blockHash'`,
      as: sql<string>`${evidence.detail} ->> 'as'`,
    })
    .from(evidence)
    .where(and(eq(evidence.source, 'chain'), inArray(txHash, [...new Set(txHashes)])));
}
