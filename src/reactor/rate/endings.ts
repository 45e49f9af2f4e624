import { isThrottling } from '../../juno/classify.ts';
import { JunoError, JunoNotSentError } from '../../juno/errors.ts';
import { LimiterUnavailableError, RateLimitedError } from './errors.ts';
import type { Report } from './take.ts';

/** How a call ended, as far as the limiter cares. What was never sent says nothing of Juno. */
export type Ending = 'well' | 'failed' | 'throttled' | 'unsent';

/** The end of a call that had leave. One without an answer may still be on its way to Juno, and be counted there. */
export type CallEnd = Readonly<{ ending: Ending; mayStillArrive: boolean }>;

export const WENT_WELL: CallEnd = { ending: 'well', mayStillArrive: false };
const UNSENT: CallEnd = { ending: 'unsent', mayStillArrive: false };

/**
 * What an error says of Juno's health; null when the call had no leave. Whatever Juno itself answered, a refusal too, shows that
 * it is there; time-outs, resets, connections refused and 5xx show that it is not.
 */
export function endOf(error: unknown): CallEnd | null {
  if (!(error instanceof JunoError)) return UNSENT;
  // What became of a send may be unknown; that Juno wants to be left alone is not.
  if (error.outcome === 'throttled' || isThrottling(error.code)) return { ending: 'throttled', mayStillArrive: false };
  const { cause, httpStatus } = error;
  if (cause instanceof RateLimitedError || cause instanceof LimiterUnavailableError) return null;
  if (error instanceof JunoNotSentError) {
    // No connection is Juno's trouble; a deadline that had passed before the first byte is our own.
    const isNetwork = cause instanceof Error && 'syscall' in cause;
    return isNetwork ? { ending: 'failed', mayStillArrive: false } : UNSENT;
  }
  if (httpStatus === null) return { ending: 'failed', mayStillArrive: true };
  return httpStatus < 500 ? WENT_WELL : { ending: 'failed', mayStillArrive: false };
}

/** Collects endings until they can be told. */
export function collectEndings() {
  const nothing = { done: 0, wentWell: false, failures: 0, throttled: false };
  let report: Report = nothing;
  return {
    add: (ending: Ending): void => {
      report = {
        ...report,
        wentWell: report.wentWell || ending === 'well',
        failures: ending === 'failed' ? report.failures + 1 : ending === 'well' ? 0 : report.failures,
        throttled: report.throttled || ending === 'throttled',
      };
    },
    /** One is no longer on its way. */
    isOver: (): void => {
      report = { ...report, done: report.done + 1 };
    },
    hasAny: () => report !== nothing,
    take: (): Report => {
      const taken = report;
      report = nothing;
      return taken;
    },
    /** Puts back what could not be told, before what was added since. */
    giveBack: (earlier: Report): void => {
      report = {
        done: earlier.done + report.done,
        wentWell: earlier.wentWell || report.wentWell,
        failures: report.wentWell ? report.failures : earlier.failures + report.failures,
        throttled: earlier.throttled || report.throttled,
      };
    },
  };
}
