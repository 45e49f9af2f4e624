const MINUTE_MS = 60_000;

/**
 * Admits so many requests in any minute. One more locks the account for a minute (bitso-api/docs/general-concepts: "per
 * minute, then locked out for one minute").
 */
export function createRate({ perMinute, now }: { perMinute: number; now: () => number }): () => boolean {
  const admitted: number[] = [];
  let lockedUntil = 0;
  return () => {
    const at = now();
    if (at < lockedUntil) return false;
    while (admitted[0] !== undefined && admitted[0] <= at - MINUTE_MS) admitted.shift();
    if (admitted.length < perMinute) {
      admitted.push(at);
      return true;
    }
    lockedUntil = at + MINUTE_MS;
    return false;
  };
}
