import { z } from 'zod';
import { INDEXED_SCHEMA } from './channel.ts';
import { IndexerNotReadyError, whenReady } from './errors.ts';
import type { Queryable } from './types.ts';

/** The newest block that the indexer has taken in. `timestamp` is in Unix seconds. */
export type IndexedCheckpoint = Readonly<{ blockNumber: bigint; timestamp: number }>;

/** Ponder's checkpoint text: characters 1–10 timestamp, 11–26 chain id, 27–42 block number, of 75. */
export const CHECKPOINT = z.string().regex(/^\d{75}$/);
const ROW = z.object({ latest_checkpoint: CHECKPOINT });

export const parseCheckpoint = (text: string): IndexedCheckpoint => ({
  timestamp: Number(text.slice(0, 10)),
  blockNumber: BigInt(text.slice(26, 42)),
});

/** Reads how far the indexer is. It can be too high for a moment after a rollback. Throws an IndexerNotReadyError. */
export async function readCheckpoint(db: Queryable): Promise<IndexedCheckpoint> {
  const { rows } = await whenReady(() =>
    db.query(`SELECT latest_checkpoint FROM ${INDEXED_SCHEMA}._ponder_checkpoint`, []),
  );
  const row = ROW.safeParse(rows[0]);
  if (!row.success) throw new IndexerNotReadyError();
  return parseCheckpoint(row.data.latest_checkpoint);
}
