import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { type Hex, parseTransaction } from 'viem';
import { z } from 'zod';
import type { Fees } from '../../chain/door.ts';
import type { Context } from '../context.ts';
import { effect, walletTransaction } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { assertLane, type Lane, LaneLostError, withLane } from '../effects/lane.ts';
import { moveEffect, scopeOf } from '../effects/send.ts';
import { assertGuards } from '../guards/check.ts';
import { servesPinnedChain } from '../guards/pins.ts';
import { switchesOverCall, walletSwitch } from '../guards/scope.ts';
import { FAILURES_BEFORE_ASKING } from '../payment/step.ts';
import { readEarlyCall } from '../release/early.ts';
import { assertApproved } from '../release/standing.ts';
import { workOf, workOn } from '../work.ts';
import { broadcast } from './broadcast.ts';
import { larger } from './decide.ts';
import { follow, withMargin } from './follow.ts';
import { assertOurs } from './ours.ts';
import { assertAllowed } from './policy.ts';
import { policyOf } from './read-policy.ts';
import { NoGasError, notSignedFor, UnknownTransactionsError } from './refusals.ts';
import { isContested, reopen } from './reopen.ts';
import { signAllowed } from './sign.ts';
import type { Signer } from './signer.ts';
import { byNonce, highestNonce, unsettled, walletLaneOf } from './store.ts';

const CALL = z.object({
  to: z.string().transform((v) => v as `0x${string}`),
  data: z.string().transform((v) => v as Hex),
});
const CHAIN_KINDS = [
  'chain_approve',
  'chain_create',
  'chain_fund',
  'chain_dispute',
  'chain_resolve',
  'chain_release',
  'chain_return',
  'chain_probe',
] as const;
/** Signed and in no block yet: more than these wait their turn. */
const MAX_IN_FLIGHT = 64;
/** What is in no block, and what has to wait, is looked at this often; what only has to get deeper, more rarely. */
const FOLLOW_MS = 500;
const SETTLE_MS = 3_000;

export type WalletLane = Readonly<{
  /** Signs and broadcasts what is recorded, follows what is in flight. Answers in how long to come back; null when woken. */
  turn: () => Promise<number | null>;
}>;

/**
 * The one lane of one key. The next nonce is derived from the stored signed transactions, so it cannot drift; the bytes are
 * stored before they are broadcast; a rebroadcast is always the same bytes. It signs nothing new while a nonce of its own is used
 * by a transaction that it does not know.
 */
export function walletLane(ctx: Context, signer: Signer): WalletLane {
  const { db, chain, log, settings } = ctx;
  const name = walletLaneOf(settings.chainId, signer.address);
  const policy = policyOf(ctx);
  const { chainId } = settings;

  return {
    turn: async () => {
      const result = await withLane(ctx, name, async (lane) => {
        // Another chain's nonces say nothing of what was signed for ours, and it may take the same bytes. The watchdog tells.
        if (!(await servesPinnedChain(db, chain))) return SETTLE_MS;
        await reopen(ctx, lane, signer.address);
        const { isStopped } = await follow(ctx, lane, signer, policy);
        if (!isStopped) await signRecorded(lane);
        return untilNextTurn();
      });
      return result === 'busy' ? FOLLOW_MS : result;
    },
  };

  async function untilNextTurn(): Promise<number | null> {
    const { rows } = await db.execute<{ unmined: number; mined: number; pause_ms: string | null }>(sql`
      SELECT count(*) FILTER (WHERE NOT is_mined)::int AS unmined, count(*) FILTER (WHERE is_mined)::int AS mined, (
        SELECT extract(epoch FROM min(next_look_at) - reactor.now()) * 1000 FROM reactor.effect
        WHERE kind IN ${[...CHAIN_KINDS]} AND state = 'recorded') AS pause_ms
      FROM (
        SELECT bool_or(mined_block IS NOT NULL) AS is_mined FROM reactor.wallet_transaction
        WHERE wallet = ${signer.address} AND chain_id = ${chainId} AND succeeded IS NULL GROUP BY nonce) AS nonces`);
    const { unmined = 0, mined = 0, pause_ms = null } = rows[0] ?? {};
    if (unmined > 0) return FOLLOW_MS;
    const pauses = [
      ...(mined > 0 ? [SETTLE_MS] : []),
      ...(pause_ms === null ? [] : [Math.max(FOLLOW_MS, Math.ceil(Number(pause_ms)))]),
    ];
    return pauses.length > 0 ? Math.min(...pauses) : null;
  }

  async function signRecorded(lane: Lane): Promise<void> {
    const due = await db
      .select()
      .from(effect)
      .where(
        and(
          inArray(effect.kind, [...CHAIN_KINDS]),
          eq(effect.state, 'recorded'),
          sql`${effect.nextLookAt} <= reactor.now()`,
        ),
      )
      .orderBy(asc(effect.createdAt))
      .limit(MAX_IN_FLIGHT);
    if (due.length === 0 || ctx.watchdog.current().trouble) return;
    const inFlight = [...byNonce(await unsettled(ctx, signer.address)).values()].filter((v) => !isInBlock(v));
    const recorded = due.slice(0, Math.max(0, MAX_IN_FLIGHT - inFlight.length));
    if (recorded.length === 0) return;
    const fees = await chain.fees();
    // What is on its way may still be charged in full.
    const spoken = inFlight.reduce((sum, versions) => sum + mostOf(versions), 0n);
    let free = (await chain.balance(signer.address)) - spoken;
    const used = await usedNonces();
    for (const row of recorded) {
      const signed = await workOn(ctx, 'wallet.sign', workOf(row), () => trySign(lane, row, { fees, free, used }));
      if (signed === 'none') return;
      free -= signed;
    }
  }

  type Means = Readonly<{ fees: Fees; free: bigint; used: number }>;

  /** The most that it can cost, in wei; `none` where no other can be signed either. */
  async function trySign(lane: Lane, row: EffectRow, means: Means): Promise<bigint | 'none'> {
    try {
      return await signOne(lane, row, means);
    } catch (error) {
      if (error instanceof LaneLostError) throw error;
      const refusal = notSignedFor(error);
      await setBack(row, refusal);
      // One that cannot be signed must not keep the others from being signed; what concerns the wallet itself concerns them all.
      return refusal.isForAll ? 'none' : 0n;
    }
  }

  /** Answers the most that it can cost, in wei. */
  async function signOne(lane: Lane, row: EffectRow, { fees, free, used }: Means): Promise<bigint> {
    const call = CALL.parse(row.request);
    assertAllowed(policy, row.kind, row.amount, call);
    await assertOurs(ctx, row, call);
    const gas = withMargin(await chain.estimateGas(call, signer.address));
    const cost = gas * fees.maxFeePerGas;
    if (cost > free) throw new NoGasError(signer.address, free, cost);
    const nonce = await nextNonce(used);
    const { hash, raw } = await signAllowed(signer, policy, row, {
      type: 'eip1559',
      chainId,
      nonce,
      ...call,
      value: 0n,
      gas,
      ...fees,
    });
    const switches = ['all', 'rail:chain', walletSwitch(signer.address), ...switchesOverCall(row.kind, call)];
    const sending = await db.transaction(async (tx) => {
      await assertLane(tx, lane, ctx.memory);
      await assertGuards(tx, { ...scopeOf(row), switches });
      // Whoever takes an approval back waits for this, or was before it.
      if (row.kind === 'chain_release')
        await assertApproved(tx, ctx, row.subjectId, { early: readEarlyCall(call.data)?.act });
      const moved = await moveEffect(tx, lane, row, 'sending', null);
      await tx.update(effect).set({ failures: 0 }).where(eq(effect.id, row.id));
      const wallet = signer.address;
      await tx.insert(walletTransaction).values({ hash, chainId, wallet, nonce, version: 0, effectId: row.id, raw });
      return moved;
    });
    ctx.memory?.note(sending);
    // Disputed in this very moment: the next turn lets its nonce be used up.
    if (row.kind === 'chain_release' && (await isContested(ctx, { effectId: row.id }))) return cost;
    await broadcast(ctx, { hash, raw, effectId: row.id });
    log.info({ event: 'transaction_sent', nonce, hash });
    return cost;
  }

  /** Nothing was signed or sent: it stays recorded and is tried again, later each time. */
  async function setBack(
    row: EffectRow,
    { code, text, isTold, retry_ms }: ReturnType<typeof notSignedFor>,
  ): Promise<void> {
    const failures = Math.max(row.failures + 1, isTold ? FAILURES_BEFORE_ASKING : 0);
    const pause_ms = retry_ms ?? Math.min(500 * 2 ** row.failures, 60_000);
    await db
      .update(effect)
      .set({
        error: { code, text },
        failures,
        nextLookAt: sql`reactor.now() + ${pause_ms} * interval '1 millisecond'`,
      })
      .where(and(eq(effect.id, row.id), eq(effect.state, 'recorded')));
    log.warn({ event: 'transaction_not_signed', code }, text);
    if (row.paymentId) await ctx.queue.enqueue({ lane: 'payment', id: row.paymentId });
  }

  /** Nonces that the chain counts as used, with those that the node holds for a later block. */
  async function usedNonces(): Promise<number> {
    const [mined, pending] = await Promise.all([chain.minedNonce(signer.address), chain.pendingNonce(signer.address)]);
    return Math.max(mined, pending);
  }

  /**
   * One more than the highest that was ever signed here; the chain's own count only before the first. A transaction of this wallet
   * that this database does not have is nothing to sign beside.
   */
  async function nextNonce(used: number): Promise<number> {
    const highest = await highestNonce(ctx, signer.address);
    if (highest === null || used <= highest + 1) return highest === null ? used : highest + 1;
    throw new UnknownTransactionsError(used - 1, highest);
  }
}

const isInBlock = (versions: readonly { minedBlock: number | null }[]): boolean =>
  versions.some(({ minedBlock }) => minedBlock !== null);

/** Wei that a nonce may cost, whichever of its versions is mined. */
const mostOf = (versions: readonly { raw: string }[]): bigint =>
  versions.reduce((most, { raw }) => {
    const { gas = 0n, maxFeePerGas = 0n } = parseTransaction(raw as Hex);
    return larger(most, gas * maxFeePerGas);
  }, 0n);
