import { Refusal } from '../reactor/people/refusal.ts';
import type { Chance } from './chance.ts';
import type { Time } from './time.ts';

export type Wait = readonly [from_ms: number, to_ms: number];

export function createPersist({
  time,
  chance,
  say,
}: Readonly<{ time: Time; chance: Chance; say: (line: string) => void }>) {
  /** Tries now and then until it answers something, so often at most. A try that a reactor's death has cut off answers nothing, and there is another. */
  return function persist<T>(
    name: string,
    { wait, most }: Readonly<{ wait: (tries: number) => Wait; most: number }>,
    attempt: (tries: number) => Promise<T | null>,
  ): Promise<T | null> {
    return new Promise((resolve) => {
      let isDone = false;
      const end = (answer: T | null): void => {
        isDone = true;
        resolve(answer);
      };
      const arm = (tries: number): void => {
        time.after(chance.next(name).int(...wait(tries)), name, async () => {
          if (isDone) return;
          if (tries >= most) return end(null);
          // First, so that whatever becomes of this try, there is another.
          arm(tries + 1);
          try {
            const answer = await attempt(tries);
            if (answer !== null && !isDone) end(answer);
          } catch (error) {
            if (error instanceof Refusal) return;
            // As the process that was asked met it: the network, or its own death.
            say(`${name} failed: ${error instanceof Error ? error.message : error}`);
          }
        });
      };
      arm(0);
    });
  };
}
