import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

export type Jobs = Readonly<{
  /** Runs work of which nobody awaits the end. An error is logged under this name. */
  start: (name: string, work: () => Promise<void>) => void;
  /** Resolves after so many milliseconds. Rejects when the sandbox stops, which ends the job without a log line. */
  pause: (ms: number) => Promise<void>;
  signal: AbortSignal;
  stop: () => void;
}>;

/** Everything that goes on behind the answered requests. It stops as one. */
export function createJobs(log: Logger): Jobs {
  const controller = new AbortController();
  const { signal } = controller;
  return {
    signal,
    pause: (ms) => delay(ms, undefined, { signal }),
    start: (name, work) => {
      work().catch((error: unknown) => {
        if (!signal.aborted)
          log.error({ err: error, job: name }, 'a job ended in an error; what it moved stays as it is');
      });
    },
    stop: () => controller.abort(),
  };
}
