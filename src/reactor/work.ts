/**
 * What this moment's work is for: a payment, and within it a leg, an effect and its kind. Whoever begins such work says so once, and
 * every line that is logged in it names them (log.ts), and every span of a trace (trace/). It follows the calls and holds no state of its
 * own, so that nothing need be handed from function to function for the sake of a log.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export type Work = Readonly<{ payment?: string; leg?: string; effect?: string; kind?: string }>;
/** What a span says beside: words and counts of our own, never anything of a person. */
export type Facts = Readonly<Record<string, string | number>>;

/** Follows payments from outside; see trace/open.ts. */
export type Tracer = Readonly<{
  /** The root that all of a payment's spans hang on. */
  begin: (payment: string) => void;
  /** Links it, both ways, to what the indexer writes of an escrow, which knows the reference alone. */
  join: (work: Readonly<{ payment: string; leg: string }>, reference: string) => void;
  /** Runs it as one span of the payment's trace. */
  span: <T>(name: string, work: Work, run: () => Promise<T>, facts?: Facts) => Promise<T>;
  /** Tells of what is over by now, in the payment's trace: when it began and, unless that was all of it, how long it took. */
  past: (name: string, work: Work, at: Readonly<{ from: Date; took_ms: number }>, facts?: Facts) => void;
  stop: () => Promise<void>;
}>;
export type Traced = Readonly<{ tracer?: Tracer | null }>;

const HERE = new AsyncLocalStorage<{ work: Work }>();

export const workHere = (): Work => HERE.getStore()?.work ?? {};

/** Within work that did not know yet whom it is for; what was known stays. */
export function noteWork(known: Work): void {
  const here = HERE.getStore();
  if (here) here.work = { ...known, ...here.work };
}

/** Begins work; within work for the same payment it is a part of that. */
export function workOn<T>(
  { tracer }: Traced,
  name: string,
  of: Work,
  run: () => Promise<T>,
  facts?: Facts,
): Promise<T> {
  const around = workHere();
  const isPart = of.payment === undefined || of.payment === around.payment;
  const work = isPart ? { ...around, ...of } : of;
  const inside = () => HERE.run({ work }, run);
  return tracer && work.payment !== undefined ? tracer.span(name, work, inside, facts) : inside();
}

type Effect = Readonly<{ id: string; kind: string; paymentId: string | null; subjectKind: string; subjectId: string }>;

/** Whom work on an effect is for. */
export const workOf = ({ id, kind, paymentId, subjectKind, subjectId }: Effect): Work => ({
  ...(paymentId === null ? {} : { payment: paymentId }),
  ...(subjectKind === 'leg' ? { leg: subjectId } : {}),
  ...{ effect: id, kind },
});
