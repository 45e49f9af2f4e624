/** A clock that only moves when everything waits, and the limiter's own waiting on it: minutes pass in moments. */
export function simulateTime(start_ms: number) {
  let now_ms = start_ms;
  const alarms: { at_ms: number; ring: () => void }[] = [];
  return {
    now: () => new Date(now_ms),
    sleep: (ms: number) => new Promise<void>((ring) => void alarms.push({ at_ms: now_ms + ms, ring })),
    /** Goes on to the next alarm; false when there is none. */
    step: (): boolean => {
      alarms.sort((a, b) => a.at_ms - b.at_ms);
      const next = alarms.shift();
      if (!next) return false;
      now_ms = Math.max(now_ms, next.at_ms);
      next.ring();
      return true;
    },
  };
}
