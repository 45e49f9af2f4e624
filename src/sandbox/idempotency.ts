import { Refusal } from './errors.ts';
import type { Switches } from './switches.ts';
import type { Transaction } from './transactions.ts';

/**
 * `X-Idempotency-Key`: a repeat answers with the status of the original transaction. A key is bound by the first request
 * that was accepted; a refused one leaves it free. Everything runs in one turn, so that two at once cannot both be first.
 */
export function createIdempotency(switches: Switches) {
  const bound = new Map<string, { body: string; transaction: Transaction }>();
  return (key: string | undefined, body: string, accept: () => Transaction): Transaction => {
    if (key === undefined) return accept();
    if (!/^[\x21-\x7e]{1,64}$/.test(key)) throw new Refusal(400, '0304', 'Invalid field: X-Idempotency-Key');
    const original = bound.get(key);
    if (!original) {
      const transaction = accept();
      bound.set(key, { body, transaction });
      return transaction;
    }
    if (original.body !== body && switches.key_reused_with_other_body === 'conflict') {
      throw new Refusal(409, '1101', 'The idempotency key was used with another body');
    }
    return original.transaction;
  };
}
