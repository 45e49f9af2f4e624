import { createPublicClient, webSocket } from 'viem';
import { z } from 'zod';
import type { World } from '../../src/local/world.ts';

const HEAD = z.object({ number: z.string(), timestamp: z.string() });
const HASH = z.string();

/** What a node says of itself, each with the moment of this machine's clock at which it was heard. */
export type Observed = Readonly<{
  /** By number: its own time in seconds, and when it was heard of. */
  blocks: ReadonlyMap<number, Readonly<{ timestamp_s: number; at_ms: number }>>;
  /** When a transaction was first seen waiting. */
  pending: ReadonlyMap<string, number>;
  stop: () => Promise<void>;
}>;

/** Listens to the chain as anybody can, past all that is ours. */
export async function observe({ anvil }: World): Promise<Observed> {
  const blocks = new Map<number, { timestamp_s: number; at_ms: number }>();
  const pending = new Map<string, number>();
  const { transport } = createPublicClient({ transport: webSocket(anvil.wsUrl) });
  const heads = await transport.subscribe({
    params: ['newHeads'],
    onData: ({ result }) => {
      const { number, timestamp } = HEAD.parse(result);
      blocks.set(Number(number), { timestamp_s: Number(timestamp), at_ms: Date.now() });
    },
  });
  const waiting = await transport.subscribe({
    params: ['newPendingTransactions'],
    onData: ({ result }) => {
      const hash = HASH.parse(result);
      if (!pending.has(hash)) pending.set(hash, Date.now());
    },
  });
  return {
    blocks,
    pending,
    stop: async () => {
      await heads.unsubscribe();
      await waiting.unsubscribe();
      (await transport.getRpcClient()).close();
    },
  };
}

/** The moment in epoch milliseconds at which a transaction was committed, of the row that it wrote and nobody changed since. */
export const committed = (row: string): string => `extract(epoch FROM pg_xact_commit_timestamp(${row}.xmin)) * 1000`;
