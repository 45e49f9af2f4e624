import type { Time } from './time.ts';

/** An alarm of one process. */
export type OwnAlarm = Readonly<{ at_ms: () => number; turnOff: () => void }>;

/** Sets the alarms of one process: they ring later while it is paused, and never once it is dead. Turned off, one stays so also where a pause has moved it. */
export function alarmsOf({
  time,
  name,
  isDead,
  pausedUntil_ms,
}: Readonly<{ time: Time; name: string; isDead: () => boolean; pausedUntil_ms: () => number }>) {
  return (wait_ms: number, what: string, ring: () => unknown): OwnAlarm => {
    const set = (from_now_ms: number) => time.after(from_now_ms, `${name} ${what}`, ringOrWait);
    const ringOrWait = (): unknown => {
      if (isDead()) return undefined;
      if (time.now_ms() >= pausedUntil_ms()) return ring();
      alarm = set(pausedUntil_ms() - time.now_ms());
      return undefined;
    };
    let alarm = set(wait_ms);
    return {
      at_ms: () => alarm.at_ms,
      turnOff: () => {
        alarm.isOff = true;
      },
    };
  };
}
