import type { Alarm, Time } from '../../src/simulate/time.ts';

/**
 * The clock of this machine in the place of the simulated one. What stands outside answers at once: whatever it would take it takes
 * `share` of, and what costs is ours alone.
 */
export function createRealTime({ share }: Readonly<{ share: number }>): Time {
  const after: Time['after'] = (wait_ms, name, ring) => {
    const alarm: Alarm = { at_ms: Date.now() + wait_ms * share, name, ring, isOff: false };
    setTimeout(
      () => {
        if (!alarm.isOff) void ring();
      },
      Math.max(0, wait_ms * share),
    );
    return alarm;
  };
  const never = () => {
    throw new Error('The clock of this machine goes by itself.');
  };
  return {
    now_ms: () => Date.now(),
    after,
    sleep: (wait_ms, name) => new Promise<void>((resolve) => void after(wait_ms, name, resolve)),
    track: (work) => work,
    step: never,
    settle: never,
    rung: never,
  };
}
