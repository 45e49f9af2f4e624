import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import type { Logger } from 'pino';
import { type Clock, systemClock } from './clock.ts';
import type { Switches } from './switches.ts';

/** What every part is given: time, chance, the switches, and a way to do something later that ends when the sandbox does. */
export type SandboxContext = Readonly<{
  clock: Clock;
  uuid: () => string;
  /** A decimal text of this many digits (at most 11). */
  digits: (length: number) => string;
  switches: Switches;
  logger: Logger;
  signal: AbortSignal;
  /** Waits; rejects with an AbortError when the sandbox stops. */
  sleep: (duration_ms: number) => Promise<void>;
  /** Starts work that nobody waits for. Its failure is a bug of the sandbox: logged, never thrown. */
  run: (what: string, work: () => Promise<void>) => void;
}>;

/** What a request carries inside: the raw Node request, and its body as the bytes that were signed. */
export type HttpEnv = { Bindings: HttpBindings; Variables: { body: Buffer } };

export function sandboxContext(
  parameters: Readonly<{ switches: Switches; logger: Logger; signal: AbortSignal }>,
): SandboxContext {
  const { logger, signal } = parameters;
  return {
    ...parameters,
    clock: systemClock(),
    uuid: randomUUID,
    digits: (length) => String(randomInt(10 ** length)).padStart(length, '0'),
    sleep: (duration_ms) => delay(duration_ms, undefined, { signal }),
    run: (what, work) => {
      work().catch((error: unknown) => {
        if (!signal.aborted) logger.error({ err: error, what }, 'work of the sandbox failed');
      });
    },
  };
}
