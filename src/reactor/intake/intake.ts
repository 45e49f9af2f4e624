import { sql } from 'drizzle-orm';
import { JunoError, JunoNotSentError } from '../../juno/errors.ts';
import type { Context } from '../context.ts';
import { type Lane, withLane } from '../effects/lane.ts';
import { observeBitsoReturns } from './bitso-returns.ts';
import { claimDeposits } from './claim.ts';
import { markClaimed, observeDeposits } from './deposits.ts';
import { explainMovements, suspendUnclaimedIssuances } from './explain.ts';
import { readHinted } from './hints.ts';
import { claimIssuances } from './issuance.ts';
import { type Look, withLook } from './look.ts';
import { observeMovements } from './movements.ts';
import { observeBitso } from './observe-bitso.ts';
import { readMark } from './record.ts';
import { rematchReturns } from './rematch.ts';
import { observeTransactions } from './transactions.ts';

const MARK = 'intake';
const BEGAN = 'intake:began';

/**
 * One look at Juno by one process: what it did, what arrived, whose it is. Wakes the payments that something changed for. A list
 * that cannot be read holds up only what is concluded from it; at the end its JunoError is thrown, so that the look counts as
 * failed. Answers `busy` when another process is looking.
 */
export async function intake(ctx: Context): Promise<'busy' | 'done'> {
  return withLane(ctx, 'intake:juno', (lane) => withLook(ctx, (look) => lookAtJuno(ctx, lane, look)));
}

async function lookAtJuno(ctx: Context, lane: Lane, look: Look): Promise<'done'> {
  const began = await beginning(look);
  const failures: JunoError[] = [];
  const isRead = (observe: (ctx: Context, look: Look) => Promise<void>) =>
    observe(ctx, look).then(
      () => true,
      (error) => failed(failures, error),
    );
  const areDepositsRead = await isRead(observeDeposits);
  const areMovementsRead = await observeMovements(ctx, look);
  const areReturnsRead = await observeBitsoReturns(ctx, look);
  // Whatever is given away, or called unexplained, is so for what the deposits do not say: without them nothing is.
  if (areDepositsRead) {
    await explainMovements(ctx, lane);
    for (const id of await claimDeposits(ctx, lane, areMovementsRead && areReturnsRead))
      await ctx.queue.enqueue({ lane: 'payment', id });
    for (const id of await rematchReturns(ctx, lane)) await ctx.queue.enqueue({ lane: 'payment', id });
    markClaimed(look);
  }
  const areTransactionsRead = await isRead(observeTransactions);
  await readHinted(ctx, look);
  if (areDepositsRead) {
    await claimIssuances(ctx, lane);
    if (areTransactionsRead) await suspendUnclaimedIssuances(ctx, lane, began);
  }
  const paidOut = await observeBitso(ctx).catch((error: unknown) => unread(ctx, error, []));
  const touched = new Set([...paidOut, ...(await paymentsTouched(ctx, look.since))]);
  for (const id of touched) await ctx.queue.enqueue({ lane: 'payment', id });
  const [failure] = failures;
  if (failure) throw failure;
  look.leave(MARK, ctx.now());
  return 'done';
}

/** Keeps why a list could not be read. What was not even sent is no list's fault: it ends the look. */
function failed(failures: JunoError[], error: unknown): false {
  if (!(error instanceof JunoError) || error instanceof JunoNotSentError) throw error;
  failures.push(error);
  return false;
}

/** When this database looked at Juno for the first time. */
async function beginning({ began, mark, leaveNow }: Look): Promise<Date> {
  const known = mark(BEGAN);
  if (known) return known.at;
  await leaveNow(BEGAN, began);
  return began;
}

/** Bitso's trouble is not Juno's: what Juno said is worked on. */
function unread<T>(ctx: Context, error: unknown, otherwise: T): T {
  ctx.log.warn({ event: 'bitso_unread', err: error }, 'Bitso could not be read; it is asked again at the next look');
  return otherwise;
}

/** Payments whose leg waits on a Juno transaction that was seen anew. */
async function paymentsTouched(ctx: Context, since: string): Promise<string[]> {
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    SELECT DISTINCT l.payment_id AS id FROM reactor.leg l
    WHERE (l.state IN ('withdrawing', 'redeeming') AND EXISTS (
        SELECT 1 FROM reactor.effect e JOIN reactor.juno_transaction t ON t.id = e.external_id
        WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND t.updated_at >= ${since}::timestamptz))
      OR (l.state = 'requested' AND EXISTS (
        SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_deposit' AND v.subject_id = l.payment_id::text) AND EXISTS (
        SELECT 1 FROM reactor.juno_transaction t JOIN reactor.payment p ON p.amount_centavos = t.amount_units
        WHERE p.id = l.payment_id AND t.type = 'ISSUANCE' AND t.updated_at >= ${since}::timestamptz))
      OR (l.state = 'returning' AND EXISTS (
        SELECT 1 FROM reactor.juno_transaction t WHERE t.type = 'CRYPTO_DEPOSIT' AND t.amount_units = l.amount_centavos AND t.updated_at >= ${since}::timestamptz))
    UNION
    -- A payout that came back: its leg, or those that it settled, had reached their end, so that no sweep looks at them.
    SELECT l.payment_id FROM reactor.juno_deposit d
      JOIN reactor.evidence v ON v.source IN ('juno_deposit', 'suspense_return') AND v.external_id = d.id AND v.subject_kind = 'leg' AND v.detail @> '{"isReturn": true}'
      JOIN reactor.leg l ON l.id::text = v.subject_id
    WHERE d.is_refund AND l.state = 'completed'
    UNION
    SELECT l.payment_id FROM reactor.leg s
      JOIN reactor.settlement_item i ON i.settlement_leg_id = s.id
      JOIN reactor.leg l ON l.id = i.leg_id
    WHERE l.state = 'completed' AND s.state IN ('payout_returned', 'replaced', 'closed') AND NOT EXISTS (SELECT 1 FROM reactor.leg r WHERE r.payment_id = s.payment_id
      AND (r.state = 'completed' OR EXISTS (SELECT 1 FROM reactor.settled_outside o WHERE o.leg_id = r.id)))`);
  return rows.map((row) => row.id);
}

/** When the last look succeeded. */
export async function lastIntake(ctx: Context): Promise<Date | null> {
  return (await readMark(ctx, MARK))?.at ?? null;
}
