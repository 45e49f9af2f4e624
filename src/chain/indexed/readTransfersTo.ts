import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { type IndexedTransfer, type Queryable, transferSchema } from './types.ts';

/**
 * The first `limit` transfers of MXNB that an address received from a block on, that block included, in the chain's order.
 * Throws an IndexerNotReadyError.
 */
export async function readTransfersTo(
  db: Queryable,
  { to, sinceBlock, limit }: { to: string; sinceBlock: bigint; limit: number },
): Promise<IndexedTransfer[]> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.token_transfer WHERE "to" = $1 AND block_number >= $2 ORDER BY block_number, log_index LIMIT $3`;
  const { rows } = await whenReady(() => db.query(text, [to.toLowerCase(), sinceBlock, limit]));
  return rows.map((row) => transferSchema.parse(row));
}
