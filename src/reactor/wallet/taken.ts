/** A nonce of the wallet that a transaction used which this database did not sign: what it was, and whether it can be left at that. */
import { and, eq, isNull } from 'drizzle-orm';
import type { Hash, Hex } from 'viem';
import type { SentTransaction } from '../../chain/findSent.ts';
import { ownEscrow } from '../advance/own-escrow.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { type effect, leg, walletTransaction } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { isFinalEnd, restsOnFinal } from './final.ts';
import { byNonce, effectsOf, type SignedRow, unsettled } from './store.ts';

export type TakenNonce = Readonly<{
  nonce: number;
  effectId: string;
  paymentId: string | null;
  kind: EffectRow['kind'];
  /** The transactions that were signed here for it, newest version last. */
  ours: readonly string[];
  /** What the chain has at the nonce instead; null where it has nothing there. */
  takenBy: Readonly<{ hash: string; to: string | null; blockNumber: bigint; minedAt: Date; depth: bigint }> | null;
  /** Why nobody may give our call up now; null where two people may. */
  problem: string | null;
}>;

/** What was signed for an effect and is not settled, in the order of its versions. */
export const unsettledOf = ({ db }: Readonly<{ db: Pick<Tx, 'select'> }>, effectId: string): Promise<SignedRow[]> =>
  db
    .select()
    .from(walletTransaction)
    .where(and(eq(walletTransaction.effectId, effectId), isNull(walletTransaction.succeeded)))
    .orderBy(walletTransaction.version);

/**
 * Asks the chain what became of the nonce of an effect that is on its way. Whatever may mean that our call happened, or that it
 * still can, is a problem: then nothing may take its place. Asks both RPCs where two are set. Throws where one gives no answer.
 */
export async function lookAtNonce(ctx: Context, row: EffectRow, versions: readonly SignedRow[]): Promise<TakenNonce> {
  const { chain, settings } = ctx;
  const [first] = versions;
  if (!first) throw new Error(`nothing of effect ${row.id} is on its way`);
  const { nonce } = first;
  const ours = versions.map(({ hash }) => hash);
  const taken = { nonce, effectId: row.id, paymentId: row.paymentId, kind: row.kind, ours };
  const [mined, head] = [await chain.minedNonce(settings.bridge), await chain.blockNumber()];
  if (mined <= nonce)
    return { ...taken, takenBy: null, problem: `No block has nonce ${nonce}: our own bytes are handed over again.` };
  const [found] = await chain.sentBy({ address: settings.bridge, from: nonce, sinceBlock: 0n, limit: 1 });
  if (found?.nonce !== nonce)
    return { ...taken, takenBy: null, problem: `The RPC does not show what used nonce ${nonce}: it is not whole.` };
  const { hash, to, blockNumber, minedAt } = found;
  const takenBy = { hash, to, blockNumber, minedAt, depth: head > blockNumber ? head - blockNumber : 0n };
  return { ...taken, takenBy, problem: await problemWith(ctx, row, versions, found, takenBy.depth) };
}

async function problemWith(
  ctx: Context,
  row: EffectRow,
  versions: readonly SignedRow[],
  found: SentTransaction,
  depth: bigint,
): Promise<string | null> {
  const { first, second } = ctx.chain.witnesses;
  const ours = versions.map(({ hash }) => hash);
  for (const rpc of second ? [first, second] : [first]) {
    const receipts = await Promise.all(ours.map((hash) => rpc.receipt(hash as Hash)));
    if (receipts.some((receipt) => receipt !== null) || ours.includes(found.hash))
      return 'The chain has our own transaction at it. The wallet’s lane ends it by itself.';
    if ((await rpc.receipt(found.hash)) === null)
      return `One of the RPCs does not have ${found.hash}: it is not whole, or the two are of different chains.`;
  }
  if (depth < ctx.settings.finality.largeBlocks)
    return `${found.hash} has ${depth} blocks on top, and a reorganisation may still take it out: it needs ${ctx.settings.finality.largeBlocks}.`;
  const receipt = await first.receipt(found.hash);
  if (restsOnFinal(row, versions) && !(receipt && (await isFinalEnd(ctx, receipt))))
    return `Not every RPC calls block ${found.blockNumber} with ${found.hash} final yet. Once our call is given up it is made again, and both would stand if that block went. Wait, and try again.`;
  const { to, data } = row.request as { to: Hex; data: Hex };
  const isSameCall = found.to?.toLowerCase() === to.toLowerCase() && found.data === data;
  if (isSameCall && receipt?.status === 'success')
    return `${found.hash} made this very call, so it happened. kustodia recover takes it for what it is.`;
  return problemInTheContract(ctx, row);
}

/** What our call was to do may have been done in another way: the contract knows. */
async function problemInTheContract(ctx: Context, { kind, subjectId }: EffectRow): Promise<string | null> {
  if (kind !== 'chain_fund' && kind !== 'chain_release') return null;
  const [owner] = await ctx.db.select().from(leg).where(eq(leg.id, subjectId));
  const escrow = owner && (await ownEscrow(ctx, owner));
  if (kind === 'chain_fund')
    return escrow && !escrow.isPending
      ? `The contract has escrow ${escrow.escrowId} under this leg’s reference: it was funded.`
      : null;
  return escrow?.isHeld
    ? null
    : 'The contract holds nothing under this leg’s reference any more: it was released, and that ends the step.';
}

/** Every nonce of which a person was told that somebody else used it, as the chain has it now. Throws where it gives no answer. */
export async function listTaken(
  ctx: Context,
  { after, limit }: Readonly<{ after: number | null; limit: number }>,
): Promise<Readonly<{ taken: readonly TakenNonce[]; next: number | null }>> {
  const rows = await unsettled(ctx, ctx.settings.bridge);
  const owners = await effectsOf(ctx, rows);
  const told = [...byNonce(rows).values()].flatMap((versions) => {
    const owner = owners.get(versions[0]?.effectId ?? '');
    const isAfter = (versions[0]?.nonce ?? 0) > (after ?? -1);
    return owner && isTold(owner) && isAfter ? [{ owner, versions }] : [];
  });
  const page = told.slice(0, limit);
  const taken: TakenNonce[] = [];
  // One at a time: each is looked for from the first block on.
  for (const { owner, versions } of page) taken.push(await lookAtNonce(ctx, owner, versions));
  return { taken, next: told.length > limit ? (taken.at(-1)?.nonce ?? null) : null };
}

/** Whether a person was told that the effect's nonce is used by somebody else. */
export const isTold = ({ state, error }: Pick<typeof effect.$inferSelect, 'state' | 'error'>): boolean =>
  (state === 'sending' || state === 'confirmed') && (error as { code?: string } | null)?.code === 'nonce_taken';
