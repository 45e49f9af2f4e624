import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { BaseError, decodeFunctionData, formatEther, type Hex, keccak256 } from 'viem';
import { z } from 'zod';
import { KUSTODIA_ESCROW_ABI } from '../../chain/abi/kustodiaEscrow.ts';
import type { Call } from '../../chain/door.ts';
import { switchesOf } from '../advance/load.ts';
import type { Context } from '../context.ts';
import { effect, leg, payment, walletTransaction } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { assertLane, type Lane, LaneLostError, withLane } from '../effects/lane.ts';
import { moveEffect } from '../effects/send.ts';
import { assertGuards, GuardClosedError } from '../guards/check.ts';
import { broadcast, follow } from './follow.ts';
import { assertAllowed, PolicyRefusedError } from './policy.ts';
import { reopen } from './reopen.ts';
import type { Signer } from './signer.ts';
import { byNonce, highestNonce, unsettled } from './store.ts';

const CALL = z.object({
  to: z.string().transform((v) => v as `0x${string}`),
  data: z.string().transform((v) => v as Hex),
});
const CHAIN_KINDS = ['chain_approve', 'chain_fund', 'chain_release', 'chain_return', 'chain_probe'] as const;
/** Signed and in no block yet: more than these wait their turn. */
const MAX_IN_FLIGHT = 64;
/** What is in no block, and what has to wait, is looked at this often; what only has to get deeper, more rarely. */
const FOLLOW_MS = 500;
const SETTLE_MS = 3_000;
/** A cautious multiple of the estimate: the state may change between the simulation and the block. */
const GAS_MARGIN_PERCENT = 150n;

type Fees = Readonly<{ maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }>;

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

  return {
    turn: async () => {
      const result = await withLane(db, name, ctx.holder, async (lane) => {
        await reopen(ctx, lane, signer.address);
        await follow(ctx, lane, signer);
        const room = MAX_IN_FLIGHT - (await inFlight()).unmined;
        if (room > 0) await signRecorded(lane, room);
        return untilNextTurn();
      });
      return result === 'busy' ? FOLLOW_MS : result;
    },
  };

  async function inFlight(): Promise<{ unmined: number; mined: number }> {
    const nonces = [...byNonce(await unsettled(ctx, signer.address)).values()];
    const mined = nonces.filter((versions) => versions.some(({ minedBlock }) => minedBlock !== null)).length;
    return { unmined: nonces.length - mined, mined };
  }

  async function untilNextTurn(): Promise<number | null> {
    const { unmined, mined } = await inFlight();
    if (unmined > 0) return FOLLOW_MS;
    const [recorded] = await db
      .select({
        pause_ms: sql<string | null>`extract(epoch FROM min(${effect.nextLookAt}) - clock_timestamp()) * 1000`,
      })
      .from(effect)
      .where(and(inArray(effect.kind, [...CHAIN_KINDS]), eq(effect.state, 'recorded')));
    const pauses = [
      ...(mined > 0 ? [SETTLE_MS] : []),
      ...(recorded?.pause_ms == null ? [] : [Math.max(FOLLOW_MS, Math.ceil(Number(recorded.pause_ms)))]),
    ];
    return pauses.length > 0 ? Math.min(...pauses) : null;
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
    if (recorded.length === 0 || ctx.watchdog.current().trouble) return;
    const fees = await chain.client.estimateFeesPerGas();
    for (const row of recorded) {
      try {
        await signOne(lane, row, fees);
      } catch (error) {
        if (error instanceof LaneLostError) throw error;
        // One that cannot be signed must not keep the others from being signed.
        await setBack(row, ...reasonOf(error));
      }
    }
  }

  async function signOne(lane: Lane, row: EffectRow, fees: Fees): Promise<void> {
    const call = CALL.parse(row.request);
    assertAllowed(policy, row.kind, row.amount, call);
    await assertOwnEscrow(row, call);
    // Simulated on `pending`: on a quiet chain `latest` still has the clock of its last block.
    const gas = await chain.client.estimateGas({ ...call, account: signer.address, blockTag: 'pending' });
    await assertGas((gas * GAS_MARGIN_PERCENT * fees.maxFeePerGas) / 100n);
    const nonce = await nextNonce();
    const raw = await signer.sign({
      type: 'eip1559',
      chainId: settings.chainId,
      nonce,
      ...call,
      value: 0n,
      gas: (gas * GAS_MARGIN_PERCENT) / 100n,
      ...fees,
    });
    const hash = keccak256(raw);
    const switches = await switchesOfEffect(row);
    await db.transaction(async (tx) => {
      await assertLane(tx, lane);
      await assertGuards(tx, { paymentId: row.paymentId, switches, outgoing: null });
      await moveEffect(tx, lane, row, 'sending', null);
      const { chainId } = settings;
      const wallet = signer.address;
      await tx.insert(walletTransaction).values({ hash, chainId, wallet, nonce, version: 0, effectId: row.id, raw });
    });
    await broadcast(ctx, { hash, raw, effectId: row.id });
    log.info({ event: 'transaction_sent', paymentId: row.paymentId, kind: row.kind, nonce, hash });
  }

  async function assertGas(needed: bigint): Promise<void> {
    const balance = await chain.client.getBalance({ address: signer.address });
    if (balance >= needed) return;
    throw new NoGasError(
      `The bridge wallet ${signer.address} has ${formatEther(balance)} ETH and needs ${formatEther(needed)} for gas. Nothing was signed. Send it ETH; it goes on by itself.`,
    );
  }

  /** The last look before a release is signed: the id in it must still be the one of this leg's reference (incident 9). */
  async function assertOwnEscrow(row: EffectRow, { data }: Call): Promise<void> {
    if (row.kind !== 'chain_release') return;
    const { args } = decodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, data });
    const [owner] = await db.select({ reference: leg.reference }).from(leg).where(eq(leg.id, row.subjectId));
    if (owner && (await chain.escrow.idOf(owner.reference as Hex)) === args?.[0]) return;
    throw new PolicyRefusedError('The escrow to release does not carry this leg’s reference. Nothing was signed.');
  }

  async function switchesOfEffect(row: EffectRow): Promise<string[]> {
    if (!row.paymentId) return ['all', 'rail:chain'];
    const [people] = await db
      .select({ payer: payment.payerId, recipient: payment.recipientId })
      .from(payment)
      .where(eq(payment.id, row.paymentId));
    if (!people) throw new Error(`no payment ${row.paymentId}`);
    return switchesOf(people.payer, people.recipient);
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
    const mined = await chain.minedNonce(signer.address);
    const highest = await highestNonce(ctx, signer.address);
    if (highest === null) return mined;
    if (mined <= highest + 1) return highest + 1;
    throw new UnknownTransactionsError(
      `The chain has transactions of the bridge wallet up to nonce ${mined - 1}, this database knows them up to ${highest}: it was restored, or somebody else has the key. Nothing is signed until that is cleared up.`,
    );
  }
}

/** The wallet has acted without this database. */
class UnknownTransactionsError extends Error {
  override readonly name = 'UnknownTransactionsError';
}

class NoGasError extends Error {
  override readonly name = 'NoGasError';
}

function reasonOf(error: unknown): [code: string, text: string] {
  if (error instanceof GuardClosedError) return [error.code, error.message];
  if (error instanceof PolicyRefusedError) return ['policy', error.message];
  if (error instanceof NoGasError) return ['no_gas', error.message];
  if (error instanceof UnknownTransactionsError) return ['unknown_transactions', error.message];
  if (error instanceof BaseError) return ['would_revert', error.shortMessage];
  return ['not_signed', error instanceof Error ? error.message : 'a failure without a name'];
}
