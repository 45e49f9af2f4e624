import { createMiddleware } from 'hono/factory';
import type { Context } from '../context.ts';
import { Refusal } from '../people/refusal.ts';
import type { ApiEnv } from './auth.ts';
import { createBuckets, wholeSeconds } from './buckets.ts';

/** What one API key may ask in a minute. */
export function limitRate({ monotonic, settings }: Pick<Context, 'monotonic' | 'settings'>) {
  const most = settings.apiRatePerMinute;
  const { take } = createBuckets(most, monotonic);
  return createMiddleware<ApiEnv>(async (c, next) => {
    const wait_ms = take(c.get('actor').id);
    if (wait_ms > 0) throw tooMany(most, wholeSeconds(wait_ms));
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
