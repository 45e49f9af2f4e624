import type { Context } from '../context.ts';
import type { effect } from '../db/schema.ts';

export type EffectRow = typeof effect.$inferSelect;

/** What came of a send, or of looking for one whose answer was lost. */
export type Outcome =
  | { is: 'confirmed'; externalId: string; detail?: object }
  /** Refused before it was processed, by a row of the allow-list. */
  | { is: 'rejected'; code: string; text: string }
  /** Provably not a byte was written. With `retryAfter_ms` it was only not its turn yet, which is no failure. */
  | { is: 'not_sent'; code: string; text: string; retryAfter_ms?: number }
  | { is: 'unknown'; code: string; text: string };

/** How one kind of effect is sent and looked for. Knows nothing of states, locks or retries: `send.ts` does. */
export type Driver = Readonly<{
  /** Whether Juno promises the original's answer to a repeat with the same key and the same bytes. */
  isRepeatable: boolean;
  /** Sends once. `guard` is waited for as the last thing before the bytes are written and throws when it is too late or forbidden by now. */
  send: (ctx: Context, effect: EffectRow, guard: () => Promise<void>) => Promise<Outcome>;
  /**
   * Reads anew, to its end, what `look` goes through, where that is a copy; answers in a sentence why that could not be done. Nobody says
   * that nothing happened before.
   */
  readAnew?: (ctx: Context, effect: EffectRow) => Promise<string | null>;
  /** Looks for it without sending anything. `none` and `several` prove nothing. */
  look: (
    ctx: Context,
    effect: EffectRow,
  ) => Promise<{ found: 'one'; externalId: string; detail?: object } | { found: 'none' | 'several' }>;
}>;
