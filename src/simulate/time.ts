/**
 * Simulated time. Nothing happens between two alarms: the loop rings the next one, waits until all that it set off is waiting
 * again (for another alarm, or for nothing), and only then moves the clock. So one seed has one history.
 */

export type Alarm = { readonly at_ms: number; readonly name: string; readonly ring: () => unknown; isOff: boolean };

export type Time = Readonly<{
  now_ms: () => number;
  /** Rings once, this long from now. Two at the same moment ring in the order of their names, then as they were set. */
  after: (wait_ms: number, name: string, ring: () => unknown) => Alarm;
  sleep: (wait_ms: number, name: string) => Promise<void>;
  /** Work of the outside that time must wait for: a query to the database. */
  track: <T>(work: Promise<T>) => Promise<T>;
  /** Rings the next alarm that is due by then; false when there is none. Throws what one that rang has thrown since. */
  step: (until_ms: number) => Promise<boolean>;
  /** Waits until nothing is under way. */
  settle: () => Promise<void>;
  /** Alarms that rang. */
  rung: () => number;
}>;

export function createTime(start_ms: number): Time {
  let now_ms = start_ms;
  let count = 0;
  let underWay = 0;
  let idle: (() => void) | undefined;
  let failure: Error | undefined;
  const heap: (Alarm & { order: number })[] = [];
  let order = 0;

  const isBefore = (a: Alarm & { order: number }, b: Alarm & { order: number }): boolean =>
    a.at_ms !== b.at_ms ? a.at_ms < b.at_ms : a.name !== b.name ? a.name < b.name : a.order < b.order;
  const swap = (i: number, j: number) => {
    const [a, b] = [heap[i], heap[j]];
    if (a && b) [heap[i], heap[j]] = [b, a];
  };
  const less = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]];
    return a !== undefined && b !== undefined && isBefore(a, b);
  };
  const push = (alarm: Alarm & { order: number }) => {
    heap.push(alarm);
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!less(i, parent)) break;
      swap(i, parent);
      i = parent;
    }
  };
  const pop = (): Alarm | undefined => {
    swap(0, heap.length - 1);
    const first = heap.pop();
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      const least = [left, right].reduce((best, child) => (less(child, best) ? child : best), i);
      if (least === i) break;
      swap(i, least);
      i = least;
    }
    return first;
  };

  const after: Time['after'] = (wait_ms, name, ring) => {
    const alarm = { at_ms: now_ms + Math.max(0, Math.ceil(wait_ms)), name, ring, isOff: false, order: order++ };
    push(alarm);
    return alarm;
  };

  const settle = async (): Promise<void> => {
    for (;;) {
      // All microtasks first, then whatever I/O they began.
      await new Promise(setImmediate);
      if (underWay === 0) return;
      await new Promise<void>((resolve) => {
        idle = resolve;
      });
    }
  };

  return {
    now_ms: () => now_ms,
    after,
    sleep: (wait_ms, name) => new Promise<void>((resolve) => void after(wait_ms, name, resolve)),
    track: (work) => {
      underWay++;
      return work.finally(() => {
        underWay--;
        if (underWay === 0) idle?.();
      });
    },
    step: async (until_ms) => {
      for (;;) {
        const [next] = heap;
        if (!next || next.at_ms > until_ms) return false;
        pop();
        if (next.isOff) continue;
        now_ms = Math.max(now_ms, next.at_ms);
        count++;
        const ringing: unknown = next.ring();
        if (ringing instanceof Promise)
          ringing.catch((cause: unknown) => {
            failure ??= new Error(`${next.name} failed at ${new Date(now_ms).toISOString()}`, { cause });
          });
        await settle();
        if (failure) throw failure;
        return true;
      }
    },
    settle,
    rung: () => count,
  };
}
