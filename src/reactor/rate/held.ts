/** Held no longer: another process may have heard meanwhile that Juno wants to be left alone. */
const HOLD_MS = 2_000;
export const MOST_HELD = 8;

/** Leave for looks to come, taken together with one that waited. */
export type HeldLeave = Readonly<{
  /** Takes one that is left; false when there is none, or it was held too long. */
  use: () => boolean;
  put: (calls: number) => void;
  /** Gives up what is left, and answers how many that was. */
  drop: () => number;
}>;

/**
 * Until it is used or given up it counts as under way, so that what policy.ts shows holds for it as for a call that takes long. `onOver`
 * is told when some was held too long.
 */
export function holdLeave({
  now_ms,
  sleep,
  onOver,
}: Readonly<{ now_ms: () => number; sleep: (ms: number) => Promise<void>; onOver: () => void }>): HeldLeave {
  let left = 0;
  let until_ms = 0;
  const isOver = () => now_ms() >= until_ms;
  return {
    use: () => {
      if (left === 0 || isOver()) return false;
      left--;
      return true;
    },
    put: (calls) => {
      left += calls;
      until_ms = now_ms() + HOLD_MS;
      void sleep(HOLD_MS).then(() => {
        if (left > 0 && isOver()) onOver();
      });
    },
    drop: () => {
      const dropped = left;
      left = 0;
      return dropped;
    },
  };
}
