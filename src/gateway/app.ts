import { Hono, type Context as HonoContext } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { proxy } from 'hono/proxy';
import { secureHeaders } from 'hono/secure-headers';
import type { Logger } from 'pino';
import { notFound, onError, refuse } from '../reactor/http/problem.ts';
import { MAX_BODY_BYTES } from '../reactor/http/request.ts';
import { sourceAddress } from '../reactor/http/webhook-source.ts';
import { Refusal } from '../reactor/people/refusal.ts';
import { routeOf } from './route.ts';
import type { GatewaySettings } from './settings.ts';

const HEALTH_MS = 5_000;
/** A cell that does not answer is nobody else's trouble, so a repeat may follow soon. */
const RETRY_S = 1;

/**
 * The REST API of many cells at one address. It decides nothing and keeps nothing: each request goes whole to the cell that it names, with
 * the caller's key, and the cell's answer comes back as it is. GET /health says which cells answer.
 */
export function createGateway(settings: GatewaySettings, log: Logger): Hono {
  const cells = { all: [...settings.cells.keys()], open: settings.open };
  const underWay = new Map<number, number>();

  const ask = async (c: HonoContext, cell: number, path: string, body: string): Promise<Response> => {
    const now = underWay.get(cell) ?? 0;
    if (now >= settings.underWay) throw busy(cell);
    underWay.set(cell, now + 1);
    try {
      return await proxy(`${settings.cells.get(cell)}${path}`, {
        method: c.req.method,
        headers: { ...c.req.header(), 'x-forwarded-for': forwardedFor(c), host: undefined, cookie: undefined },
        ...(body === '' ? {} : { body }),
        redirect: 'manual',
        signal: AbortSignal.timeout(settings.timeout_ms),
      });
    } catch (error) {
      log.warn({ event: 'cell_silent', cell, err: error }, `cell ${cell} gave no answer; its own logs say why`);
      throw silent(cell);
    } finally {
      underWay.set(cell, (underWay.get(cell) ?? 1) - 1);
    }
  };

  const forward = async (c: HonoContext): Promise<Response> => {
    const { pathname, search } = new URL(c.req.url);
    const body = await c.req.text();
    const idempotencyKey = c.req.header('idempotency-key');
    const { cell, path } = routeOf({ method: c.req.method, path: `${pathname}${search}`, body, idempotencyKey }, cells);
    const answer = await ask(c, cell, path, body);
    answer.headers.set('kustodia-cell', String(cell));
    return answer;
  };

  return new Hono()
    .use(secureHeaders(), bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }))
    .get('/health', async (c) => {
      const parts = await Promise.all(
        [...settings.cells].map(async ([cell, url]) => [cell, await readiness(url)] as const),
      );
      const isOk = parts.every(([, { ready }]) => ready);
      return c.json({ status: isOk ? 'ok' : 'degraded', cells: Object.fromEntries(parts) }, isOk ? 200 : 503);
    })
    .all('/api/v1/*', forward)
    .all('/cells/:cell/api/v1/*', forward)
    .notFound(notFound)
    .onError(onError(log));
}

const forwardedFor = (c: HonoContext): string | undefined =>
  [c.req.header('x-forwarded-for'), sourceAddress(c, 0)].filter((one) => one).join(', ') || undefined;

/** What a cell says of itself, in its own words. */
async function readiness(url: string): Promise<{ ready: boolean; because: string }> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(HEALTH_MS) });
    const said: unknown = await response.json();
    const because = typeof said === 'object' && said && 'because' in said ? String(said.because) : '';
    return { ready: response.ok, because: because.slice(0, 2_000) };
  } catch {
    return {
      ready: false,
      because: 'It does not answer. Its people wait; those of other cells do not. Look at its reactors.',
    };
  }
}

const tooLarge = (): Response =>
  refuse({
    code: 'body_too_large',
    status: 413,
    title: 'The body is too large',
    detail: 'A body has at most 64 KiB. Nothing was read or stored.',
  });

const busy = (cell: number): Refusal =>
  new Refusal({
    code: 'cell_busy',
    status: 503,
    title: 'Too much is under way to this cell',
    detail: `Cell ${cell} was not asked, and nothing was done. Other cells answer. Send it again with the same Idempotency-Key.`,
    retryAfter_s: RETRY_S,
  });

const silent = (cell: number): Refusal =>
  new Refusal({
    code: 'cell_silent',
    status: 503,
    title: 'The cell gave no answer',
    detail: `Whether cell ${cell} did what was asked is not known. Send it again with the same Idempotency-Key: it is done once. Other cells answer; GET /health says how this one is.`,
    retryAfter_s: RETRY_S,
  });
