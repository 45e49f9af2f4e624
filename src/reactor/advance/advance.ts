import { eq, sql } from 'drizzle-orm';
import { JunoError } from '../../juno/errors.ts';
import type { Context } from '../context.ts';
import { leg } from '../db/schema.ts';
import { driverOf } from '../effects/drivers/index.ts';
import { type Lane, LaneLostError, withLane } from '../effects/lane.ts';
import { sendEffect } from '../effects/send.ts';
import { GuardClosedError } from '../guards/check.ts';
import { isAsRegistered } from '../intake/subjects.ts';
import { decide } from '../payment/decide.ts';
import type { PaymentView } from '../payment/view.ts';
import { settledPayments } from '../settlement/settle.ts';
import { type Ask, applyAsk, applyMove, applyRecord, type Move, type Record } from './apply.ts';
import { loadView, switchesOf } from './load.ts';

/** More turns than any journey has without waiting; reaching it is a fault, not a plan. */
const MAX_TURNS = 12;
const BUSY_RETRY_MS = 250;
const ACCOUNT_RETRY_MS = 30_000;
const UNREAD_RETRY_MS = 2_000;

/** Chain effects are sent by the wallet's lane, not by the payment's. */
export type Wake = Readonly<{ wallet: () => void }>;

/**
 * Takes a payment as far as it can go now: view, decide, act, record, until there is something to wait for. Safe to run any
 * number of times, by anybody, at once: one holder works, the others leave.
 */
export async function advance(ctx: Context, wake: Wake, paymentId: string): Promise<void> {
  try {
    const result = await withLane(ctx.db, `payment:${paymentId}`, ctx.holder, (lane) =>
      run(ctx, wake, lane, paymentId),
    );
    if (result === 'busy')
      await ctx.queue.enqueue(
        { lane: 'payment', id: paymentId },
        { at: new Date(ctx.now().getTime() + BUSY_RETRY_MS) },
      );
  } catch (error) {
    if (error instanceof LaneLostError) ctx.log.info({ event: 'lane_lost', paymentId }, error.message);
    else throw error;
  }
}

async function run(ctx: Context, wake: Wake, lane: Lane, paymentId: string): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const view = await loadView(ctx, paymentId);
    if (!view) return;
    const decision = decide(view);
    switch (decision.do) {
      case 'done':
        return;
      case 'wait':
        return sleep(ctx, view, decision.until);
      case 'ask':
        await applyAsk(ctx, lane, decision);
        break;
      case 'move':
        await applyMove(ctx, lane, paymentId, decision);
        await wakeOthers(ctx, decision);
        ctx.log.info({
          event: 'leg_moved',
          paymentId,
          legId: decision.leg.id,
          from: decision.leg.state,
          to: decision.to,
          cause: decision.cause,
        });
        break;
      case 'record': {
        const trouble = await accountTrouble(ctx, decision);
        if (trouble === 'unread') return sleep(ctx, view, new Date(view.now.getTime() + UNREAD_RETRY_MS));
        if (trouble) {
          await applyAsk(ctx, lane, trouble);
          return sleep(ctx, view, new Date(view.now.getTime() + ACCOUNT_RETRY_MS));
        }
        try {
          await applyRecord(ctx, lane, paymentId, decision);
        } catch (error) {
          if (!(error instanceof GuardClosedError)) throw error;
          ctx.log.warn({ event: 'guard_closed', paymentId, code: error.code }, error.message);
          return sleep(ctx, view, new Date(view.now.getTime() + 5_000));
        }
        ctx.log.info({
          event: 'effect_recorded',
          paymentId,
          legId: decision.leg.id,
          kind: decision.effect,
          attempt: decision.attempt,
        });
        if (decision.effect.startsWith('chain_')) wake.wallet();
        break;
      }
      case 'send':
        await sendEffect(
          ctx,
          lane,
          driverOf(decision.effect.kind),
          decision.effect.id,
          await switchesFor(ctx, paymentId),
        );
        break;
    }
  }
  ctx.log.error(
    { event: 'too_many_turns', paymentId },
    `payment ${paymentId} took ${MAX_TURNS} turns without coming to rest; the sweep looks again`,
  );
}

/** Before pesos leave for an account, Juno's own record of it is read once more (design, "Payout rails"; incident 14). */
async function accountTrouble(ctx: Context, decision: Record): Promise<Ask | 'unread' | null> {
  const { leg: paid, effect } = decision;
  if (effect !== 'juno_redemption' || paid.rail !== 'bank_redemption') return null;
  try {
    if (await isAsRegistered(ctx, paid.destinationId)) return null;
  } catch (error) {
    if (!(error instanceof JunoError)) throw error;
    ctx.log.warn(
      { event: 'account_unread', legId: paid.id, err: error },
      'the payout account could not be read back; nothing is sent until it is',
    );
    return 'unread';
  }
  return {
    do: 'ask',
    leg: paid,
    code: 'payout_account_differs',
    sentence:
      'Juno’s record of the payout account has another CLABE or name than the payment, or is gone. Nothing was sent. Compare both; a correction is a new account.',
    owner: 'operations',
  };
}

/** What a move may let others do: an accrued leg its settlement, a settlement the legs that it pays. */
async function wakeOthers(ctx: Context, { leg: moved, to }: Move): Promise<void> {
  if (to === 'accrued') await ctx.queue.enqueue({ lane: 'destination', id: moved.destinationId });
  if (moved.kind !== 'settlement' || to !== 'completed') return;
  for (const id of await settledPayments(ctx, moved.id)) await ctx.queue.enqueue({ lane: 'payment', id });
}

async function switchesFor(ctx: Context, paymentId: string): Promise<string[]> {
  const { rows } = await ctx.db.execute<{ payer_id: string; recipient_id: string }>(
    sql`SELECT payer_id, recipient_id FROM reactor.payment WHERE id = ${paymentId}`,
  );
  const [row] = rows;
  return row ? switchesOf(row.payer_id, row.recipient_id) : ['all'];
}

/** Sets the alarm. Losing it costs a sweep. */
async function sleep(ctx: Context, view: PaymentView, until: Date): Promise<void> {
  const { id } = view.payment;
  await ctx.db
    .update(leg)
    .set({ dueAt: until })
    .where(sql`${eq(leg.paymentId, id)} AND state NOT IN ('completed', 'replaced', 'expired', 'closed')`);
  if (until.getTime() - view.now.getTime() <= 10_000) await ctx.queue.enqueue({ lane: 'payment', id }, { at: until });
}
