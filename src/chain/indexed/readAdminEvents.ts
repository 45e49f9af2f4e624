import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { adminEventSchema, type IndexedAdminEvent, type Queryable } from './types.ts';

/**
 * The first `limit` acts of the admins of the escrow contract and of MXNB (pause, roles, blacklist …) from a block on, that
 * block included, in the chain's order; of one contract alone where it is named. Throws an IndexerNotReadyError.
 */
export async function readAdminEvents(
  db: Queryable,
  { sinceBlock, limit, contract = null }: { sinceBlock: bigint; limit: number; contract?: string | null },
): Promise<IndexedAdminEvent[]> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.admin_event WHERE block_number >= $1 AND ($3::text IS NULL OR contract = $3) ORDER BY block_number, log_index LIMIT $2`;
  const { rows } = await whenReady(() => db.query(text, [sinceBlock, limit, contract]));
  return rows.map((row) => adminEventSchema.parse(row));
}
