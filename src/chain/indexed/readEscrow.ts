import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { escrowSchema, type IndexedEscrow, type Queryable } from './types.ts';

/**
 * The escrow under a reference, as it is at the newest indexed block; null where none is indexed. A reference works once in a
 * contract; where several contracts are indexed, it is the newest. Throws an IndexerNotReadyError.
 */
export async function readEscrow(
  db: Queryable,
  { reference }: { reference: string },
): Promise<Pick<IndexedEscrow, 'contract' | 'escrowId' | 'deadline' | 'status' | 'amount' | 'token'> | null> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.escrow WHERE reference = $1 ORDER BY created_block DESC, escrow_id DESC LIMIT 1`;
  const { rows } = await whenReady(() => db.query(text, [reference.toLowerCase()]));
  if (rows[0] === undefined) return null;
  const { contract, escrowId, deadline, status, amount, token } = escrowSchema.parse(rows[0]);
  return { contract, escrowId, deadline, status, amount, token };
}
