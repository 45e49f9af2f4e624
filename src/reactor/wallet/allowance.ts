import { and, desc, eq, sql } from 'drizzle-orm';
import { maxUint256 } from 'viem';
import { money } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { effect } from '../db/schema.ts';
import { withLane } from '../effects/lane.ts';
import { recordEffect } from '../effects/record.ts';
import { moveEffect } from '../effects/send.ts';
import { isLiveEffect } from '../effects/states.ts';
import { walletSwitch } from '../guards/scope.ts';

/** Below this the escrow contract is allowed anew; far above all the pesos there are. */
const ENOUGH = maxUint256 / 2n;

/** A confirmed approval that the chain does not show is believed to be late for this long, and then to be gone. */
const GONE_AFTER = sql`interval '1 minute'`;

/**
 * Lets the escrow contract pull from the bridge wallet, once, as an effect like any other; again if a reorganisation took it out.
 * Without a bound: the contract is ours, cannot be upgraded and pulls only in calls that this same wallet makes; exact allowances
 * of parallel payments would overwrite each other (incident 16). Answers whether something was recorded for the wallet to sign.
 */
export async function ensureAllowance(ctx: Context): Promise<boolean> {
  const { settings, chain, db } = ctx;
  if ((await chain.allowance(settings.bridge, settings.escrow)) >= ENOUGH) return false;
  const subjectId = `${settings.chainId}:${settings.bridge}:${settings.escrow}`;
  const recorded = await withLane(ctx, `allowance:${subjectId}`, async (lane) => {
    const [last] = await db
      .select({ row: effect, isGone: sql<boolean>`${effect.updatedAt} < reactor.now() - ${GONE_AFTER}` })
      .from(effect)
      .where(and(eq(effect.subjectKind, 'wallet'), eq(effect.subjectId, subjectId), eq(effect.kind, 'chain_approve')))
      .orderBy(desc(effect.attempt))
      .limit(1);
    const isGone = last?.row.state === 'confirmed' && last.isGone;
    if (last && isLiveEffect(last.row.state) && !isGone) return false;
    await db.transaction(async (tx) => {
      if (last && isGone)
        await moveEffect(tx, lane, last.row, 'dead', { code: 'gone', text: 'the chain does not have it any more' });
      await recordEffect(tx, ctx, lane, {
        subjectKind: 'wallet',
        subjectId,
        kind: 'chain_approve',
        attempt: (last?.row.attempt ?? 0) + 1,
        paymentId: null,
        request: chain.approveCall(settings.escrow, maxUint256),
        amount: money('MXNB', 0n),
        switches: ['all', 'rail:chain', walletSwitch(settings.bridge)],
        outgoing: null,
        postings: null,
      });
    });
    return true;
  });
  return recorded === true;
}
