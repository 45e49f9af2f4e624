/** Nanoseconds since the epoch; each reading is later than the one before, so that `updated_at` orders events. */
export type Clock = Readonly<{ now_ns: () => bigint; now_ms: () => number }>;

export function systemClock(): Clock {
  let last = 0n;
  return {
    now_ms: Date.now,
    now_ns: () => {
      const now = BigInt(Date.now()) * 1_000_000n;
      last = now > last ? now : last + 1_009n;
      return last;
    },
  };
}

/** "2025-01-31T17:58:57.350820016Z", as the transactions print time. */
export function nanosecondText(time_ns: bigint): string {
  const fraction = (time_ns % 1_000_000_000n).toString().padStart(9, '0');
  return `${new Date(Number(time_ns / 1_000_000n)).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** "2024-02-14T15:53:39+00:00", as Bitso prints time. */
export const offsetText = (time_ns: bigint): string => `${zonelessText(time_ns, 0)}+00:00`;

/** "2025-02-05T18:25:33" at this offset from UTC and without naming it, as CLABEs and SPEI deposits print time. */
export function zonelessText(time_ns: bigint, utcOffset_min: number): string {
  return new Date(Number(time_ns / 1_000_000n) + utcOffset_min * 60_000).toISOString().slice(0, 19);
}
