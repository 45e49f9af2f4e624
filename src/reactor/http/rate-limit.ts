import { createMiddleware } from 'hono/factory';
import type { Context } from '../context.ts';
import { Refusal } from '../people/refusal.ts';
import type { ApiEnv } from './auth.ts';

const MINUTE_MS = 60_000;
/** Of so many keys what each used is remembered; beyond that, of those that used it last. */
const MOST_KEYS = 10_000;

/** A bucket of requests a key: it holds those of a minute, and fills as fast as they may come. Each process has its own. */
export function limitRate({ monotonic, settings }: Pick<Context, 'monotonic' | 'settings'>) {
  const most = settings.apiRatePerMinute;
  const buckets = new Map<string, Readonly<{ left: number; at: number }>>();

  /** Takes one of them. Answers how long there is none. */
  const take = (key: string): number => {
    const now = monotonic();
    const { left, at } = buckets.get(key) ?? { left: most, at: now };
    const there = Math.min(most, left + ((now - at) * most) / MINUTE_MS);
    const isThere = there >= 1;
    // Last in the order of the map: the first is the one that was used longest ago.
    buckets.delete(key);
    buckets.set(key, { left: isThere ? there - 1 : there, at: now });
    const [oldest] = buckets.keys();
    if (buckets.size > MOST_KEYS && oldest !== undefined) buckets.delete(oldest);
    return isThere ? 0 : ((1 - there) * MINUTE_MS) / most;
  };

  return createMiddleware<ApiEnv>(async (c, next) => {
    const wait_ms = take(c.get('actor').id);
    if (wait_ms > 0) throw tooMany(most, Math.max(1, Math.ceil(wait_ms / 1_000)));
    await next();
  });
}

const tooMany = (most: number, retryAfter_s: number): Refusal =>
  new Refusal({
    code: 'too_many_requests',
    status: 429,
    title: 'This key asks too much',
    detail: `One key may make ${most} requests a minute (API_RATE_PER_MINUTE). Nothing was done. Make this one again after ${retryAfter_s} s, with the same Idempotency-Key.`,
    retryAfter_s,
  });
