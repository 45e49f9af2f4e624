import { z } from 'zod';
import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import type { Queryable } from './types.ts';

const ROW = z.object({ block_number: z.string().transform(BigInt), block_hash: z.string() });

/** The block of the newest change of an escrow that the indexer shows; null if there is none. Throws an IndexerNotReadyError. */
export async function readNewestBlock(db: Queryable): Promise<{ blockNumber: bigint; blockHash: string } | null> {
  const text = `SELECT block_number, block_hash FROM ${INDEXED_SCHEMA}.escrow_event ORDER BY block_number DESC LIMIT 1`;
  const { rows } = await whenReady(() => db.query(text, []));
  if (rows.length === 0) return null;
  const { block_number: blockNumber, block_hash: blockHash } = ROW.parse(rows[0]);
  return { blockNumber, blockHash };
}
