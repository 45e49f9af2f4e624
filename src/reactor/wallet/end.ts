import { eq, inArray } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { effect, walletTransaction } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import { moveEffect } from '../effects/send.ts';
import { workOf } from '../work.ts';
import type { SignedRow } from './store.ts';

/** The version that was mined, as deep as it has to be, and what came of it. */
export type Winner = SignedRow & Readonly<{ as: 'succeeded' | 'reverted' | 'noop' }>;

/** Settles all versions of a nonce at once: one was mined, the others never can be. Null: none of ours was. */
export async function endNonce(
  ctx: Context,
  lane: Lane,
  versions: readonly SignedRow[],
  winner: Winner | null,
): Promise<void> {
  const hashes = versions.map(({ hash }) => hash);
  const dead = await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    await tx.update(walletTransaction).set({ succeeded: false }).where(inArray(walletTransaction.hash, hashes));
    if (!winner) return null;
    const { hash, minedBlock, minedBlockHash, as } = winner;
    await tx
      .update(walletTransaction)
      .set({ succeeded: as === 'succeeded', minedBlock, minedBlockHash })
      .where(eq(walletTransaction.hash, hash));
    return concludeEffect(tx, lane, winner, hashes);
  });
  if (!dead) return;
  if (dead.wasConfirmed)
    ctx.log.error(
      {
        event: 'step_undone',
        ...workOf(dead),
        subject: `${dead.subjectKind}:${dead.subjectId}`,
      },
      `a reorganisation undid ${dead.kind}: ${dead.error.text}. Where a leg stands on it the step is taken back or made again, or a person is told what stands in the way; kustodia payment why shows which`,
    );
  if (dead.paymentId) await ctx.queue.enqueue({ lane: 'payment', id: dead.paymentId });
}

/**
 * Settles all versions of a nonce that another transaction used, as two people saw: none of ours can ever be mined, so their
 * effect is dead. Answers the nonce.
 */
export async function giveUpNonce(
  tx: Tx,
  lane: Lane,
  row: EffectRow,
  { versions, takenBy, decidedBy }: { versions: readonly SignedRow[]; takenBy: string; decidedBy: string },
): Promise<number> {
  const [first] = versions;
  if (!first) throw new Error(`nothing of effect ${row.id} is on its way`);
  await assertLane(tx, lane);
  const hashes = versions.map(({ hash }) => hash);
  await tx.update(walletTransaction).set({ succeeded: false }).where(inArray(walletTransaction.hash, hashes));
  const text = `its nonce ${first.nonce} was used by ${takenBy}; it was never mined, as two people saw`;
  await moveEffect(tx, lane, row, 'dead', { code: 'nonce_taken', text }, { decidedBy });
  return first.nonce;
}

/**
 * A final failure, or a no-op in its place, kills the effect: its nonce is used, so its call can never happen. Also one that was
 * confirmed by this very nonce: a reorganisation undid that. A success ends it only where nothing is indexed for it: an allowance.
 * Answers the effect that died.
 */
async function concludeEffect(
  tx: Tx,
  lane: Lane,
  winner: Winner,
  hashes: readonly string[],
): Promise<DeadEffect | null> {
  const { hash, nonce, minedBlock, effectId, as } = winner;
  const [sent] = await tx.select().from(effect).where(eq(effect.id, effectId)).for('update');
  if (!sent) throw new Error(`no effect ${effectId}`);
  const wasConfirmedByIt = sent.state === 'confirmed' && hashes.includes(sent.externalId ?? '');
  if (sent.state !== 'sending' && !wasConfirmedByIt) return null;
  if (as === 'succeeded') {
    if (sent.state === 'sending' && sent.kind === 'chain_approve')
      await moveEffect(tx, lane, sent, 'confirmed', null, { externalId: hash });
    return null;
  }
  const failure =
    as === 'noop'
      ? { code: 'filled', text: `its nonce ${nonce} was used up by a no-op in block ${minedBlock}; it was never mined` }
      : { code: 'reverted', text: `transaction ${hash} reverted in block ${minedBlock}` };
  const dead = await moveEffect(tx, lane, sent, 'dead', failure);
  return { ...dead, error: failure, wasConfirmed: wasConfirmedByIt };
}

type DeadEffect = Omit<EffectRow, 'error'> & Readonly<{ error: { text: string }; wasConfirmed: boolean }>;
