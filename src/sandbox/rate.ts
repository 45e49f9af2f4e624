import { createMiddleware } from 'hono/factory';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError } from './errors.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Counts the requests of the one key: more than `most` in a window, which is a minute, lock it out for the next minute, and every request of
 * that time is refused; repeated lock-outs may become one of a day (A/general-concepts). The code, of category 08
 * (throttling), is not documented.
 */
export function rateLimit({ clock, switches }: SandboxContext, most: number, window_ms = MINUTE_MS) {
  const admits = switches.rateWindow === 'sliding' ? slidingWindow(most, window_ms) : fixedWindow(most, window_ms);
  let lockedUntil_ms = 0;
  let lockOuts = 0;

  function lockOut(duration_ms: number): void {
    lockOuts += 1;
    const isBlocked = switches.throttleBlockAfter > 0 && lockOuts >= switches.throttleBlockAfter;
    lockedUntil_ms = clock.now_ms() + (isBlocked ? DAY_MS : duration_ms);
  }

  const middleware = createMiddleware<HttpEnv>(async (c, next) => {
    const now_ms = clock.now_ms();
    if (now_ms >= lockedUntil_ms && !admits(now_ms)) lockOut(MINUTE_MS);
    if (now_ms >= lockedUntil_ms) return next();
    const left_s = Math.ceil((lockedUntil_ms - now_ms) / 1_000);
    if (switches.throttleRetryAfter) c.header('retry-after', String(left_s));
    throw new ApiError(switches.throttleStatus, '0801', 'Too many requests: locked out');
  });

  return {
    middleware,
    /** Locks the key out now, whatever it has asked. */
    lockOut,
    /** How long the key is still locked out. */
    locked_ms: (): number => Math.max(0, lockedUntil_ms - clock.now_ms()),
  };
}

/** A ring of the last `limit` times: the one that the newest overwrites must be a window old. */
function slidingWindow(limit: number, window_ms: number) {
  const times_ms = new Float64Array(limit);
  let next = 0;
  return (now_ms: number): boolean => {
    if ((times_ms[next] ?? 0) > now_ms - window_ms) return false;
    times_ms[next] = now_ms;
    next = (next + 1) % limit;
    return true;
  };
}

function fixedWindow(limit: number, window_ms: number) {
  let window = 0;
  let count = 0;
  return (now_ms: number): boolean => {
    const current = Math.floor(now_ms / window_ms);
    count = current === window ? count + 1 : 1;
    window = current;
    return count <= limit;
  };
}
