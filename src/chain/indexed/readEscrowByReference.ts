import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { escrowSchema, type IndexedEscrow, type Queryable } from './types.ts';

/**
 * The escrow that a reference made on a contract, as it is now; null where none is indexed. A reference works once on a contract
 * of version 3; were there several (version 2), it is the newest. Throws an IndexerNotReadyError.
 */
export async function readEscrowByReference(
  db: Queryable,
  { contract, reference }: { contract: string; reference: string },
): Promise<IndexedEscrow | null> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.escrow WHERE contract = $1 AND reference = $2 ORDER BY escrow_id DESC LIMIT 1`;
  const { rows } = await whenReady(() => db.query(text, [contract.toLowerCase(), reference.toLowerCase()]));
  return rows[0] === undefined ? null : escrowSchema.parse(rows[0]);
}
