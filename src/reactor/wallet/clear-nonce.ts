import { eq } from 'drizzle-orm';
import { BaseError } from 'viem';
import type { FourEyesCommand } from '../approvals/command.ts';
import type { Context } from '../context.ts';
import { effect, foreignAct } from '../db/schema.ts';
import { readEffect } from '../effects/decide-by-people.ts';
import type { EffectRow } from '../effects/driver.ts';
import { notDecidable, outsideSilent } from '../effects/refusals.ts';
import { workOf } from '../work.ts';
import { giveUpNonce } from './end.ts';
import { walletLaneOf } from './store.ts';
import { isTold, lookAtNonce, unsettledOf } from './taken.ts';
import { CLEAR_NONCE_HOW } from './terms.ts';

/**
 * Says of a nonce of the bridge wallet that another transaction used it, so that the call that was signed for it can never happen:
 * its effect is dead, the lane goes on, and the step begins anew. Refused while the chain leaves any doubt.
 */
export const CLEAR_NONCE: FourEyesCommand<typeof CLEAR_NONCE_HOW> = {
  name: 'wallet clear-nonce',
  subjectKind: 'effect',
  parameters: CLEAR_NONCE_HOW,
  check: async (ctx, { subjectId, parameters }) => {
    const row = await readEffect(ctx, subjectId);
    assertTold(row);
    await assertTaken(ctx, row, parameters.takenBy);
  },
  lane: async ({ settings }) => walletLaneOf(settings.chainId, settings.bridge),
  execute: async (tx, ctx, { subjectId, parameters: { takenBy }, proposalId, lane }) => {
    if (!lane) throw new Error('a nonce is cleared in the wallet’s lane');
    const [row] = await tx.select().from(effect).where(eq(effect.id, subjectId)).for('update');
    assertTold(row);
    const versions = await unsettledOf({ db: tx }, row.id);
    const nonce = await giveUpNonce(tx, lane, row, { versions, takenBy, decidedBy: proposalId });
    const reason = `used the nonce of effect ${row.id}; two people saw it`;
    const { bridge: wallet } = ctx.settings;
    await tx
      .insert(foreignAct)
      .values({ source: 'wallet', externalId: takenBy, wallet, nonce, reason })
      .onConflictDoNothing();
    ctx.log.warn(
      { event: 'nonce_cleared', ...workOf(row), nonce, takenBy },
      'two people gave up a call whose nonce is used',
    );
  },
  wakes: async (ctx, { subjectId }) => {
    const { paymentId } = await readEffect(ctx, subjectId);
    return paymentId ? [{ lane: 'payment', id: paymentId }] : [];
  },
};

function assertTold(row: EffectRow | undefined): asserts row is EffectRow {
  if (!row || !isTold(row))
    throw notDecidable(
      'Nobody was told that another transaction used its nonce: the wallet’s lane sees to it by itself.',
    );
}

/** The chain has this transaction at the nonce, for good, and nothing says that ours happened. Throws a Refusal. */
async function assertTaken(ctx: Context, row: EffectRow, hash: string): Promise<void> {
  const versions = await unsettledOf(ctx, row.id);
  if (versions.length === 0) throw notDecidable('Nothing that was signed for it is on its way any more.');
  const { takenBy, problem, nonce } = await lookAtNonce(ctx, row, versions).catch((error: unknown) => {
    // viem's own words name the address of the RPC, which may hold a key.
    if (error instanceof BaseError) throw outsideSilent(`The RPC gave no answer: ${error.shortMessage}`);
    throw error;
  });
  if (problem) throw notDecidable(problem);
  if (takenBy?.hash !== hash)
    throw notDecidable(`The chain has ${takenBy?.hash} at nonce ${nonce}, not the transaction that was named.`);
}
