import { setTimeout as delay } from 'node:timers/promises';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError, errorBody } from './errors.ts';
import { endpointOf } from './meter.ts';

const MOST_FAULTS = 1_000;
const LONGEST_MS = 600_000;
/** How long an answer is held back where the fault names no time: longer than any client waits. */
const HELD_BACK_MS = 120_000;

/**
 * One fault: it strikes the next `count` requests of its endpoint ("POST /mint_platform/v1/redemptions", by the route's pattern,
 * or "*"), or the next `count` deliveries where the endpoint is "webhook".
 */
export const faultSchema = z.object({
  name: z.enum([
    'delay_ms',
    'error_5xx_before',
    'error_5xx_after_success',
    'error_34003_after_success',
    'timeout_after_success',
    'drop',
    'duplicate',
  ]),
  endpoint: z.string().min(1).max(200),
  count: z.number().int().min(1).max(1_000_000).default(1),
  /** The duration of `delay_ms`, or after how long `timeout_after_success` cuts the connection without an answer. */
  ms: z.number().int().min(0).max(LONGEST_MS).optional(),
});

export const outageSchema = z.object({ ms: z.number().int().min(0).max(LONGEST_MS) });

export type Fault = z.output<typeof faultSchema>;

export function openFaults({ clock, switches, signal }: SandboxContext) {
  let armed: Fault[] = [];
  let outageUntil_ms = 0;

  /** The fault of this name for this endpoint, one of its count used up. */
  function strike(name: Fault['name'], endpoint: string): Fault | undefined {
    const fault = armed.find((f) => f.name === name && f.count > 0 && (f.endpoint === endpoint || f.endpoint === '*'));
    if (fault) fault.count -= 1;
    armed = armed.filter(({ count }) => count > 0);
    return fault;
  }

  /** Sits between authentication and the endpoints, so that a fault finds the request as good as a real one. */
  const middleware = createMiddleware<HttpEnv>(async (c, next) => {
    const endpoint = endpointOf(c);
    if (!endpoint) return next();

    const late = strike('delay_ms', endpoint);
    if (late) await delay(late.ms ?? 0, undefined, { signal });
    // A gateway answers for a server that it cannot reach, and in no JSON.
    if (strike('error_5xx_before', endpoint)) return c.html('<html><body>503 Service Unavailable</body></html>', 503);

    await next();
    if (!c.res.ok) return;

    const silent = strike('timeout_after_success', endpoint);
    if (silent) {
      await delay(silent.ms ?? HELD_BACK_MS, undefined, { signal: AbortSignal.any([signal, c.req.raw.signal]) }).catch(
        () => {},
      );
      c.env.incoming.socket.destroy();
    }
    if (strike('error_5xx_after_success', endpoint)) c.res = c.json(errorBody(unknownError()), 500);
    if (strike('error_34003_after_success', endpoint)) {
      const error = new ApiError(switches.error34003Status, '34003', 'The transaction could not be processed');
      c.res = c.json(errorBody(error), error.status);
    }
  });

  /** Answers for everything while an outage lasts. */
  const outage = createMiddleware<HttpEnv>(async (c, next) => {
    if (clock.now_ms() < outageUntil_ms) return c.html('<html><body>502 Bad Gateway</body></html>', 502);
    return next();
  });

  return {
    middleware,
    outage,
    strike,
    list: (): readonly Fault[] => armed,
    arm(fault: Fault): void {
      if (armed.length >= MOST_FAULTS) throw new ApiError(400, '0401', `At most ${MOST_FAULTS} faults are kept`);
      armed.push(fault);
    },
    startOutage: (duration_ms: number): void => {
      outageUntil_ms = clock.now_ms() + duration_ms;
    },
    clear: (): void => {
      armed = [];
      outageUntil_ms = 0;
    },
  };
}

export type Faults = ReturnType<typeof openFaults>;

const unknownError = () => new ApiError(500, '0101', 'Unknown error');
