import type pg from 'pg';
import { z } from 'zod';
import type { BlockSeen } from './chain.ts';
import { IndexerStartError } from './environment.ts';

/** What has a row for each log, with the number and the hash of its block. */
const LOG_TABLES = ['escrow_event', 'token_transfer', 'admin_event'];
/** Where Ponder keeps the blocks with events that it holds for final, of every build. */
const CACHED_BLOCKS = 'ponder_sync.blocks';

/** Ponder's checkpoint text: characters 1–10 timestamp, 11–26 chain id, 27–42 block number, of 75. */
const CHECKPOINT = z.array(z.object({ finalized_checkpoint: z.string().regex(/^\d{75}$/) }));
const NEWEST = z.array(z.object({ number: z.string().transform(BigInt), hash: z.string() }));

/**
 * Ponder takes back what a reorganisation took out only above the block that it holds for final (240 to 480 blocks below the head on
 * Arbitrum One, 30 to 60 elsewhere); a restart keeps all up to there unread, and a new build takes it from Ponder's cache. So before
 * each start the newest that would be kept is compared with the chain: that block's own time, and the hash of the newest block with an
 * event in each table, and in the cache.
 *
 * Throws an IndexerStartError when the chain does not have them: nothing but a new reading can show what is true now.
 */
export async function assertSameBranch(
  db: pg.Client,
  { schema, chainId }: Readonly<{ schema: string; chainId: number }>,
  blockAt: (number: bigint) => Promise<BlockSeen | null>,
): Promise<void> {
  const has = async (table: string) =>
    (await db.query('SELECT WHERE to_regclass($1) IS NOT NULL', [table])).rowCount === 1;
  const assertNewest = async (text: string, value: bigint | number) => {
    const [newest] = NEWEST.parse((await db.query(text, [String(value)])).rows);
    if (newest && (await blockAt(newest.number))?.hash !== newest.hash) throw lost(newest.number);
  };

  if (await has(CACHED_BLOCKS))
    await assertNewest(
      `SELECT number::text, hash FROM ${CACHED_BLOCKS} WHERE chain_id = $1 ORDER BY number DESC LIMIT 1`,
      chainId,
    );
  const table = (name: string) => `${schema}.${name}`;
  if (!(await has(table('_ponder_checkpoint')))) return;
  const [kept] = CHECKPOINT.parse(
    (await db.query(`SELECT finalized_checkpoint FROM ${table('_ponder_checkpoint')}`)).rows,
  );
  if (!kept) return;
  const time = Number(kept.finalized_checkpoint.slice(0, 10));
  const final = BigInt(kept.finalized_checkpoint.slice(26, 42));
  if ((await blockAt(final))?.timestamp !== time) throw lost(final);
  for (const name of LOG_TABLES)
    await assertNewest(
      `SELECT block_number::text AS number, block_hash AS hash FROM ${table(name)} WHERE block_number <= $1 ORDER BY block_number DESC LIMIT 1`,
      final,
    );
}

const lost = (number: bigint) =>
  new IndexerStartError(
    `The index holds block ${number} for final, and the chain of ETH_RPC_URL does not have it: the chain was reorganised deeper than Ponder can follow, it was set back, or its node is behind. What the index says may never have happened, so nothing was started, and money waits. Look the block up in an explorer. If the node is behind, wait for it and start again. Otherwise start the indexer once with \`npm run indexer -- --anew\`: it drops the index and reads the chain again from ESCROW_START_BLOCK on; payments go on by themselves when that is done.`,
  );
