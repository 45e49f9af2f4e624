import type { Logger } from 'pino';

/** Something done again and again, and sooner when poked. One run at a time; a poke during a run causes one more. */
export type Loop = Readonly<{ poke: () => void; stop: () => Promise<void> }>;

const FIRST_RETRY_MS = 250;

/**
 * Runs `turn` now and then every `interval_ms`. A turn that throws is logged and tried again soon, later each time, never later
 * than the interval; `turn` may answer another pause before the next one. Pokes within `gap_ms` of the last run wait until the gap is over.
 */
export function startLoop(
  name: string,
  options: { interval_ms: number; gap_ms?: () => number; log: Logger },
  turn: () => Promise<number | undefined>,
): Loop {
  const { interval_ms, gap_ms = () => 0, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isPoked = false;
  let isStopped = false;
  let failures = 0;
  let startedAt = Number.NEGATIVE_INFINITY;

  const schedule = (delay_ms: number): void => {
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(run, delay_ms);
  };
  const run = (): void => {
    if (running) return;
    isPoked = false;
    startedAt = performance.now();
    running = turn()
      .then(
        (pause_ms) => {
          failures = 0;
          return isPoked ? untilGap() : (pause_ms ?? interval_ms);
        },
        (error: unknown) => {
          const retry_ms = Math.min(FIRST_RETRY_MS * 2 ** failures++, interval_ms);
          log.warn({ event: 'loop_failed', loop: name, err: error, retry_ms }, `${name} failed and is tried again`);
          return retry_ms;
        },
      )
      .then((pause_ms) => {
        running = undefined;
        schedule(pause_ms);
      });
  };
  const untilGap = () => Math.max(0, startedAt + gap_ms() - performance.now());
  schedule(0);

  return {
    poke: () => {
      isPoked = true;
      if (!running) schedule(untilGap());
    },
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
