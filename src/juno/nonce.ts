const SALT = 1_000_000n;

export type CreateNonceParameters = Readonly<{
  /** The next number of one sequence that every process on this API key draws from. */
  nextSequence: () => Promise<bigint>;
  /** Milliseconds since 1970. */
  now: () => number;
}>;

export type CreateNonceReturnType = () => Promise<string>;
/** What the nonce is refused with. */
export type CreateNonceErrorType = RangeError;

/**
 * Nonces of 19 digits: 13 of epoch milliseconds and 6 of a shared sequence, taken modulo a million (A/nonce-v2-rollout: 13 and
 * a salt of 1 to 6, in any order). The sequence never gives one number twice, so two equal nonces would need numbers that lie a
 * million apart under the same millisecond: at 300 calls a minute a clock that is two days behind another. Text, for 19 digits
 * are more than a float holds. Throws a RangeError when the clock or the sequence leaves its range; nothing is sent then.
 */
export function createNonce({ nextSequence, now }: CreateNonceParameters): CreateNonceReturnType {
  return async () => {
    const sequence = await nextSequence();
    const time = String(now());
    if (sequence < 0n || !/^\d{13}$/.test(time))
      throw new RangeError('the clock or the nonce sequence is out of range');
    return `${time}${String(sequence % SALT).padStart(6, '0')}`;
  };
}
