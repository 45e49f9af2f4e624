/** What `kustodia payment why` says: what a payment waits for and until when, and what its reader is to do about it. Pure. */
import { formatMoney } from '../../money/money.ts';
import { effectIn, stepFor } from './attention.ts';
import { decide, decideLeg } from './decide.ts';
import { explain } from './explain.ts';
import { isFinal, LEG_STATES, type LegState, paymentStatus } from './states.ts';
import type { Decision, EffectView, LegView, PaymentView } from './view.ts';

export type Why = Readonly<{
  decision: Decision['do'];
  sentence: string;
  /** What the reader does. Null: nothing. */
  toDo: string | null;
  looksAgainAt: Date | null;
  attention: Readonly<{ code: string; owner: string }> | null;
}>;

type Told = Readonly<{ leg: LegView; code: string; sentence: string; owner: string }>;

/**
 * Of a payment with several legs: what a person is needed for goes before what goes on by itself, and of what only waits the leg that
 * is least far, which is also the one that the payment's status names.
 */
export function why(view: PaymentView): Why {
  const decision = decide(view);
  if (decision.do === 'conclude') return { ...NOTHING, decision: 'conclude', sentence: explain(decision) };
  const legs = view.legs.map((leg) => ({ leg, next: decideLeg(view, leg) }));
  const told = legs.flatMap(({ leg, next }) => toldOf(leg, next));
  const [first] = told;
  if (first) return asked(view, first, told.length - 1);
  if (decision.do === 'done') return { ...NOTHING, decision: 'done', sentence: ended(view) };
  if (decision.do !== 'wait') return { ...NOTHING, decision: decision.do, sentence: explain(decision) };
  const waits = legs
    .flatMap(({ leg, next }) => (next.do === 'wait' ? [{ leg, next }] : []))
    // What people stopped is told before what goes on by itself.
    .sort((a, b) => Number(!a.next.barrier) - Number(!b.next.barrier) || order(a.leg) - order(b.leg));
  const shown = decision.leg === null ? decision : (waits[0]?.next ?? decision);
  return {
    decision: 'wait',
    sentence: `${subject(view, shown.leg)} waits for ${shown.for}. It looks again when told, and at ${decision.until.toISOString()} at the latest.`,
    toDo: shown.toDo ?? null,
    looksAgainAt: decision.until,
    attention: null,
  };
}

const NOTHING = { toDo: null, looksAgainAt: null, attention: null };
const order = ({ state }: LegView): number => LEG_STATES.indexOf(state);

/** Which leg, where there are several. */
const subject = ({ legs }: PaymentView, leg: LegView | null): string =>
  leg === null || legs.length === 1 ? 'It' : `Its ${leg.kind} leg of ${formatMoney(leg.amount)} (${leg.state})`;

/**
 * What a leg needs a person for: because it is decided so now; or because its step was refused the last time that it was tried (a cap, a
 * payout account that differs, an escrow that is another), which no decision knows and its mark does.
 */
function toldOf(leg: LegView, next: Decision): Told[] {
  if (next.do === 'ask') return [next];
  const wasRefused = next.do === 'record' || next.do === 'send';
  if (!leg.attention || !wasRefused) return [];
  const { code, text, owner } = leg.attention;
  return [{ leg, code, owner: owner ?? 'operations', sentence: `${text} It is tried again by itself.` }];
}

function asked(view: PaymentView, { leg, code, sentence, owner }: Told, others: number): Why {
  const more =
    others === 0 ? '' : ` ${others === 1 ? 'Another leg needs' : `${others} more legs need`} a person as well.`;
  const kind = effectIn(code);
  const effect = ((kind && leg.effects[kind]) ?? lastEffectOf(leg))?.id ?? 'EFFECT';
  return {
    decision: 'ask',
    sentence: `${subject(view, leg)} needs a person (${owner}): ${sentence}${more}`,
    toDo: stepFor(code, { payment: view.payment.id, leg: leg.id, effect }),
    looksAgainAt: null,
    attention: { code, owner },
  };
}

/** The effect that the step of a leg is about: the one that was sent last. */
const lastEffectOf = ({ effects }: LegView): EffectView | undefined =>
  Object.values(effects).sort((a, b) => (b.firstSentAt?.getTime() ?? 0) - (a.firstSentAt?.getTime() ?? 0))[0];

const ENDED: Readonly<Partial<Record<LegState, string>>> = {
  completed: 'Nothing is left to do: what was to be paid is paid.',
  expired: 'Nothing is left to do: no deposit came in time, and it expired.',
  closed: 'Nothing is left to do: it was called off before a deposit came, or people settled it outside.',
  replaced: 'Nothing is left to do: other legs took the place of its own, and have reached their end.',
};

const ended = ({ legs }: PaymentView): string => {
  const status = paymentStatus(legs, false);
  const open = legs.filter(({ state }) => !isFinal(state)).length;
  return (open === 0 && status in ENDED && ENDED[status as LegState]) || 'Nothing is left to do.';
};
