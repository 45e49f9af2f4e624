import type { Address, Hash } from 'viem';
import type { IndexedEscrowEvent, IndexedTransfer } from '../../chain/indexed/types.ts';
import { compare, type Money } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { ChainFact } from '../payment/view.ts';

/**
 * Asks the RPC itself for the receipt of an indexed event: the indexer alone is never believed. How deep it must lie is the
 * configuration's, by amount.
 */
export async function vouchFor(
  ctx: Context,
  event: IndexedEscrowEvent | IndexedTransfer,
  address: string,
  amount: Money<'MXN'>,
): Promise<ChainFact> {
  const { blocks, largeBlocks, large } = ctx.settings.finality;
  const needed = compare(amount, large) >= 0 ? largeBlocks : blocks;
  return {
    id: event.id,
    txHash: event.txHash,
    blockNumber: event.blockNumber,
    blockHash: event.blockHash,
    verdict: await verdict(),
  };

  async function verdict(): Promise<ChainFact['verdict']> {
    try {
      const place = {
        txHash: event.txHash as Hash,
        blockHash: event.blockHash as Hash,
        logIndex: event.logIndex,
        address: address as Address,
      };
      const { known, depth } = await ctx.chain.vouch(place);
      if (!known) return 'mismatch';
      return depth >= needed ? 'final' : 'shallow';
    } catch (error) {
      ctx.log.warn({ event: 'rpc_unreachable', err: error }, 'the RPC gave no answer; the step waits');
      return 'unreachable';
    }
  }
}
