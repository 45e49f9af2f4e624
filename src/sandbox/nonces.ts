import type { Switches } from './switches.ts';

/** How many 14- to 19-digit nonces are remembered; older ones are refused by their time. */
const REMEMBERED = 1_000_000;

/**
 * The nonces of one key. Up to 13 digits (v1) each must be greater than the one before (J/create-signed-requests). Of 14 to 19
 * digits (v2: epoch milliseconds and a salt) each must be unused, in whatever order (A/nonce-v2-rollout).
 * Where only v1 is known, every nonce must be greater than the one before, of however many digits.
 */
export function openNonces(form: Switches['nonceForm']) {
  let last = -1n;
  let forgotten_ms = -1;
  const used = new Set<string>();

  return {
    /** Takes the nonce, or answers false and takes nothing. */
    take(nonce: string): boolean {
      if (form === 'v2_only' && nonce.length < 14) return false;
      if (form === 'v1_only' || nonce.length < 14) {
        if (BigInt(nonce) <= last) return false;
        last = BigInt(nonce);
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

/** The time that a nonce of 13 or more digits begins with. */
export const milliseconds = (nonce: string): number => Number(nonce.slice(0, 13));
