/** Whether the end of a transaction can be taken back no more. */
import type { Hash } from 'viem';
import type { Witness } from '../../chain/witness.ts';
import type { Context } from '../context.ts';
import type { EffectRow } from '../effects/driver.ts';
import type { SignedRow } from './store.ts';

type Receipt = NonNullable<Awaited<ReturnType<Witness['receipt']>>>;

/**
 * Whether every RPC that is set has this very receipt, in the block that it calls `finalized` or below. What takes back a belief, or
 * lets money go out once more, rests on no less. An RPC that gives no answer, or does not know that tag, says nothing: then it is not.
 */
export async function isFinalEnd(ctx: Context, { transactionHash, blockHash, status }: Receipt): Promise<boolean> {
  const { first, second } = ctx.chain.witnesses;
  const agree = async (one: Witness): Promise<boolean> => {
    const own = await one.receipt(transactionHash as Hash);
    if (own?.blockHash !== blockHash || own.status !== status) return false;
    const finalized = await one.finalized();
    // Its block is asked for last: nodes behind one address may follow different branches.
    return finalized !== null && finalized >= own.blockNumber && (await one.blockHash(own.blockNumber)) === blockHash;
  };
  try {
    return (await Promise.all((second ? [first, second] : [first]).map(agree))).every(Boolean);
  } catch (error) {
    ctx.log.warn(
      { event: 'rpc_unreachable', err: error, hash: transactionHash },
      'the RPC gave no answer; what a transaction’s failure would take back stands until it does',
    );
    return false;
  }
}

/** Whether what an effect was confirmed by is among these transactions. */
export const wasConfirmedBy = ({ state, externalId }: EffectRow, versions: readonly SignedRow[]): boolean =>
  state === 'confirmed' && versions.some(({ hash }) => hash === externalId);

/**
 * Whether to give these transactions up takes back what was believed, or lets MXNB be sent to Juno once more. The contract refuses a
 * second funding of a reference and a second release; nothing refuses a second return, or a second probe.
 */
export const restsOnFinal = (owner: EffectRow, versions: readonly SignedRow[]): boolean =>
  wasConfirmedBy(owner, versions) || owner.kind === 'chain_return' || owner.kind === 'chain_probe';
