import type { Logger } from 'pino';

/** Something done again and again, and sooner when poked. One run at a time; a poke during a run causes one more. */
export type Loop = Readonly<{ poke: () => void; stop: () => Promise<void> }>;

/**
 * Runs `turn` now and then every `interval_ms`. A turn that throws is logged and tried again at the next; `turn` may answer a
 * shorter pause before the next one. Pokes within `gap_ms` of the last run wait until the gap is over.
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
      .catch((error: unknown) => {
        log.warn({ event: 'loop_failed', loop: name, err: error }, `${name} failed and is tried again`);
        return undefined;
      })
      .then((pause_ms) => {
        running = undefined;
        schedule(isPoked ? untilGap() : (pause_ms ?? interval_ms));
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
