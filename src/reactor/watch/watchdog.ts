import type { ChainDoor } from '../../chain/door.ts';
import { IndexerNotReadyError } from '../../chain/indexed/errors.ts';
import { readProgress } from '../../chain/indexed/readProgress.ts';
import type { Db } from '../db/client.ts';
import { lookAtPin, newestKept, type PinState, repin } from '../guards/pins.ts';

/** What a decision may rely on: the chain's clock, and whether the indexer tells the truth about now. */
export type ChainHealth = Readonly<{
  headNumber: bigint;
  headHash: string;
  headTimestamp: number;
  indexedNumber: bigint | null;
  /** Seconds by the chain's clock that the indexer is behind the head; null when it is not known. */
  behind_s: number | null;
  /** Null when RPC and indexer agree; else the sentence that money waits for. */
  trouble: string | null;
  /** When the RPC last answered. */
  at: Date | null;
}>;

export type Watchdog = Readonly<{
  current: () => ChainHealth;
  /** Looks once; calls `onHead` when the chain has a new block. Never throws: what fails is trouble. */
  look: () => Promise<void>;
}>;

const UNSEEN: ChainHealth = {
  headNumber: 0n,
  headHash: '',
  headTimestamp: 0,
  indexedNumber: null,
  behind_s: null,
  trouble: 'the first look at the chain',
  at: null,
};
/** The RPC's own nodes may be a few blocks apart; an indexer that is further ahead than this has seen another chain. */
const MOST_BLOCKS_AHEAD = 5n;
/** The newest block that was acted on is looked at this often, and at once when the chain has become shorter. */
const PIN_MS = 5_000;
/** Nobody looked for this long: what was known then is not known now. */
const STALE_MS = 5_000;

/** Ponder goes back no further than the block that it holds for final, and says itself ready all the same. */
const TOO_DEEP =
  'It follows a reorganisation by itself within seconds; if this stays for a minute, the chain was reorganised deeper than it can go back: stop it and start it once with npm run indexer -- --anew';

type Indexed = Pick<ChainHealth, 'indexedNumber' | 'behind_s' | 'trouble'>;

/**
 * Compares the RPC's head with the indexer's checkpoint, and the newest block that the indexer shows with the RPC's own of that
 * number. An RPC or a database that does not answer, an indexer that is behind by more than its bound, that has run ahead of the
 * chain or shows another one, a chain that is not the one that was acted on: each stops the legs that move money on chain evidence,
 * and each lifts by itself.
 */
export function createWatchdog(deps: {
  db: Db;
  chain: ChainDoor;
  lagBound_s: number;
  now: () => Date;
  onHead: (health: ChainHealth) => void;
  /** The chain has another block than the newest one that was acted on; `kept` is the newest with evidence of ours that it has. */
  onReorg: (reorg: { acted: number; kept: number }) => void;
}): Watchdog {
  const { db, chain, lagBound_s, now, onHead, onReorg } = deps;
  let health = UNSEEN;
  let pinnedAt_ms = Number.NEGATIVE_INFINITY;
  let pinTrouble: string | null = null;

  /** A chain that was restarted empty, or set back, is no chain to act on, whatever the indexer shows of the old one. */
  const comparePin = async (head: { number: bigint }): Promise<void> => {
    const isDue = now().getTime() - pinnedAt_ms >= PIN_MS || head.number < health.headNumber || pinTrouble !== null;
    if (!isDue) return;
    const pin = await lookAtPin(db, chain);
    pinnedAt_ms = now().getTime();
    pinTrouble = pinTroubleOf(pin);
    if (pin.is !== 'reorganised') return;
    const kept = await newestKept(db, chain);
    await repin(db, chain, kept);
    onReorg({ acted: pin.blockNumber, kept: kept.blockNumber });
  };

  const compare = async (head: { number: bigint; timestamp: number }): Promise<Indexed> => {
    try {
      const { checkpoint, newest } = await readProgress(db.$client);
      const indexedNumber = checkpoint.blockNumber;
      const behind_s = Math.max(0, head.timestamp - checkpoint.timestamp);
      const seen = { indexedNumber, behind_s };
      if (indexedNumber > head.number + MOST_BLOCKS_AHEAD)
        return {
          ...seen,
          trouble: `the indexer and the RPC to agree: the indexer is at block ${indexedNumber}, the RPC only at ${head.number}`,
        };
      // Before the lag: one that stands still because it cannot follow a reorganisation is behind as well, and never catches up.
      if (
        newest &&
        newest.blockNumber <= head.number &&
        (await chain.blockHash(newest.blockNumber)) !== newest.blockHash
      )
        return {
          ...seen,
          trouble: `the indexer and the RPC to agree: they have different blocks ${newest.blockNumber}. ${TOO_DEEP}`,
        };
      if (behind_s > lagBound_s) {
        const blocks = head.number - indexedNumber;
        return { ...seen, trouble: `the indexer to catch up: it is ${behind_s} s and ${blocks} blocks behind the RPC` };
      }
      return { ...seen, trouble: null };
    } catch (error) {
      const trouble =
        error instanceof IndexerNotReadyError ? 'the indexer to be ready' : 'the indexer’s tables to be read';
      return { indexedNumber: null, behind_s: null, trouble };
    }
  };

  return {
    current: () => {
      const isStale = health.at !== null && now().getTime() - health.at.getTime() > STALE_MS;
      return isStale && health.trouble === null ? { ...health, trouble: 'the RPC to answer' } : health;
    },
    look: async () => {
      const head = await chain.head().catch(() => null);
      if (!head) {
        health = { ...health, trouble: 'the RPC to answer' };
        return;
      }
      try {
        await comparePin(head);
      } catch {
        pinTrouble = 'the block that was last acted on to be compared';
      }
      const isNew = head.hash !== health.headHash;
      const { number: headNumber, hash: headHash, timestamp: headTimestamp } = head;
      const indexed = await compare(head);
      health = { headNumber, headHash, headTimestamp, ...indexed, trouble: pinTrouble ?? indexed.trouble, at: now() };
      if (isNew) onHead(health);
    },
  };
}

function pinTroubleOf({ is, blockNumber }: PinState): string | null {
  switch (is) {
    case 'there':
    case 'reorganised':
      return null;
    case 'behind':
      return `the RPC to have block ${blockNumber} again, which was acted on: its node is behind, or the chain was set back`;
    case 'another_chain':
      return 'ETH_RPC_URL to serve the chain that this database belongs to: it now has another first block, as one that was restarted empty. Point it at the old chain, or stop and give the new one an empty database';
  }
}
