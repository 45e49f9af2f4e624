import { INDEXED_SCHEMA } from '../../src/chain/indexed/channel.ts';
import { whenReady } from '../../src/chain/indexed/errors.ts';
import { adminEventSchema, type IndexedAdminEvent, type Queryable } from '../../src/chain/indexed/types.ts';

/**
 * The first `limit` acts of the admins of the escrow contracts and of MXNB (pause, roles, blacklist …) from a block on, that block
 * included, in the chain's order. Throws an IndexerNotReadyError.
 */
export async function readAdminEvents(
  db: Queryable,
  { sinceBlock, limit }: { sinceBlock: bigint; limit: number },
): Promise<IndexedAdminEvent[]> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.admin_event WHERE block_number >= $1 ORDER BY block_number, log_index LIMIT $2`;
  const { rows } = await whenReady(() => db.query(text, [sinceBlock, limit]));
  return rows.map((row) => adminEventSchema.parse(row));
}
