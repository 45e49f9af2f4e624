/**
 * So many tasks side by side and no more. What is begun ends by itself: a task tells of its own failures.
 *
 * @example
 * const slots = openSlots(8);
 * await slots.room(4); // until four more may begin at once
 * slots.begin(() => look(payment));
 */
export function openSlots(most: number) {
  const running = new Set<Promise<unknown>>();
  return {
    count: () => running.size,
    /** Until so many are free. */
    room: async (free: number): Promise<void> => {
      while (most - running.size < free) await Promise.race(running);
    },
    begin: (work: () => Promise<void>): void => {
      const task: Promise<unknown> = work()
        .catch(() => undefined)
        .finally(() => running.delete(task));
      running.add(task);
    },
    /** Until all that was begun has ended. */
    rest: async (): Promise<void> => {
      await Promise.all(running);
    },
  };
}
