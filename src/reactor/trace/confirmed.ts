import type { Context } from '../context.ts';
import { workHere } from '../work.ts';

/** The outside has it: the end of an effect, in the trace of whom this work is for. */
export function traceConfirmed(
  { tracer, now }: Pick<Context, 'tracer' | 'now'>,
  { id: effect, kind }: Readonly<{ id: string; kind: string }>,
): void {
  tracer?.past('effect.confirm', { ...workHere(), effect, kind }, { from: now(), took_ms: 0 });
}
