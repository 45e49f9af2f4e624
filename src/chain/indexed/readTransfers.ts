import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { type IndexedTransfer, type Queryable, transferSchema } from './types.ts';

/** The MXNB transfers of these transactions, in the chain's order. Throws an IndexerNotReadyError. */
export async function readTransfers(
  db: Queryable,
  { txHashes }: { txHashes: readonly string[] },
): Promise<IndexedTransfer[]> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.token_transfer WHERE tx_hash = ANY($1) ORDER BY block_number, log_index`;
  const { rows } = await whenReady(() => db.query(text, [txHashes]));
  return rows.map((row) => transferSchema.parse(row));
}
