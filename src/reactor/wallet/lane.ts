import { and, asc, eq, inArray, isNull, max, min, sql } from 'drizzle-orm';
import { BaseError, type Hash, type Hex, keccak256 } from 'viem';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { effect, payment, walletTransaction } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { assertLane, type Lane, withLane } from '../effects/lane.ts';
import { moveEffect } from '../effects/send.ts';
import { assertGuards, GuardClosedError } from '../guards/check.ts';
import { assertAllowed } from './policy.ts';
import type { Signer } from './signer.ts';

const CALL = z.object({
  to: z.string().transform((v) => v as `0x${string}`),
  data: z.string().transform((v) => v as Hex),
});
const CHAIN_KINDS = ['chain_approve', 'chain_fund', 'chain_release', 'chain_return', 'chain_probe'] as const;
/** Signed and not mined: more than this wait their turn. */
const MAX_IN_FLIGHT = 64;
const REBROADCAST_AFTER_MS = 3_000;
/** What is in flight, and what has to wait, is looked at this often. */
const FOLLOW_MS = 500;
/** A cautious multiple of the estimate: the state may change between the simulation and the block. */
const GAS_MARGIN_PERCENT = 150n;

export type WalletLane = Readonly<{
  /** Signs and broadcasts what is recorded, follows what is in flight. Answers in how long to come back; null when woken. */
  turn: () => Promise<number | null>;
}>;

/**
 * The one lane of one key. The next nonce is derived from the stored signed transactions, so it cannot drift; the bytes are
 * stored before they are broadcast; a rebroadcast is always the same bytes.
 */
export function walletLane(ctx: Context, signer: Signer): WalletLane {
  const { db, chain, log, settings } = ctx;
  const name = `wallet:${settings.chainId}:${signer.address}`;
  const policy = { escrow: settings.escrow, token: settings.token, junoDepositAddress: settings.junoDepositAddress };

  const inFlightRows = () =>
    db
      .select()
      .from(walletTransaction)
      .where(
        and(
          eq(walletTransaction.wallet, signer.address),
          eq(walletTransaction.chainId, settings.chainId),
          isNull(walletTransaction.succeeded),
        ),
      )
      .orderBy(asc(walletTransaction.nonce));

  return {
    turn: async () => {
      const result = await withLane(db, name, ctx.holder, async (lane) => {
        await follow(lane);
        const room = MAX_IN_FLIGHT - (await inFlightRows()).length;
        if (room > 0) await signRecorded(lane, room);
        return untilNextTurn();
      });
      return result === 'busy' ? FOLLOW_MS : result;
    },
  };

  async function untilNextTurn(): Promise<number | null> {
    if ((await inFlightRows()).length > 0) return FOLLOW_MS;
    const [recorded] = await db
      .select({ nextLookAt: min(effect.nextLookAt) })
      .from(effect)
      .where(and(inArray(effect.kind, [...CHAIN_KINDS]), eq(effect.state, 'recorded')));
    if (!recorded?.nextLookAt) return null;
    return Math.max(FOLLOW_MS, recorded.nextLookAt.getTime() - ctx.now().getTime());
  }

  async function signRecorded(lane: Lane, room: number): Promise<void> {
    const recorded = await db
      .select()
      .from(effect)
      .where(
        and(
          inArray(effect.kind, [...CHAIN_KINDS]),
          eq(effect.state, 'recorded'),
          sql`${effect.nextLookAt} <= clock_timestamp()`,
        ),
      )
      .orderBy(asc(effect.createdAt))
      .limit(room);
    if (recorded.length === 0) return;
    if (ctx.watchdog.current().trouble) return;
    const fees = await chain.client.estimateFeesPerGas();
    for (const row of recorded) await signOne(lane, row, fees);
  }

  async function signOne(
    lane: Lane,
    row: EffectRow,
    fees: { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint },
  ): Promise<void> {
    const call = CALL.parse(row.request);
    let gas: bigint;
    try {
      assertAllowed(policy, row.kind, row.amount, call);
      // Simulated on `pending`: on a quiet chain `latest` still has the clock of its last block.
      gas = await chain.client.estimateGas({
        account: signer.address,
        to: call.to,
        data: call.data,
        blockTag: 'pending',
      });
    } catch (error) {
      return setBack(row, 'would_revert', error instanceof BaseError ? error.shortMessage : String(error));
    }
    const nonce = await nextNonce();
    const raw = await signer.sign({
      type: 'eip1559',
      chainId: settings.chainId,
      nonce,
      to: call.to,
      data: call.data,
      value: 0n,
      gas: (gas * GAS_MARGIN_PERCENT) / 100n,
      ...fees,
    });
    const hash = keccak256(raw);
    try {
      await db.transaction(async (tx) => {
        await assertLane(tx, lane);
        await assertGuards(tx, { paymentId: row.paymentId, switches: await switchesOfEffect(row), outgoing: null });
        await moveEffect(tx, lane, row, 'sending', null);
        await tx.insert(walletTransaction).values({
          hash,
          chainId: settings.chainId,
          wallet: signer.address,
          nonce,
          version: 0,
          effectId: row.id,
          raw,
        });
      });
    } catch (error) {
      if (error instanceof GuardClosedError) return setBack(row, error.code, error.message);
      throw error;
    }
    await broadcast(hash, raw);
    log.info({ event: 'transaction_sent', paymentId: row.paymentId, kind: row.kind, nonce, hash });
  }

  async function switchesOfEffect(row: EffectRow): Promise<string[]> {
    const base = ['all', 'rail:chain'];
    if (!row.paymentId) return base;
    const [people] = await db
      .select({ payer: payment.payerId, recipient: payment.recipientId })
      .from(payment)
      .where(eq(payment.id, row.paymentId));
    return people ? [...base, 'rail:juno', `user:${people.payer}`, `user:${people.recipient}`] : base;
  }

  /** Nothing was signed or sent: it stays recorded and is tried again, later each time. */
  async function setBack(row: EffectRow, code: string, text: string): Promise<void> {
    await db
      .update(effect)
      .set({
        error: { code, text },
        failures: row.failures + 1,
        nextLookAt: sql`clock_timestamp() + ${Math.min(500 * 2 ** row.failures, 60_000)} * interval '1 millisecond'`,
      })
      .where(and(eq(effect.id, row.id), eq(effect.state, 'recorded')));
    log.warn({ event: 'transaction_not_signed', paymentId: row.paymentId, kind: row.kind, code }, text);
    if (row.paymentId) await ctx.queue.enqueue({ lane: 'payment', id: row.paymentId });
  }

  /** One more than the highest that was ever signed here; the chain's own count only before the first. */
  async function nextNonce(): Promise<number> {
    const [row] = await db
      .select({ highest: max(walletTransaction.nonce) })
      .from(walletTransaction)
      .where(and(eq(walletTransaction.wallet, signer.address), eq(walletTransaction.chainId, settings.chainId)));
    return row?.highest == null ? chain.minedNonce(signer.address) : row.highest + 1;
  }

  async function broadcast(hash: Hash, raw: Hex): Promise<void> {
    await db
      .update(walletTransaction)
      .set({ lastBroadcastAt: sql`clock_timestamp()` })
      .where(eq(walletTransaction.hash, hash));
    try {
      await chain.broadcast(raw);
    } catch (error) {
      // “already known” and “nonce too low” are answers to our own earlier broadcast; whatever it was, the receipt decides.
      log.debug(
        { event: 'broadcast_answered', hash, err: error },
        'the node did not take the transaction; its receipt decides',
      );
    }
  }

  /** Reads the receipts of what is in flight and hands the same bytes over again when none comes. */
  async function follow(lane: Lane): Promise<void> {
    for (const row of await inFlightRows()) {
      const receipt = await chain.receipt(row.hash as Hash);
      if (!receipt) {
        const waited_ms = row.lastBroadcastAt
          ? ctx.now().getTime() - row.lastBroadcastAt.getTime()
          : Number.POSITIVE_INFINITY;
        if (waited_ms >= REBROADCAST_AFTER_MS) await broadcast(row.hash as Hash, row.raw as Hex);
        continue;
      }
      const succeeded = receipt.status === 'success';
      // A failure is believed only as deep as a success would have to lie.
      const head = await chain.client.getBlockNumber({ cacheTime: 0 });
      if (!succeeded && head - receipt.blockNumber < settings.finality.largeBlocks) continue;
      await db.transaction(async (tx) => {
        await assertLane(tx, lane);
        await tx
          .update(walletTransaction)
          .set({ succeeded, minedBlock: Number(receipt.blockNumber), minedBlockHash: receipt.blockHash })
          .where(eq(walletTransaction.hash, row.hash));
        const [sent] = await tx.select().from(effect).where(eq(effect.id, row.effectId)).for('update');
        if (!sent) throw new Error(`no effect ${row.effectId}`);
        if (!succeeded && sent.state === 'sending')
          await moveEffect(tx, lane, sent, 'dead', {
            code: 'reverted',
            text: `transaction ${row.hash} reverted in block ${receipt.blockNumber}`,
          });
        // Nothing is indexed for an allowance: its receipt is its evidence.
        if (succeeded && sent.kind === 'chain_approve' && sent.state === 'sending')
          await moveEffect(tx, lane, sent, 'confirmed', null, { externalId: row.hash });
      });
      const [sent] = await db.select({ paymentId: effect.paymentId }).from(effect).where(eq(effect.id, row.effectId));
      if (!succeeded && sent?.paymentId) await ctx.queue.enqueue({ lane: 'payment', id: sent.paymentId });
    }
  }
}
