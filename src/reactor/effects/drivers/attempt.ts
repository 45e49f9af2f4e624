import { z } from 'zod';
import {
  JunoError,
  JunoNotSentError,
  JunoRejectedError,
  JunoThrottledError,
  JunoUnauthorisedError,
} from '../../../juno/errors.ts';
import { RateLimitedError } from '../../rate/juno-limit.ts';
import type { EffectRow, Outcome } from '../driver.ts';

const REQUEST = z.object({ body: z.string() });

/** The bytes that were fixed when the intent was recorded. */
export const bodyOf = (row: EffectRow): string => REQUEST.parse(row.request).body;

/** Turns what a door throws into what is known. Anything unforeseen is `unknown`: it may have left. */
function outcomeOf(error: unknown): Outcome {
  const text = error instanceof Error ? error.message : 'an error without a name';
  if (error instanceof JunoRejectedError) return { is: 'rejected', code: error.code ?? 'rejected', text };
  // Both are answered before anything is processed, so nothing has left.
  if (error instanceof JunoThrottledError || error instanceof JunoUnauthorisedError)
    return { is: 'not_sent', code: error.code ?? error.name, text };
  if (error instanceof JunoNotSentError) {
    const { cause } = error;
    if (cause instanceof RateLimitedError)
      return { is: 'not_sent', code: 'no_room', text: cause.message, retryAfter_ms: cause.retryAfter_ms };
    return { is: 'not_sent', code: 'not_sent', text };
  }
  if (error instanceof JunoError) return { is: 'unknown', code: error.code ?? 'no_answer', text };
  return { is: 'unknown', code: 'unforeseen', text };
}

/** Sends once and says what came of it. */
export const attempt = async (send: () => Promise<string>): Promise<Outcome> => {
  try {
    return { is: 'confirmed', externalId: await send() };
  } catch (error) {
    return outcomeOf(error);
  }
};
