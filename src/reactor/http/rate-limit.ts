import { createMiddleware } from 'hono/factory';
import type { Context } from '../context.ts';
import type { Actor } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import type { ApiEnv } from './auth.ts';
import { createBuckets, wholeSeconds } from './buckets.ts';

/** Counts one more request of a key, wherever it asks. Throws a Refusal `too_many_requests`. */
export type KeyRate = (actor: Pick<Actor, 'id'>) => void;

/** What one API key may ask in a minute. */
export function createKeyRate({ monotonic, settings }: Pick<Context, 'monotonic' | 'settings'>): KeyRate {
  const most = settings.apiRatePerMinute;
  const { take } = createBuckets(most, monotonic);
  return ({ id }) => {
    const wait_ms = take(id);
    if (wait_ms > 0) throw tooMany(most, wholeSeconds(wait_ms));
  };
}

/** Counts each request of those who are known by then. */
export const limitRate = (count: KeyRate) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    count(c.get('actor'));
    await next();
  });

const tooMany = (most: number, retryAfter_s: number): Refusal =>
  new Refusal({
    code: 'too_many_requests',
    status: 429,
    title: 'This key asks too much',
    detail: `One key may make ${most} requests a minute (API_RATE_PER_MINUTE). Nothing was done. Make this one again after ${retryAfter_s} s, with the same Idempotency-Key.`,
    retryAfter_s,
  });
