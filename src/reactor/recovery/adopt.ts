/** How an act that was found outside becomes an effect here, as if it had never been lost. */
import { and, desc, eq, max, sql } from 'drizzle-orm';
import { money, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { effect, walletTransaction } from '../db/schema.ts';
import { type Lane, withLane } from '../effects/lane.ts';
import { recordDone } from '../effects/record.ts';
import { moveEffect } from '../effects/send.ts';
import { isLiveEffect } from '../effects/states.ts';
import { JOURNEY } from '../ledger/journey.ts';
import { PROBE } from '../probe/float.ts';
import { depositAddressId } from '../probe/trust.ts';
import { type Deed, isProbe } from './survey.ts';
import { atNonce, type Signed, type WalletAct } from './wallet-acts.ts';

/** Joins a recorded effect with its act: Juno's id ends it; the wallet's transaction is followed from now on like one of ours. */
export async function joinAct(tx: Tx, ctx: Context, lane: Lane, effectId: string, act: Deed): Promise<void> {
  const [row] = await tx.select().from(effect).where(eq(effect.id, effectId)).for('update');
  if (!row) throw new Error(`no effect ${effectId}`);
  const sending = await moveEffect(tx, lane, row, 'sending', null);
  // When it truly was: the evidence of it is looked for from then on.
  const at = act.source === 'wallet' ? act.sent.minedAt : act.at;
  // By a clock that is ahead of ours it may be later than now, which no send is.
  if (at)
    await tx
      .update(effect)
      .set({ firstSentAt: sql`least(first_sent_at, ${at.toISOString()}::timestamptz)` })
      .where(eq(effect.id, effectId));
  if (act.source === 'wallet') return insertSigned(tx, ctx, effectId, act, 0);
  await moveEffect(tx, lane, sending, 'confirmed', null, { externalId: act.source === 'juno' ? act.id : act.wid });
}

async function insertSigned(
  tx: Tx,
  ctx: Context,
  effectId: string,
  { sent }: WalletAct,
  version: number,
): Promise<void> {
  await tx.insert(walletTransaction).values({
    hash: sent.hash,
    chainId: ctx.settings.chainId,
    wallet: ctx.settings.bridge,
    nonce: sent.nonce,
    version,
    effectId,
    raw: sent.raw,
    signedAt: sent.minedAt,
    lastBroadcastAt: sent.minedAt,
  });
}

/** Another version of what was signed here, or the only one that is known: it is followed from now on. */
export async function joinVersion(ctx: Context, act: WalletAct, { effectId }: Signed): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [newest] = await tx
      .select({ version: max(walletTransaction.version) })
      .from(walletTransaction)
      .where(atNonce(ctx.settings, act.sent.nonce));
    await insertSigned(tx, ctx, effectId, act, (newest?.version ?? -1) + 1);
  });
}

/** The probe of the deposit address, or the approval of the escrow, where none is known. False where there is one already. */
export async function adoptHousekeeping(ctx: Context, act: WalletAct): Promise<boolean> {
  const { settings, chain } = ctx;
  const isAProbe = isProbe(act);
  if (!isAProbe && act.call.is !== 'approve') return false;
  const allowed = act.call.is === 'approve' ? act.call.units : 0n;
  const bound = chain.escrow.funds === 'at_once' ? 0n : allowed;
  const subject = isAProbe
    ? ({ subjectKind: 'deposit_address', subjectId: depositAddressId(ctx), kind: 'chain_probe' } as const)
    : ({
        subjectKind: 'wallet',
        subjectId: `${settings.chainId}:${settings.bridge}:${settings.escrow}`,
        kind: 'chain_approve',
      } as const);
  const name = isAProbe ? `probe:${subject.subjectId}` : `allowance:${subject.subjectId}`;
  const result = await withLane(ctx, name, (lane) =>
    ctx.db.transaction(async (tx) => {
      const [last] = await tx
        .select()
        .from(effect)
        .where(
          and(
            eq(effect.subjectKind, subject.subjectKind),
            eq(effect.subjectId, subject.subjectId),
            eq(effect.kind, subject.kind),
          ),
        )
        .orderBy(desc(effect.attempt))
        .limit(1);
      if (last && isLiveEffect(last.state) && last.state !== 'recorded') return false;
      const units = toMxnb(PROBE).units;
      const effectId =
        last?.state === 'recorded'
          ? last.id
          : await recordDone(tx, ctx, lane, {
              ...subject,
              attempt: (last?.attempt ?? 0) + 1,
              paymentId: null,
              request: isAProbe
                ? chain.transferCall(settings.junoDepositAddress, units)
                : chain.approveCall(settings.escrow, allowed),
              amount: money('MXNB', isAProbe ? units : bound),
              postings: isAProbe ? JOURNEY.chain_probe(PROBE) : null,
            });
      await joinAct(tx, ctx, lane, effectId, act);
      return true;
    }),
  );
  return result === true;
}
