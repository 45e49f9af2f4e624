import type { Db } from '../reactor/db/client.ts';
import type { Mined } from './chain.ts';
import type { Chance } from './chance.ts';
import { CHAIN_ID } from './moments.ts';
import type { Time } from './time.ts';

/** Events that the reactor reads nothing of. */
const UNSHOWN: ReadonlySet<string> = new Set(['created', 'referenced', 'early']);

/** Rows in the shape of the indexer’s views, a moment after the block; behind, or of a chain that is gone, when it is told to be. */
export function createIndexer(parameters: {
  db: Db;
  time: Time;
  chance: Chance;
  token: string;
  escrow: string;
  genesis_s: number;
  onIndexed: () => void;
}) {
  const { db, time, chance, token, escrow, genesis_s, onIndexed } = parameters;
  let waiting: { mined: Mined; blockHash: string; isGone: boolean }[] = [];
  let shown: { mined: Mined; blockHash: string }[] = [];
  let behindUntil_ms = 0;
  const query = (text: string, values: unknown[] = []) => db.$client.query(text, values);

  async function show(mined: Mined, blockHash: string): Promise<void> {
    const place = (index: number) => [
      `${CHAIN_ID}:${mined.hash}:${index}`,
      CHAIN_ID,
      mined.block,
      blockHash,
      genesis_s + mined.block,
      mined.hash,
      index,
    ];
    for (const log of mined.logs) {
      if (log.is === 'transfer')
        await query(
          `INSERT INTO indexed.token_transfer VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (id) DO UPDATE SET block_number = excluded.block_number, block_hash = excluded.block_hash, block_timestamp = excluded.block_timestamp`,
          [...place(log.index), token, log.from, log.to, log.value.toString()],
        );
      else if (!UNSHOWN.has(log.is))
        await query(
          `INSERT INTO indexed.escrow_event VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
           ON CONFLICT (id) DO UPDATE SET block_number = excluded.block_number, block_hash = excluded.block_hash, block_timestamp = excluded.block_timestamp, escrow_id = excluded.escrow_id`,
          [
            ...place(log.index),
            escrow,
            log.escrow.id.toString(),
            log.escrow.reference,
            log.is,
            log.is === 'funded' ? log.escrow.amount.toString() : null,
          ],
        );
    }
    shown.push({ mined, blockHash });
  }

  const flush = async (): Promise<void> => {
    if (time.now_ms() < behindUntil_ms) return;
    const ready = waiting.filter(({ isGone }) => !isGone);
    waiting = [];
    for (const { mined, blockHash } of ready) await show(mined, blockHash);
    if (ready.length > 0) onIndexed();
  };

  return {
    onMined: (mined: Mined, blockHash: string): void => {
      waiting.push({ mined, blockHash, isGone: false });
      time.after(chance.next(`index ${mined.hash}`).int(50, 1_500), 'index', flush);
    },
    /** The blocks from here on are others. What was not shown yet never is; what was shown stands a little longer. */
    onReorg: (fromBlock: number): void => {
      for (const one of waiting) if (one.mined.block >= fromBlock) one.isGone = true;
      const gone = shown.filter(({ mined }) => mined.block >= fromBlock);
      shown = shown.filter(({ mined }) => mined.block < fromBlock);
      time.after(chance.next('rollback').int(100, 10_000), 'rollback', async () => {
        for (const { mined, blockHash } of gone)
          for (const table of ['token_transfer', 'escrow_event'])
            await query(`DELETE FROM indexed.${table} WHERE tx_hash = $1 AND block_hash = $2`, [mined.hash, blockHash]);
      });
    },
    /** Stands still for so long. */
    lag: (wait_ms: number): void => {
      behindUntil_ms = time.now_ms() + wait_ms;
      time.after(0, 'indexer stands', () =>
        query(
          'UPDATE indexed.stands_at SET timestamp_s = (SELECT substr(latest_checkpoint, 1, 10)::float8 FROM indexed._ponder_checkpoint)',
        ),
      );
      time.after(wait_ms + 1, 'indexer goes on', async () => {
        await query('UPDATE indexed.stands_at SET timestamp_s = NULL');
        await flush();
      });
    },
  };
}

export type Indexer = ReturnType<typeof createIndexer>;
