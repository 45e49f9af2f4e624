const SALT = 1_000_000n;

/**
 * Nonces of 19 digits: 13 of epoch milliseconds and 6 of a sequence that all processes on one key share. Two are equal only if
 * a million are drawn within one millisecond (Bitso, “Nonce v2 rollout”).
 */
export function createNonce({
  nextSequence,
  now,
}: {
  nextSequence: () => Promise<bigint>;
  now: () => number;
}): () => Promise<string> {
  return async () => {
    const salt = (await nextSequence()) % SALT;
    return `${now()}${salt.toString().padStart(6, '0')}`;
  };
}
