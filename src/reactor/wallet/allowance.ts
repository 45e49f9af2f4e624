import { and, desc, eq, sql } from 'drizzle-orm';
import { maxUint256 } from 'viem';
import { centavos, money, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { effect, guardSwitch } from '../db/schema.ts';
import { withLane } from '../effects/lane.ts';
import { recordEffect } from '../effects/record.ts';
import { moveEffect } from '../effects/send.ts';
import { isLiveEffect } from '../effects/states.ts';
import { contractSwitch, walletSwitch } from '../guards/scope.ts';
import { mostAllowed } from './read-policy.ts';

/** A confirmed approval that the chain does not show is believed to be late for this long, and then to be gone. */
const GONE_AFTER = sql`interval '1 minute'`;

/**
 * Lets the escrow contract pull from the bridge wallet, once, as an effect like any other; again if a reorganisation took it out.
 * Without a bound: the contract is ours, cannot be upgraded and pulls only in calls that this same wallet makes; exact allowances
 * of parallel payments would overwrite each other (incident 16). A contract whose code its owner can replace is allowed no more than
 * may leave in a day, again and again. Answers whether something was recorded for the wallet to sign.
 */
export async function ensureAllowance(ctx: Context): Promise<boolean> {
  const { settings, chain, db } = ctx;
  const { units, least, amount } = await wanted(ctx);
  if ((await chain.allowance(settings.bridge, settings.escrow)) >= least || (await isStopped(ctx))) return false;
  const subjectId = `${settings.chainId}:${settings.bridge}:${settings.escrow}`;
  const recorded = await withLane(ctx, `allowance:${subjectId}`, async (lane) => {
    const [last] = await db
      .select({ row: effect, isGone: sql<boolean>`${effect.updatedAt} < reactor.now() - ${GONE_AFTER}` })
      .from(effect)
      .where(and(eq(effect.subjectKind, 'wallet'), eq(effect.subjectId, subjectId), eq(effect.kind, 'chain_approve')))
      .orderBy(desc(effect.attempt))
      .limit(1);
    // One with a bound is used up by what it was for.
    const isGone = last?.row.state === 'confirmed' && (last.isGone || amount > 0n);
    if (last && isLiveEffect(last.row.state) && !isGone) return false;
    await db.transaction(async (tx) => {
      if (last && isGone)
        await moveEffect(tx, lane, last.row, 'dead', {
          code: 'gone',
          text: 'the chain does not have it any more, or it is used up',
        });
      await recordEffect(tx, ctx, lane, {
        subjectKind: 'wallet',
        subjectId,
        kind: 'chain_approve',
        attempt: (last?.row.attempt ?? 0) + 1,
        paymentId: null,
        request: chain.approveCall(settings.escrow, units),
        amount: money('MXNB', amount),
        switches: ['all', 'rail:chain', walletSwitch(settings.bridge)],
        outgoing: null,
        postings: null,
      });
    });
    return true;
  });
  return recorded === true;
}

/** Nothing is allowed to a contract that no new money may go into. */
async function isStopped({ db, settings }: Context): Promise<boolean> {
  const [row] = await db
    .select()
    .from(guardSwitch)
    .where(eq(guardSwitch.name, contractSwitch(settings.escrow)));
  return row?.isStopped === true;
}

/** Base units to allow; below `least` it is allowed anew; `amount` is what the effect names, 0 where there is no bound. */
async function wanted(ctx: Context): Promise<{ units: bigint; least: bigint; amount: bigint }> {
  if (ctx.chain.escrow.funds === 'at_once') return { units: maxUint256, least: maxUint256 / 2n, amount: 0n };
  const units = mostAllowed(ctx).units;
  // No payment is larger than the bound, so the next one can always be funded, if need be after the one before it.
  const { rows } = await ctx.db.execute<{ largest: string | null }>(sql`
    SELECT max(amount_centavos) AS largest FROM reactor.leg
    WHERE escrow_contract = ${ctx.settings.escrow} AND state IN ('creating', 'created', 'funding')`);
  const next = toMxnb(centavos(BigInt(rows[0]?.largest ?? 0))).units;
  return { units, least: next > units / 2n ? next : units / 2n, amount: units };
}
