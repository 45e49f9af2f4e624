import { type SQL, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { applyConclude } from '../disputes/conclude.ts';
import { applyContest } from '../disputes/open.ts';
import { driverOf } from '../effects/drivers/index.ts';
import { holdLane, type Lane, LaneLostError, WAS_HELD } from '../effects/lane.ts';
import { sendEffect } from '../effects/send.ts';
import { GuardClosedError } from '../guards/check.ts';
import type { AttentionCode } from '../payment/attention.ts';
import { decide, decideLeg } from '../payment/decide.ts';
import type { Ask, Decision, LegView, Move, PaymentView, RecordIntent } from '../payment/view.ts';
import { settledPayments } from '../settlement/settle.ts';
import { traceConfirmed } from '../trace/confirmed.ts';
import { traceEscrow } from '../trace/escrow.ts';
import { traceWebhooks } from '../trace/webhooks.ts';
import { type Facts, type Work, workOn } from '../work.ts';
import { applyAsk, applyCalm, applyMove, applyRebind, applyRecord, applyReplace } from './apply.ts';
import { troubleBefore, type Unread } from './before.ts';
import { loadView } from './load.ts';
import { type Rows, takeRows } from './rows.ts';
import { StaleViewError } from './stale.ts';

/** More turns than the journey of one leg has without waiting; reaching it for each leg is a fault, not a plan. */
const MAX_TURNS = 12;
const BUSY_RETRY_MS = 250;
/** What is due later is found by the sweep, or by the chain's clock. */
const ALARM_WITHIN_MS = 10_000;
const FORBIDDEN_RETRY_MS = 30_000;
const GUARD_RETRY_MS = 5_000;

const TOLD_OF_CAPS: Readonly<Record<string, { code: AttentionCode; next: string }>> = {
  cap: {
    code: 'daily_cap',
    next: 'The payout waits for tomorrow’s, or for the cap to be raised: kustodia guard cap.',
  },
  payment_cap: {
    code: 'payment_cap',
    next: 'It was lowered since the payment was made. The payout waits for it to be raised: kustodia guard cap.',
  },
  rate_missing: { code: 'rate_missing', next: 'The payout waits for MXN_PER_UDI to be set, or for a cap in pesos.' },
};

/** Chain effects are sent by the wallet's lane, not by the payment's. */
export type Wake = Readonly<{ wallet: () => void }>;

/**
 * Takes a payment as far as it can go now: view, decide, act, record, until there is something to wait for. Safe to run any
 * number of times, by anybody, at once: one holder works, the others leave.
 */
export const advance = (ctx: Context, wake: Wake, paymentId: string): Promise<void> =>
  workOn(ctx, 'advance', { payment: paymentId }, () => advanceNow(ctx, wake, paymentId));

async function advanceNow(ctx: Context, wake: Wake, paymentId: string): Promise<void> {
  try {
    const taken = await takeRows(ctx, paymentId);
    if (taken === null) return;
    if (taken === 'busy')
      return ctx.queue.enqueue(
        { lane: 'payment', id: paymentId },
        { at: new Date(ctx.now().getTime() + BUSY_RETRY_MS) },
      );
    const rest = await holdLane(
      ctx,
      taken.lane,
      (lane) => run(ctx, wake, lane, paymentId, taken.rows),
      (rested) => rested && dueAgain(paymentId, rested),
    );
    if (rest) await setAlarm(ctx, paymentId, rest);
  } catch (error) {
    if (error instanceof LaneLostError) ctx.log.info({ event: 'lane_lost', payment: paymentId }, error.message);
    else if (error instanceof StaleViewError) {
      ctx.log.info({ event: 'view_stale', payment: paymentId }, error.message);
      await ctx.queue.enqueue({ lane: 'payment', id: paymentId });
    } else throw error;
  }
}

/** When to look again, and the moment at which that was decided, both by the database's clock. */
type Rest = Readonly<{ until: Date; from: Date; barrier?: string | undefined }>;

/** Answers null where there is nothing to come back for, or where it has not come to rest. */
async function run(ctx: Context, wake: Wake, lane: Lane, paymentId: string, taken: Rows): Promise<Rest | null> {
  /** The leg whose intent was recorded a moment ago: the outside was asked just before. */
  let askedFor: string | null = null;
  /** Legs whose step was refused or threw in this look: one leg's trouble keeps no other from its try. */
  const refused = new Set<string>();
  const failures: unknown[] = [];
  let soonest: Rest | null = null;
  let turns = MAX_TURNS;
  for (let turn = 0; turn < turns; turn++) {
    const view = await loadView(ctx, paymentId, turn === 0 ? taken : undefined);
    if (!view) return null;
    turns = MAX_TURNS * view.legs.length;
    await calm(ctx, lane, view);
    const decision = decide(view, refused);
    if (decision.do === 'done' || decision.do === 'wait') {
      // Told once all have had their try; the caller counts them, and looks again.
      if (failures.length > 0)
        throw failures.length === 1 ? failures[0] : new AggregateError(failures, sayAll(failures));
      const rest: Rest | null =
        decision.do === 'wait' ? { until: decision.until, from: view.now, barrier: decision.barrier } : null;
      return earlier(soonest, rest);
    }
    try {
      const pause_ms = await workOn(
        ctx,
        `decision.${decision.do}`,
        workIn(paymentId, decision),
        () => act(ctx, wake, lane, paymentId, decision, askedFor),
        factsIn(decision),
      );
      if (decision.do === 'record' && pause_ms === null) askedFor = decision.leg.id;
      if (decision.do === 'send' && pause_ms === null) askedFor = null;
      if (pause_ms === null || !('leg' in decision)) continue;
      refused.add(decision.leg.id);
      soonest = earlier(soonest, { until: new Date(view.now.getTime() + pause_ms), from: view.now });
    } catch (error) {
      if (error instanceof LaneLostError || error instanceof StaleViewError || !('leg' in decision)) throw error;
      for (const { id } of together(decision)) refused.add(id);
      failures.push(error);
    }
  }
  ctx.log.error(
    { event: 'too_many_turns', payment: paymentId },
    `payment ${paymentId} took ${turns} turns without coming to rest; the sweep looks again`,
  );
  return null;
}

type Act = Exclude<Decision, { do: 'wait' | 'done' }>;

/** The legs that a decision is of: those that move beside one are refused with it. */
const together = (decision: Extract<Act, { leg: LegView }>): LegView[] => [
  decision.leg,
  ...(decision.do === 'move' ? (decision.beside ?? []).map(({ leg }) => leg) : []),
];
const earlier = (one: Rest | null, other: Rest | null): Rest | null => {
  if (!one || !other) return one ?? other;
  // Whichever comes first, the sweep still sees the barrier go.
  return { ...(one.until <= other.until ? one : other), barrier: one.barrier ?? other.barrier };
};
const sayAll = (errors: readonly unknown[]): string =>
  errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; ');

/** Whom a decision is for. */
const workIn = (payment: string, decision: Act): Work => ({
  payment,
  ...('leg' in decision ? { leg: decision.leg.id } : {}),
  ...(decision.do === 'record' ? { kind: decision.effect } : {}),
  ...(decision.do === 'send' ? { effect: decision.effect.id, kind: decision.effect.kind } : {}),
});

/** What its span says beside. */
function factsIn(decision: Act): Facts {
  if (decision.do === 'move') return { from: decision.leg.state, to: decision.to };
  if (decision.do === 'record') return { from: decision.leg.state, to: decision.to, attempt: decision.attempt };
  if (decision.do === 'send') return { attempt: decision.effect.attempt, state: decision.effect.state };
  return decision.do === 'ask' ? { code: decision.code } : {};
}

/** Carries out one decision. Answers null, or in how long its leg is to be looked at again when something refuses it. */
async function act(
  ctx: Context,
  wake: Wake,
  lane: Lane,
  paymentId: string,
  decision: Act,
  askedFor: string | null,
): Promise<number | null> {
  switch (decision.do) {
    case 'ask':
      await applyAsk(ctx, lane, decision);
      return null;
    case 'move':
      await move(ctx, lane, paymentId, decision);
      return null;
    case 'replace':
      await applyReplace(ctx, lane, decision);
      ctx.log.info({ event: 'leg_replaced', payment: paymentId, leg: decision.leg.id, cause: decision.cause });
      return null;
    case 'rebind':
      await applyRebind(ctx, lane, decision);
      return null;
    case 'conclude':
      await applyConclude(ctx, lane, paymentId, decision.disputeId);
      return null;
    case 'contest':
      await applyContest(ctx, lane, paymentId, decision);
      return null;
    case 'record':
      return record(ctx, wake, lane, paymentId, decision);
    case 'send':
      return send(ctx, lane, decision, { isAsked: askedFor === decision.leg.id });
  }
}

async function move(ctx: Context, lane: Lane, paymentId: string, decision: Move): Promise<void> {
  await applyMove(ctx, lane, paymentId, decision);
  if (decision.confirms) traceConfirmed(ctx, decision.confirms);
  if (decision.confirms?.kind === 'chain_fund') await traceEscrow(ctx, paymentId, decision.leg.id);
  await traceWebhooks(
    ctx,
    paymentId,
    decision.claims.flatMap(({ source, externalId }) => (source === 'chain' ? [] : [externalId])),
  );
  await wakeOthers(ctx, paymentId, decision);
  const { leg: first, to, cause, beside = [] } = decision;
  for (const { leg: moved, to: state } of [{ leg: first, to }, ...beside])
    ctx.log.info({ event: 'leg_moved', payment: paymentId, leg: moved.id, from: moved.state, to: state, cause });
}

/** Commits an intent. Answers null, or how long to wait when something forbids it: nothing was recorded then. */
async function record(
  ctx: Context,
  wake: Wake,
  lane: Lane,
  paymentId: string,
  decision: RecordIntent,
): Promise<number | null> {
  const { leg: view, effect: kind, attempt } = decision;
  const trouble = await troubleBefore(ctx, decision, { isFirst: true });
  if (trouble) return tell(ctx, lane, trouble);
  try {
    await applyRecord(ctx, lane, paymentId, decision);
  } catch (error) {
    if (!(error instanceof GuardClosedError)) throw error;
    ctx.log.warn({ event: 'guard_closed', payment: paymentId, code: error.code }, error.message);
    // A hold or a switch is somebody's act; a cap that is used up may be nobody's, so somebody is told.
    const told = TOLD_OF_CAPS[error.code];
    if (!told) return GUARD_RETRY_MS;
    const sentence = `${error.message} ${told.next}`;
    await applyAsk(ctx, lane, { do: 'ask', leg: view, code: told.code, sentence, owner: 'operations' });
    return FORBIDDEN_RETRY_MS;
  }
  ctx.log.info({ event: 'effect_recorded', payment: paymentId, leg: view.id, kind, attempt });
  if (kind.startsWith('chain_')) wake.wallet();
  return null;
}

/**
 * Sends, repeats or looks for an effect. A repeat passes every check of a first send: the outside is asked again, unless it was just
 * now, before the intent. What it forbids is not written; what may have been written before is looked for. Answers null, or how
 * long to wait.
 */
async function send(
  ctx: Context,
  lane: Lane,
  { leg: view, effect, mayWrite }: Extract<Decision, { do: 'send' }>,
  { isAsked }: { isAsked: boolean },
): Promise<number | null> {
  const mustAsk = mayWrite && !isAsked;
  const trouble = mustAsk ? await troubleBefore(ctx, { leg: view, effect: effect.kind }, { isFirst: false }) : null;
  if (trouble && effect.state === 'recorded') return tell(ctx, lane, trouble);
  const bar = trouble?.sentence;
  await sendEffect(ctx, lane, driverOf(effect.kind), effect.id, {
    mayWrite: mayWrite && !trouble,
    ...(bar ? { bar } : {}),
  });
  return null;
}

/** Tells a person what stands in the way, if one is to be told. Answers how long to wait. */
async function tell(ctx: Context, lane: Lane, trouble: Ask | Unread): Promise<number> {
  const told = trouble.do === 'ask' ? trouble : trouble.ask;
  if (told) await applyAsk(ctx, lane, told);
  return trouble.do === 'ask' ? FORBIDDEN_RETRY_MS : trouble.pause_ms;
}

/** A leg that only waits, or has nothing to wait for, needs nobody: whatever it was marked for has mended itself. */
async function calm(ctx: Context, lane: Lane, view: PaymentView): Promise<void> {
  const marked = view.legs.filter(({ attention }) => attention !== null);
  const mended = marked.filter((marked) => RESTS.has(decideLeg(view, marked).do));
  if (mended.length > 0)
    await applyCalm(
      ctx,
      lane,
      mended.map(({ id }) => id),
    );
}

const RESTS: ReadonlySet<Decision['do']> = new Set(['wait', 'done']);

/** What a move may let others do: an accrued leg its settlement, a settlement the legs that it pays, or paid and pays no longer. */
async function wakeOthers(ctx: Context, paymentId: string, { leg: moved, to }: Move): Promise<void> {
  if (to === 'accrued') await ctx.queue.enqueue({ lane: 'destination', id: moved.destinationId });
  if (moved.kind !== 'settlement' || (to !== 'completed' && to !== 'payout_returned')) return;
  for (const id of await settledPayments(ctx, paymentId)) await ctx.queue.enqueue({ lane: 'payment', id });
}

/** The sweep finds it by this, whatever else wakes it before. */
const dueAgain = (paymentId: string, { until, barrier }: Rest): SQL => sql`
  UPDATE reactor.leg SET due_at = ${until.toISOString()}::timestamptz, barrier = ${barrier ?? null}
  WHERE payment_id = ${paymentId}::uuid AND state NOT IN ('completed', 'replaced', 'expired', 'closed') AND ${WAS_HELD}`;

/** Sets the alarm. Losing it costs a sweep. */
async function setAlarm(ctx: Context, paymentId: string, { until, from }: Rest): Promise<void> {
  // The view's clock is the database's, the queue's is this process's.
  const wait_ms = until.getTime() - from.getTime();
  if (wait_ms <= ALARM_WITHIN_MS)
    await ctx.queue.enqueue({ lane: 'payment', id: paymentId }, { at: new Date(ctx.now().getTime() + wait_ms) });
}
