import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { type IndexedTransfer, type Queryable, transferSchema } from './types.ts';

/**
 * The first `limit` transfers of so many base units of a token that an address received from a block on, that block included, in the
 * chain's order: others, which anybody makes for nothing, take no place among them. Throws an IndexerNotReadyError.
 */
export async function readTransfersTo(
  db: Queryable,
  {
    to,
    token,
    value,
    sinceBlock,
    limit,
  }: { to: string; token: string; value: bigint; sinceBlock: bigint; limit: number },
): Promise<IndexedTransfer[]> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.token_transfer WHERE "to" = $1 AND token = $2 AND value = $3 AND block_number >= $4 ORDER BY block_number, log_index LIMIT $5`;
  const { rows } = await whenReady(() =>
    db.query(text, [to.toLowerCase(), token.toLowerCase(), value, sinceBlock, limit]),
  );
  return rows.map((row) => transferSchema.parse(row));
}
