import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError, invalid } from './errors.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LONGEST_KEY = 100;

type Kept = Readonly<{ bodyHash: string; at_ms: number }> &
  (Readonly<{ today: () => object; original: object }> | Readonly<{ refusal: ApiError }>);

/**
 * X-Idempotency-Key of one endpoint (J/withdrawals-under-the-travel-rule-threshold): a repeat answers for the original
 * transaction and does nothing. Whether a refusal, which made no transaction, is remembered is nowhere said.
 */
export function openIdempotency({ clock, switches }: SandboxContext) {
  const kept = new Map<string, Kept>();

  return {
    /**
     * The earlier answer of this request's key, or that of `act`, which must do its work without awaiting anything: two
     * requests with one key would otherwise both act. `act` gives back a view that shows the transaction as it is whenever called.
     */
    once(c: Context<HttpEnv>, act: () => () => object, isHeeded = true): object {
      const key = c.req.header('x-idempotency-key');
      if (key === undefined || !isHeeded) return act()();
      checkFormat(key);

      const bodyHash = createHash('sha256').update(c.get('body')).digest('hex');
      const earlier = kept.get(key);
      if (earlier && clock.now_ms() - earlier.at_ms < switches.idempotencyRetention_ms) {
        if (earlier.bodyHash !== bodyHash && switches.idempotencyMismatch !== 'original') {
          throw new ApiError(switches.idempotencyMismatch, '34009', 'This idempotency key was used with another body');
        }
        if ('refusal' in earlier) throw earlier.refusal;
        return switches.idempotentAnswer === 'today' ? earlier.today() : earlier.original;
      }

      const asked = { bodyHash, at_ms: clock.now_ms() };
      try {
        const today = act();
        const original = today();
        kept.set(key, { ...asked, today, original });
        return original;
      } catch (refusal) {
        if (refusal instanceof ApiError && switches.refusedKey === 'kept') kept.set(key, { ...asked, refusal });
        throw refusal;
      }
    },
  };

  function checkFormat(key: string): void {
    const format = switches.idempotencyKeyFormat;
    const version = UUID.exec(key)?.[1];
    const isGood = format === 'any' ? key.length <= LONGEST_KEY : format === 'uuid' ? version : version === '1';
    if (!isGood) throw invalid({ field: 'X-Idempotency-Key', message: `must be of the form ${format}` });
  }
}
