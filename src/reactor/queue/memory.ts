import type { Job, Queue } from './port.ts';

/** The queue's twin in memory, for tests and the simulation: the same promises, no database. */
export function memoryQueue(): Queue & { pending: () => Job[] } {
  const keyOf = (job: Job) => `${job.lane}:${job.id}`;
  const waiting = new Map<string, Job>();
  const timers = new Map<string, NodeJS.Timeout>();
  let active = 0;
  let handler: ((job: Job) => Promise<void>) | undefined;
  let limit = 0;

  const pump = () => {
    while (handler && active < limit) {
      const [next] = waiting;
      if (!next) return;
      waiting.delete(next[0]);
      active++;
      handler(next[1])
        .catch(() => undefined)
        .finally(() => {
          active--;
          pump();
        });
    }
  };
  const ring = (job: Job) => {
    waiting.set(keyOf(job), job);
    pump();
  };

  return {
    enqueue: async (job, options) => {
      const delay_ms = options?.at ? options.at.getTime() - Date.now() : 0;
      if (delay_ms <= 0) return ring(job);
      clearTimeout(timers.get(keyOf(job)));
      const fire = () => {
        timers.delete(keyOf(job));
        ring(job);
      };
      timers.set(keyOf(job), setTimeout(fire, delay_ms).unref());
    },
    work: async (work, options) => {
      handler = work;
      limit = options.concurrency;
      pump();
    },
    cancel: async (job) => {
      clearTimeout(timers.get(keyOf(job)));
      timers.delete(keyOf(job));
    },
    stats: async () => ({ waiting: waiting.size + timers.size, active }),
    stop: async () => {
      for (const timer of timers.values()) clearTimeout(timer);
      handler = undefined;
    },
    pending: () => [...waiting.values()],
  };
}
