import { and, desc, eq } from 'drizzle-orm';
import { maxUint256 } from 'viem';
import { money } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { effect } from '../db/schema.ts';
import { withLane } from '../effects/lane.ts';
import { recordEffect } from '../effects/record.ts';
import { isLiveEffect } from '../effects/states.ts';

/** Below this the escrow contract is allowed anew; far above all the pesos there are. */
const ENOUGH = maxUint256 / 2n;

/**
 * Lets the escrow contract pull from the bridge wallet, once, as an effect like any other. Without a bound: the contract is ours,
 * cannot be upgraded and pulls only in calls that this same wallet makes; exact allowances of parallel payments would overwrite
 * each other (incident 16).
 */
export async function ensureAllowance(ctx: Context): Promise<void> {
  const { settings, chain, db } = ctx;
  if ((await chain.allowance(settings.bridge, settings.escrow)) >= ENOUGH) return;
  const subjectId = `${settings.chainId}:${settings.bridge}:${settings.escrow}`;
  await withLane(db, `allowance:${subjectId}`, ctx.holder, async (lane) => {
    const [last] = await db
      .select()
      .from(effect)
      .where(and(eq(effect.subjectKind, 'wallet'), eq(effect.subjectId, subjectId), eq(effect.kind, 'chain_approve')))
      .orderBy(desc(effect.attempt))
      .limit(1);
    if (last && isLiveEffect(last.state)) return;
    await db.transaction((tx) =>
      recordEffect(tx, ctx, lane, {
        subjectKind: 'wallet',
        subjectId,
        kind: 'chain_approve',
        attempt: (last?.attempt ?? 0) + 1,
        paymentId: null,
        request: chain.approveCall(settings.escrow, maxUint256),
        amount: money('MXNB', 0n),
        switches: ['all', 'rail:chain'],
        outgoing: null,
        postings: null,
      }),
    );
  });
}
