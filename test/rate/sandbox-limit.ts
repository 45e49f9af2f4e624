import { Hono } from 'hono';
import type { ExchangeParameters, ExchangeReturnType } from '../../src/juno/transport.ts';
import { TransportError } from '../../src/juno/transport.ts';
import { type HttpEnv, sandboxContext } from '../../src/sandbox/context.ts';
import { ApiError, errorAnswer } from '../../src/sandbox/errors.ts';
import { rateLimit } from '../../src/sandbox/rate.ts';
import { switchesSchema } from '../../src/sandbox/switches.ts';
import { silent } from './calls.ts';

/**
 * The sandbox's own limit, in this process and by a clock that is given: whoever is over it, by a window that slides or by one that
 * is fixed, is answered 429 and locked out, as at Juno. To all others it says yes.
 */
export function openSandboxLimit({ most, now_ms }: Readonly<{ most: number; now_ms: () => number }>) {
  const signal = new AbortController().signal;
  const clock = { now_ms, now_ns: () => BigInt(now_ms()) * 1_000_000n };
  const [sliding, fixed] = (['sliding', 'fixed'] as const).map((rateWindow) => {
    const switches = switchesSchema.parse({ rateWindow });
    return rateLimit({ ...sandboxContext({ switches, logger: silent, signal }), clock }, most);
  });
  if (!sliding || !fixed) throw new Error('there are two windows');
  const switches = switchesSchema.parse({});
  const app = new Hono<HttpEnv>()
    .use(sliding.middleware)
    .use(fixed.middleware)
    .all('*', (c) => c.json({ success: true, payload: {} }))
    .onError((error, c) => {
      if (error instanceof ApiError) return errorAnswer(c, error, switches);
      throw error;
    });

  const byEndpoint: Record<string, number> = {};
  let calls = 0;
  let throttled = 0;
  let underWay = 0;
  return {
    arrive: async ({ origin, method, path, headers, body }: ExchangeParameters): Promise<ExchangeReturnType> => {
      underWay++;
      try {
        calls++;
        const endpoint = `${method} ${path}`;
        byEndpoint[endpoint] = (byEndpoint[endpoint] ?? 0) + 1;
        const init = { method, headers, ...(body.length > 0 && { body: Buffer.from(body) }) };
        const response = await app.request(new URL(path, origin).href, init);
        if (response.status === 429) throttled++;
        return { httpStatus: response.status, text: await response.text() };
      } finally {
        underWay--;
      }
    },
    /** As when the answer is lost on its way. */
    noAnswer: () => new TransportError(new Error('no answer'), { wasWritten: true, httpStatus: null }),
    throttled: () => throttled,
    isQuiet: () => underWay === 0,
    read: () => ({ calls, throttled, byEndpoint }),
  };
}
