import type pg from 'pg';
import { z } from 'zod';
import type { BlockSeen } from './chain.ts';
import { IndexerStartError } from './environment.ts';

/** What has a row for each log, with the number and the hash of its block. */
const LOG_TABLES = ['escrow_event', 'token_transfer', 'admin_event'];

/** Ponder's checkpoint text: characters 1–10 timestamp, 11–26 chain id, 27–42 block number, of 75. */
const CHECKPOINT = z.array(z.object({ finalized_checkpoint: z.string().regex(/^\d{75}$/) }));
const NEWEST = z.array(z.object({ block_number: z.string().transform(BigInt), block_hash: z.string() }));

/**
 * Ponder takes back what a reorganisation took out only above the block that it holds for final (240 to 480 blocks below the head on
 * Arbitrum One, 30 to 60 elsewhere); a restart keeps all up to there unread. So before each start the newest that it would keep is
 * compared with the chain: that block's own time, and the hash of the newest block with an event in each table.
 *
 * Throws an IndexerStartError when the chain does not have them: nothing but a new reading can show what is true now.
 */
export async function assertSameBranch(
  db: pg.Client,
  schema: string,
  blockAt: (number: bigint) => Promise<BlockSeen | null>,
): Promise<void> {
  const { rows } = await db.query<{ exists: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS exists`, [
    `${schema}._ponder_checkpoint`,
  ]);
  if (!rows[0]?.exists) return;
  const [kept] = CHECKPOINT.parse(
    (await db.query(`SELECT finalized_checkpoint FROM ${schema}._ponder_checkpoint`)).rows,
  );
  const time = Number(kept?.finalized_checkpoint.slice(0, 10) ?? 0);
  if (!kept || time === 0) return;
  const final = BigInt(kept.finalized_checkpoint.slice(26, 42));
  if ((await blockAt(final))?.timestamp !== time) throw lost(final);
  for (const table of LOG_TABLES) {
    const text = `SELECT block_number, block_hash FROM ${schema}.${table} WHERE block_number <= $1 ORDER BY block_number DESC LIMIT 1`;
    const [newest] = NEWEST.parse((await db.query(text, [String(final)])).rows);
    if (newest && (await blockAt(newest.block_number))?.hash !== newest.block_hash) throw lost(newest.block_number);
  }
}

const lost = (number: bigint) =>
  new IndexerStartError(
    `The index holds block ${number} for final, and the chain of ETH_RPC_URL does not have it: the chain was reorganised deeper than Ponder can follow, it was set back, or its node is behind. What the index says may never have happened, so nothing was started, and money waits. Look the block up in an explorer. If the node is behind, wait for it and start again. Otherwise start the indexer once with \`npm run indexer -- --anew\`: it drops the index and reads the chain again from ESCROW_START_BLOCK on; payments go on by themselves when that is done.`,
  );
