import { z } from 'zod';
import { INDEXED_SCHEMA } from './channel.ts';
import { IndexerNotReadyError, whenReady } from './errors.ts';
import { CHECKPOINT, type IndexedCheckpoint, parseCheckpoint } from './readCheckpoint.ts';
import type { Queryable } from './types.ts';

/** How far the indexer is, and the newest block with a change of an escrow or a transfer that it shows; null if there is none. */
export type IndexedProgress = Readonly<{
  checkpoint: IndexedCheckpoint;
  newest: Readonly<{ blockNumber: bigint; blockHash: string }> | null;
}>;

const ROW = z.object({
  latest_checkpoint: CHECKPOINT,
  block_number: z.string().transform(BigInt).nullable(),
  block_hash: z.string().nullable(),
});

/** Reads both in one question. The checkpoint can be too high for a moment after a rollback. Throws an IndexerNotReadyError. */
export async function readProgress(db: Queryable): Promise<IndexedProgress> {
  const newestOf = (table: string) =>
    `(SELECT block_number, block_hash FROM ${INDEXED_SCHEMA}.${table} ORDER BY block_number DESC LIMIT 1)`;
  const newest = `SELECT * FROM (${newestOf('escrow_event')} UNION ALL ${newestOf('token_transfer')}) AS shown ORDER BY block_number DESC LIMIT 1`;
  const text = `SELECT p.latest_checkpoint, n.block_number, n.block_hash FROM ${INDEXED_SCHEMA}._ponder_checkpoint p LEFT JOIN (${newest}) n ON true`;
  const { rows } = await whenReady(() => db.query(text, []));
  const row = ROW.safeParse(rows[0]);
  if (!row.success) throw new IndexerNotReadyError();
  const { latest_checkpoint, block_number: blockNumber, block_hash: blockHash } = row.data;
  return {
    checkpoint: parseCheckpoint(latest_checkpoint),
    newest: blockNumber === null || blockHash === null ? null : { blockNumber, blockHash },
  };
}
