import { z } from 'zod';
import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import type { Queryable } from './types.ts';

const ROW = z.object({ block_number: z.string().transform(BigInt), block_hash: z.string() });

/** The newest block with a change of an escrow or a transfer that the indexer shows; null if there is none. Throws an IndexerNotReadyError. */
export async function readNewestBlock(db: Queryable): Promise<{ blockNumber: bigint; blockHash: string } | null> {
  const newestOf = (table: string) =>
    `(SELECT block_number, block_hash FROM ${INDEXED_SCHEMA}.${table} ORDER BY block_number DESC LIMIT 1)`;
  const text = `${newestOf('escrow_event')} UNION ALL ${newestOf('token_transfer')} ORDER BY block_number DESC LIMIT 1`;
  const { rows } = await whenReady(() => db.query(text, []));
  if (rows.length === 0) return null;
  const { block_number: blockNumber, block_hash: blockHash } = ROW.parse(rows[0]);
  return { blockNumber, blockHash };
}
