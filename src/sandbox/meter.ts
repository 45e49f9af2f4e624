import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import type { HttpEnv } from './context.ts';

/** "POST /mint_platform/v1/redemptions": the endpoint that a request is for, by its pattern; undefined where there is none. */
export function endpointOf(c: Context<HttpEnv>): string | undefined {
  const route = matchedRoutes(c).findLast(({ method }) => method !== 'ALL');
  return route && `${route.method} ${route.path}`;
}

const REFUSALS: Readonly<Record<string, string>> = {
  '0201': 'credential_refusals',
  '0206': 'nonce_refusals',
  '0207': 'nonce_refusals',
  '0215': 'signature_refusals',
  '0801': 'throttled',
};

/** Counts the API's answers by endpoint and status, and the refusals that a well-behaved client never sees. */
export function openMeter() {
  const requests: Record<string, Record<string, number>> = {};
  const refusals: Record<string, number> = Object.fromEntries(Object.values(REFUSALS).map((name) => [name, 0]));

  const middleware = createMiddleware<HttpEnv>(async (c, next) => {
    await next();
    const endpoint = endpointOf(c) ?? 'unknown';
    const answers = requests[endpoint] ?? {};
    requests[endpoint] = answers;
    answers[c.res.status] = (answers[c.res.status] ?? 0) + 1;
    const refusal = c.error && 'code' in c.error ? REFUSALS[String(c.error.code)] : undefined;
    if (refusal) refusals[refusal] = (refusals[refusal] ?? 0) + 1;
  });

  return { middleware, read: () => ({ requests, ...refusals }) };
}
