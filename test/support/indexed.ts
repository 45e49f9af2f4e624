import { sql } from 'drizzle-orm';
import type { Db } from '../../src/reactor/db/client.ts';

/**
 * The views of the indexer as tables, in the shape that `src/chain/indexed` reads: a test says what the indexer shows, true or
 * not.
 */
export async function openIndexed(db: Db) {
  await db.execute(sql`
    CREATE SCHEMA indexed;
    CREATE TABLE indexed._ponder_checkpoint (latest_checkpoint text NOT NULL);
    CREATE TABLE indexed.escrow_event (
      id text, chain_id int, block_number numeric(78,0), block_hash text, block_timestamp numeric(78,0), tx_hash text, log_index int,
      contract text, escrow_id numeric(78,0), reference text, kind text, amount numeric(78,0), detail jsonb);
    CREATE TABLE indexed.token_transfer (
      id text, chain_id int, block_number numeric(78,0), block_hash text, block_timestamp numeric(78,0), tx_hash text, log_index int,
      token text, "from" text, "to" text, value numeric(78,0));
    CREATE TABLE indexed.admin_event (
      id text, chain_id int, block_number numeric(78,0), block_hash text, block_timestamp numeric(78,0), tx_hash text, log_index int,
      contract text, name text, args jsonb);`);
  return {
    /** How far the indexer says that it is. */
    standsAt: async (block: bigint, timestamp: number): Promise<void> => {
      const text = `${String(timestamp).padStart(10, '0')}${'31337'.padStart(16, '0')}${String(block).padStart(16, '0')}`;
      await db.execute(sql`DELETE FROM indexed._ponder_checkpoint`);
      await db.execute(sql`INSERT INTO indexed._ponder_checkpoint VALUES (${text.padEnd(75, '0')})`);
    },
    /** An event of an escrow in a block. */
    shows: async (block: bigint, blockHash: string): Promise<void> => {
      await db.execute(sql`
        INSERT INTO indexed.escrow_event (id, chain_id, block_number, block_hash, block_timestamp, tx_hash, log_index, contract, escrow_id, kind)
        VALUES (${`31337:${block}`}, 31337, ${block.toString()}::numeric, ${blockHash}, 1, '0x1', 0, '0x2', 1, 'funded')`);
    },
  };
}
