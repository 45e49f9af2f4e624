import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { escrowEventSchema, type IndexedEscrowEvent, type Queryable } from './types.ts';

/** Every change of the escrows under these references, in the chain's order. Throws an IndexerNotReadyError. */
export async function readEscrowEvents(
  db: Queryable,
  { references }: { references: readonly string[] },
): Promise<IndexedEscrowEvent[]> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.escrow_event WHERE reference = ANY($1) ORDER BY block_number, log_index`;
  const { rows } = await whenReady(() => db.query(text, [references]));
  return rows.map((row) => escrowEventSchema.parse(row));
}
