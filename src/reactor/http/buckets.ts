const MINUTE_MS = 60_000;
/** Of so many names what each used is remembered; beyond that, of those that used it last. */
const MOST_NAMES = 10_000;

export type Buckets = Readonly<{
  /** Takes one of a name. Answers how long there is none, in milliseconds; 0 where it was there. */
  take: (name: string) => number;
  /** Puts one back. */
  giveBack: (name: string) => void;
}>;

/** A bucket of requests a name: it holds those of a minute, and fills as fast as they may come. Each process has its own. */
export function createBuckets(most: number, monotonic: () => number): Buckets {
  const buckets = new Map<string, Readonly<{ left: number; at: number }>>();
  return {
    take: (name) => {
      const now = monotonic();
      const { left, at } = buckets.get(name) ?? { left: most, at: now };
      const there = Math.min(most, left + ((now - at) * most) / MINUTE_MS);
      const isThere = there >= 1;
      // Last in the order of the map: the first is the one that was used longest ago.
      buckets.delete(name);
      buckets.set(name, { left: isThere ? there - 1 : there, at: now });
      const [oldest] = buckets.keys();
      if (buckets.size > MOST_NAMES && oldest !== undefined) buckets.delete(oldest);
      return isThere ? 0 : ((1 - there) * MINUTE_MS) / most;
    },
    giveBack: (name) => {
      const bucket = buckets.get(name);
      if (bucket) buckets.set(name, { ...bucket, left: Math.min(most, bucket.left + 1) });
    },
  };
}

/** In whole seconds, as Retry-After has it. */
export const wholeSeconds = (wait_ms: number): number => Math.max(1, Math.ceil(wait_ms / 1_000));
