import type { Hash } from 'viem';
import type { IndexedEscrowEvent, IndexedTransfer } from '../../chain/indexed/types.ts';
import { createdId, isEscrowChange, isLogKind, isTransfer } from '../../chain/logs.ts';
import type { LogPlace, Witness } from '../../chain/witness.ts';
import type { Money } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { type FinalityStep, finalityFor } from '../finality/policy.ts';
import { type Testimony, weigh } from '../finality/weigh.ts';
import type { ChainFact } from '../payment/view.ts';

/** What follows from an event, and how much money it is about: these choose how firmly the chain must hold it. */
export type Stakes = Readonly<{ amount: Money<'MXN'>; step: FinalityStep }>;

/**
 * Asks the RPC itself for the receipt of an indexed event, and above a threshold the second one too: the indexer alone is never
 * believed. The log must be in that very block and say what the indexer says.
 */
export async function vouchFor(
  ctx: Context,
  event: IndexedEscrowEvent | IndexedTransfer,
  stakes: Stakes,
  says: LogPlace['says'] = contentOf(event),
): Promise<ChainFact> {
  const { blockNumber, logIndex } = event;
  const at = { blockNumber, blockHash: event.blockHash as Hash, logIndex };
  const { id, txHash, blockHash } = event;
  const verdict = await verdictOn(ctx, { txHash: txHash as Hash, at, says }, stakes);
  return { id, txHash, blockNumber, blockHash, verdict };
}

/** Asks everybody whom the policy names about one log, and weighs what they say. */
export async function verdictOn(
  ctx: Context,
  place: LogPlace,
  { amount, step }: Stakes,
): Promise<ChainFact['verdict']> {
  const finality = finalityFor(ctx.settings.finality, amount, step);
  const { first, second } = ctx.chain.witnesses;
  const asked = finality.bothRpcs && second ? [first, second] : [first];
  const testimonies = await Promise.all(asked.map((one) => hear(ctx, one, place, finality)));
  const verdict = weigh(finality, testimonies);
  if (verdict === 'rpcs_disagree')
    ctx.log.error(
      { event: 'rpcs_disagree', txHash: place.txHash, first: testimonies[0]?.seen, second: testimonies[1]?.seen },
      'ETH_RPC_URL and ETH_RPC_URL_2 disagree about a transaction; money waits until they agree',
    );
  return verdict;
}

/** The receipt of a transaction as the first RPC has it; null where it has none, or gives no answer. */
export async function receiptOf(ctx: Context, txHash: string) {
  try {
    return await ctx.chain.receipt(txHash as Hash);
  } catch (error) {
    ctx.log.warn({ event: 'rpc_unreachable', err: error }, 'the RPC gave no answer; the step waits');
    return null;
  }
}

async function hear(ctx: Context, one: Witness, place: LogPlace, finality: { finalized: boolean }): Promise<Testimony> {
  try {
    return await one.testify(place, finality);
  } catch (error) {
    ctx.log.warn({ event: 'rpc_unreachable', err: error }, 'the RPC gave no answer; the step waits');
    return { seen: 'no_answer' };
  }
}

function contentOf(event: IndexedEscrowEvent | IndexedTransfer): LogPlace['says'] {
  if (!('kind' in event)) return isTransfer(event);
  const { kind, contract, escrowId, amount, reference } = event;
  if (kind === 'created' && reference !== null && amount !== null) {
    const idIn = createdId({ escrow: contract, reference, units: amount });
    return (log) => idIn(log) === escrowId;
  }
  // Nothing else ends a step; an event that this does not know is vouched for by nobody.
  if (!isLogKind(kind)) return () => false;
  return isEscrowChange({ escrow: contract, kinds: [kind], escrowId, amount });
}
