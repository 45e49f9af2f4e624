import type { ChainDoor } from '../../chain/door.ts';
import { IndexerNotReadyError } from '../../chain/indexed/errors.ts';
import { readCheckpoint } from '../../chain/indexed/readCheckpoint.ts';
import type { Db } from '../db/client.ts';

/** What a decision may rely on: the chain's clock, and whether the indexer tells the truth about now. */
export type ChainHealth = Readonly<{
  headNumber: bigint;
  headHash: string;
  headTimestamp: number;
  indexedNumber: bigint | null;
  /** Null when RPC and indexer agree; else the sentence that money waits for. */
  trouble: string | null;
  at: Date | null;
}>;

export type Watchdog = Readonly<{
  current: () => ChainHealth;
  /** Looks once; calls `onHead` when the chain has a new block. */
  look: () => Promise<void>;
}>;

const UNSEEN: ChainHealth = {
  headNumber: 0n,
  headHash: '',
  headTimestamp: 0,
  indexedNumber: null,
  trouble: 'the first look at the chain',
  at: null,
};

/**
 * Compares the RPC's head with the indexer's checkpoint. An RPC that does not answer, an indexer that is behind by more than
 * its bound or has run ahead of the chain: each stops the legs that move money on chain evidence, and each lifts by itself.
 */
export function createWatchdog(deps: {
  db: Db;
  chain: ChainDoor;
  lagBound_s: number;
  now: () => Date;
  onHead: (health: ChainHealth) => void;
}): Watchdog {
  const { db, chain, lagBound_s, now, onHead } = deps;
  let health = UNSEEN;

  const troubleWith = async (head: {
    number: bigint;
    timestamp: number;
  }): Promise<{ indexedNumber: bigint | null; trouble: string | null }> => {
    try {
      const checkpoint = await readCheckpoint(db.$client);
      const behind_s = head.timestamp - checkpoint.timestamp;
      if (behind_s > lagBound_s)
        return {
          indexedNumber: checkpoint.blockNumber,
          trouble: `the indexer to catch up: it is ${behind_s} s and ${head.number - checkpoint.blockNumber} blocks behind the RPC`,
        };
      return { indexedNumber: checkpoint.blockNumber, trouble: null };
    } catch (error) {
      if (error instanceof IndexerNotReadyError) return { indexedNumber: null, trouble: 'the indexer to be ready' };
      throw error;
    }
  };

  return {
    current: () => health,
    look: async () => {
      const head = await chain.head().catch(() => null);
      if (!head) {
        health = { ...health, trouble: 'the RPC to answer', at: now() };
        return;
      }
      const isNew = head.hash !== health.headHash;
      health = {
        headNumber: head.number,
        headHash: head.hash,
        headTimestamp: head.timestamp,
        ...(await troubleWith(head)),
        at: now(),
      };
      if (isNew) onHead(health);
    },
  };
}
