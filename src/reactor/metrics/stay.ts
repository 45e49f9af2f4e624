/** How long legs stay in a state, as a histogram. Pure. */

/** Seconds, from a rail that answers at once to a custody of a month. */
export const STAY_BOUNDS_S = [
  1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 10_800, 21_600, 86_400, 259_200, 604_800, 2_592_000,
] as const;

/** For each bound whether a stay is within it: one more in each of those buckets. */
export const withinBounds = (stayed_s: number): number[] => STAY_BOUNDS_S.map((bound) => (stayed_s <= bound ? 1 : 0));

/** Fewer than this say nothing of what is usual. */
const LEAST_STAYS = 20;

/**
 * The bound within which 99 of 100 stays ended; null where too few ended to say, infinite where more than one of 100 was longer than
 * any bound.
 */
export function usualStay_s({ left, within }: Readonly<{ left: number; within: readonly number[] }>): number | null {
  if (left < LEAST_STAYS) return null;
  const at = within.findIndex((count) => count * 100 >= left * 99);
  return STAY_BOUNDS_S[at] ?? Number.POSITIVE_INFINITY;
}
