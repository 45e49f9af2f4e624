import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { BaseError, type Hash, type Hex, keccak256, parseTransaction } from 'viem';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { effect, walletTransaction } from '../db/schema.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import { moveEffect } from '../effects/send.ts';
import { FAILURES_BEFORE_ASKING } from '../payment/step.ts';
import { mayRepeat } from './reopen.ts';
import type { Signer } from './signer.ts';
import { byNonce, type SignedRow, unsettled } from './store.ts';

const REBROADCAST_AFTER_MS = 3_000;
/** Not mined for this long: the fee is raised, at the same nonce. */
const REPLACE_AFTER_MS = 60_000;
/** Not mined for this long: a person is told. It goes on trying. */
const TELL_AFTER_MS = 180_000;
const MOST_VERSIONS = 6;
/** A node takes a replacement only for at least a tenth more. */
const RAISE_PERCENT = 125n;

/** Hands the stored bytes to the node. Whatever it answers, the receipt decides; its words are kept for people. */
export async function broadcast(
  ctx: Context,
  { hash, raw, effectId }: Pick<SignedRow, 'hash' | 'raw' | 'effectId'>,
): Promise<void> {
  const { db, chain, log } = ctx;
  await db
    .update(walletTransaction)
    .set({ lastBroadcastAt: sql`clock_timestamp()` })
    .where(eq(walletTransaction.hash, hash));
  try {
    await chain.broadcast(raw as Hex);
  } catch (error) {
    // “already known” and “nonce too low” answer our own earlier broadcast.
    const text = error instanceof BaseError ? error.shortMessage : 'the node did not take it';
    log.debug({ event: 'broadcast_answered', hash }, text);
    await db
      .update(effect)
      .set({ error: { code: 'broadcast_answered', text } })
      // What a person has been told stays; it has the node's last words in it.
      .where(and(eq(effect.id, effectId), eq(effect.state, 'sending'), lt(effect.failures, FAILURES_BEFORE_ASKING)));
  }
}

/**
 * Follows what was signed until its end is settled: mined, and as deep as a large amount demands. Until then a reorganisation can
 * take it out again; then the same bytes are handed over once more. Wakes the payments whose effect died.
 */
export async function follow(ctx: Context, lane: Lane, signer: Signer): Promise<void> {
  const rows = await unsettled(ctx, signer.address);
  if (rows.length === 0) return;
  const head = await ctx.chain.client.getBlockNumber({ cacheTime: 0 });
  const mined = await ctx.chain.minedNonce(signer.address);
  for (const versions of byNonce(rows).values()) {
    const [first] = versions;
    if (!first) continue;
    if (mined <= first.nonce) await unmined(ctx, lane, signer, versions);
    else await settle(ctx, lane, signer, versions, head);
  }
}

/** No block has this nonce: what was thought to be mined is so no longer; all else is handed over again, in time for more. */
async function unmined(ctx: Context, lane: Lane, signer: Signer, versions: readonly SignedRow[]): Promise<void> {
  const newest = versions.at(-1);
  if (!newest) return;
  const { rows } = await ctx.db.execute<{ waited_ms: string; age_ms: string }>(sql`
    SELECT extract(epoch FROM clock_timestamp() - coalesce(last_broadcast_at, '-infinity')) * 1000 AS waited_ms,
      extract(epoch FROM clock_timestamp() - signed_at) * 1000 AS age_ms
    FROM reactor.wallet_transaction WHERE hash = ${newest.hash}`);
  const [{ waited_ms, age_ms } = { waited_ms: '0', age_ms: '0' }] = rows;
  if (versions.some(({ minedBlock }) => minedBlock !== null))
    await ctx.db
      .update(walletTransaction)
      .set({ minedBlock: null, minedBlockHash: null })
      .where(
        inArray(
          walletTransaction.hash,
          versions.map(({ hash }) => hash),
        ),
      );
  if (Number(age_ms) > TELL_AFTER_MS) await tell(ctx, newest, Number(age_ms));
  if (
    Number(age_ms) > REPLACE_AFTER_MS &&
    versions.length < MOST_VERSIONS &&
    (await replace(ctx, lane, signer, newest))
  )
    return;
  if (Number(waited_ms) < REBROADCAST_AFTER_MS) return;
  for (const row of versions) if (await mayRepeat(ctx, row)) await broadcast(ctx, row);
}

async function tell(ctx: Context, { nonce, effectId }: SignedRow, age_ms: number): Promise<void> {
  const seconds = Math.round(age_ms / 1000);
  await ctx.db
    .update(effect)
    .set({
      failures: FAILURES_BEFORE_ASKING,
      error: sql`jsonb_build_object('code', 'not_mined', 'text',
        ${`its transaction with nonce ${nonce} is in no block after ${seconds} s`}::text || coalesce(' (the node: ' || (${effect.error} ->> 'text') || ')', ''))`,
    })
    .where(
      and(eq(effect.id, effectId), eq(effect.state, 'sending'), sql`${effect.failures} < ${FAILURES_BEFORE_ASKING}`),
    );
  const [sent] = await ctx.db.select({ paymentId: effect.paymentId }).from(effect).where(eq(effect.id, effectId));
  if (sent?.paymentId) await ctx.queue.enqueue({ lane: 'payment', id: sent.paymentId });
}

/** The same call at the same nonce for more: only one of the two can ever be mined. False while the fee is not what is wrong. */
async function replace(ctx: Context, lane: Lane, signer: Signer, newest: SignedRow): Promise<boolean> {
  const sent = parseTransaction(newest.raw as Hex);
  const now = await ctx.chain.client.estimateFeesPerGas();
  const [oldFee, oldTip] = [sent.maxFeePerGas ?? 0n, sent.maxPriorityFeePerGas ?? 0n];
  if (now.maxFeePerGas <= oldFee) return false;
  const raise = (old: bigint, wanted: bigint) => {
    const least = (old * RAISE_PERCENT) / 100n + 1n;
    return wanted > least ? wanted : least;
  };
  const raw = await signer.sign({
    type: 'eip1559',
    chainId: ctx.settings.chainId,
    nonce: newest.nonce,
    to: sent.to ?? null,
    data: sent.data ?? '0x',
    value: 0n,
    gas: sent.gas ?? 0n,
    maxFeePerGas: raise(oldFee, now.maxFeePerGas),
    maxPriorityFeePerGas: raise(oldTip, now.maxPriorityFeePerGas),
  });
  const { chainId, wallet, nonce, effectId } = newest;
  const row = { hash: keccak256(raw), chainId, wallet, nonce, version: newest.version + 1, effectId, raw };
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    await tx.insert(walletTransaction).values(row);
  });
  await broadcast(ctx, row);
  ctx.log.warn(
    { event: 'fee_raised', nonce, version: row.version, hash: row.hash },
    'the same call was sent again at the same nonce for a higher fee',
  );
  return true;
}

/** A block has this nonce: one of our versions, or a transaction that is not ours. */
async function settle(
  ctx: Context,
  lane: Lane,
  signer: Signer,
  versions: readonly SignedRow[],
  head: bigint,
): Promise<void> {
  const { chain, settings, db } = ctx;
  const depth = settings.finality.largeBlocks;
  const known = versions.find(({ minedBlock }) => minedBlock !== null);
  // Seen once; looked at again only when it is deep enough to be believed.
  if (known?.minedBlock && head - BigInt(known.minedBlock) < depth) return;
  for (const row of versions) {
    const receipt = await chain.receipt(row.hash as Hash);
    if (!receipt) continue;
    const at = { minedBlock: Number(receipt.blockNumber), minedBlockHash: receipt.blockHash };
    if (head - receipt.blockNumber < depth) {
      await db.update(walletTransaction).set(at).where(eq(walletTransaction.hash, row.hash));
      return;
    }
    const succeeded = receipt.status === 'success';
    const text = `transaction ${row.hash} reverted in block ${receipt.blockNumber}`;
    return end(ctx, lane, versions, { ...row, ...at }, succeeded, { code: 'reverted', text });
  }
  // None of ours, as final as one of ours would have to be: another transaction took the nonce, or the RPC is not whole. That
  // cannot be told apart from here, and to sign the same again could send it twice: a person looks.
  const taken = await chain.client.getTransactionCount({
    address: signer.address,
    blockNumber: head > depth ? head - depth : 0n,
  });
  const [first] = versions;
  if (!first || taken <= first.nonce) return;
  await tellTaken(ctx, first);
}

async function tellTaken(ctx: Context, { nonce, effectId }: SignedRow): Promise<void> {
  const text = `nonce ${nonce} is used on chain and the RPC has no receipt of ours: either somebody else has the key of the bridge wallet, or the RPC is not whole. Nothing is signed again for it. Look for the transaction in an explorer`;
  const [sent] = await ctx.db
    .update(effect)
    .set({ failures: FAILURES_BEFORE_ASKING, error: { code: 'nonce_taken', text } })
    .where(
      and(
        eq(effect.id, effectId),
        eq(effect.state, 'sending'),
        sql`coalesce(${effect.error} ->> 'code', '') <> 'nonce_taken'`,
      ),
    )
    .returning({ paymentId: effect.paymentId });
  if (!sent) return;
  ctx.log.error({ event: 'nonce_taken', nonce, paymentId: sent.paymentId }, text);
  if (sent.paymentId) await ctx.queue.enqueue({ lane: 'payment', id: sent.paymentId });
}

async function end(
  ctx: Context,
  lane: Lane,
  versions: readonly SignedRow[],
  winner: SignedRow,
  succeeded: boolean,
  failure: { code: string; text: string },
): Promise<void> {
  const { db } = ctx;
  const paymentId = await db.transaction(async (tx) => {
    await assertLane(tx, lane);
    await tx
      .update(walletTransaction)
      .set({ succeeded: false })
      .where(
        inArray(
          walletTransaction.hash,
          versions.map(({ hash }) => hash),
        ),
      );
    const { minedBlock, minedBlockHash } = winner;
    await tx
      .update(walletTransaction)
      .set({ succeeded, minedBlock, minedBlockHash })
      .where(eq(walletTransaction.hash, winner.hash));
    return concludeEffect(tx, lane, winner, succeeded, failure);
  });
  if (!succeeded && paymentId) await ctx.queue.enqueue({ lane: 'payment', id: paymentId });
}

/** A failure kills the effect. A success ends it only where nothing is indexed for it: an allowance. Answers its payment. */
async function concludeEffect(
  tx: Tx,
  lane: Lane,
  { hash, effectId }: SignedRow,
  succeeded: boolean,
  failure: { code: string; text: string },
): Promise<string | null> {
  const [sent] = await tx.select().from(effect).where(eq(effect.id, effectId)).for('update');
  if (!sent) throw new Error(`no effect ${effectId}`);
  if (sent.state === 'sending' && !succeeded) await moveEffect(tx, lane, sent, 'dead', failure);
  if (sent.state === 'sending' && succeeded && sent.kind === 'chain_approve')
    await moveEffect(tx, lane, sent, 'confirmed', null, { externalId: hash });
  return sent.paymentId;
}
