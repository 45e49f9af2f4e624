import { and, eq, isNotNull } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { leg } from '../db/schema.ts';
import { PAUSED } from '../guards/breaker.ts';
import { reasonOff, sentenceTo } from '../guards/reasons.ts';
import { stepFor } from '../payment/attention.ts';
import { isFinal, type PaymentStatus, paymentStatus } from '../payment/states.ts';
import type { PaymentView } from '../payment/view.ts';
import { type Why, why } from '../payment/why.ts';
import { reasonTo } from '../people/words.ts';
import { loadView } from './load.ts';

export type WhyNow = Why & Readonly<{ status: PaymentStatus }>;

/** Why a payment is where it is, from all that is known now. One that cannot be looked at says so. Throws where there is none. */
export async function whyNow(ctx: Context, paymentId: string, canReadReasons: boolean): Promise<WhyNow> {
  let view: PaymentView | null;
  try {
    view = await loadView(ctx, paymentId);
  } catch (error) {
    const marked = await markOf(ctx, paymentId);
    if (!marked) throw error;
    ctx.log.warn({ event: 'payment_unreadable', payment: paymentId, err: error }, 'the payment cannot be looked at');
    return marked;
  }
  if (!view) throw new Error(`no payment ${paymentId}`);
  const isHeld = view.holds.length > 0 || view.legs.some(({ held, state }) => held && !isFinal(state));
  const told = canReadReasons ? view : withoutReasons(view);
  return { ...why(told), status: paymentStatus(view.legs, isHeld) };
}

/** What people wrote of why they hold or stopped it is left out. */
function withoutReasons(view: PaymentView): PaymentView {
  const held = (hold: PaymentView['holds'][number]) => ({ ...hold, sentence: sentenceTo(false, hold) });
  const stopped = (one: PaymentView['stopped'][number]) => ({
    ...one,
    reason: reasonOff(false, { ...one, changedBy: null }),
  });
  return {
    ...view,
    holds: view.holds.map(held),
    stopped: view.stopped.map(stopped),
    legs: view.legs.map((one) => ({
      ...one,
      held: one.held ? held(one.held) : null,
      stopped: one.stopped && stopped(one.stopped),
      contractStopped: one.contractStopped ? reasonTo(one.contractStopped === PAUSED, one.contractStopped) : null,
    })),
  };
}

/** What its legs were marked with before it could not be read. */
async function markOf({ db }: Context, payment: string): Promise<WhyNow | null> {
  const [row] = await db
    .select({ id: leg.id, code: leg.attentionCode, text: leg.attentionText, owner: leg.attentionOwner })
    .from(leg)
    .where(and(eq(leg.paymentId, payment), isNotNull(leg.attentionCode)))
    .limit(1);
  if (!row?.code) return null;
  const owner = row.owner ?? 'engineering';
  return {
    ...{ status: 'needs_attention', decision: 'ask', looksAgainAt: null, attention: { code: row.code, owner } },
    sentence: `It needs a person (${owner}): ${row.text ?? row.code}`,
    toDo: stepFor(row.code, { payment, leg: row.id, effect: 'EFFECT' }),
  };
}
