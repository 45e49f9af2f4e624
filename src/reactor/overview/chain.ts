import { readProgress } from '../../chain/indexed/readProgress.ts';
import type { Context } from '../context.ts';

type Block = Readonly<{ number: bigint; timestamp: number }>;

/** The head, how far the indexer is, and what the node calls safe and finalized: each null where nobody says it now. */
export async function readBlocks({ db, chain, now }: Pick<Context, 'db' | 'chain' | 'now'>) {
  const { first } = chain.witnesses;
  const nobody = () => null;
  const indexed = async (): Promise<Block> => {
    const { checkpoint } = await readProgress(db.$client);
    return { number: checkpoint.blockNumber, timestamp: checkpoint.timestamp };
  };
  const [head, seen, safe, finalized] = await Promise.all([
    chain.head().catch(nobody),
    indexed().catch(nobody),
    first.tagged('safe').catch(nobody),
    first.tagged('finalized').catch(nobody),
  ]);
  const at = now();
  const shown = (of: 'head' | 'indexed' | 'safe' | 'finalized', block: Block | null) => ({
    of,
    number: block && Number(block.number),
    minedAt: block && new Date(block.timestamp * 1_000).toISOString(),
    // Read at once, the indexer may be a block ahead of a head that was asked for first.
    behind: block && head && Math.max(0, Number(head.number - block.number)),
    age_s: block && Math.max(0, at.getTime() / 1_000 - block.timestamp),
  });
  return {
    at: at.toISOString(),
    blocks: [shown('head', head), shown('indexed', seen), shown('safe', safe), shown('finalized', finalized)],
  };
}
