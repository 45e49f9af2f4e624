/** How many 14- to 19-digit nonces are remembered; older ones are refused by their time. */
const REMEMBERED = 1_000_000;

/**
 * The nonces of one key. Up to 13 digits (v1) each must be greater than the one before (J/create-signed-requests). Of 14 to 19
 * digits (v2: epoch milliseconds and a salt) each must be unused, in whatever order (A/nonce-v2-rollout).
 */
export function openNonces() {
  let lastShort = -1n;
  let forgotten_ms = -1;
  const used = new Set<string>();

  return {
    /** Takes the nonce, or answers false and takes nothing. */
    take(nonce: string): boolean {
      if (nonce.length < 14) {
        if (BigInt(nonce) <= lastShort) return false;
        lastShort = BigInt(nonce);
        return true;
      }
      if (used.has(nonce) || milliseconds(nonce) <= forgotten_ms) return false;
      used.add(nonce);
      if (used.size > REMEMBERED) forgetOldest();
      return true;
    },
  };

  function forgetOldest(): void {
    const [oldest] = used;
    if (oldest === undefined) return;
    used.delete(oldest);
    forgotten_ms = Math.max(forgotten_ms, milliseconds(oldest));
  }
}

const milliseconds = (nonce: string): number => Number(nonce.slice(0, 13));
