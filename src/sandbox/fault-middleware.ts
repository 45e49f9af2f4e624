import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError, errorAnswer, unknownError } from './errors.ts';
import type { FaultName, Faults, Strike } from './faults.ts';
import { parseExactly } from './json-number.ts';
import { endpointOf } from './meter.ts';

type Parameters = Readonly<{ context: SandboxContext; faults: Faults; lockOut: (duration_ms: number) => void }>;

/**
 * Answers for everything while an outage lasts. A gateway speaks for a server that it cannot reach, and in no JSON. One that was
 * armed for a call which comes now has struck it.
 */
export const outage = (faults: Faults) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    if (!faults.isOut()) return next();
    const { pathname, search } = new URL(c.req.url);
    faults.meetOutage(endpointOf(c) ?? '', [`${pathname}${search}`, c.get('body').toString()].join('\n'));
    return badGateway(c);
  });

/** Sits between authentication and the endpoints, so that a fault finds the request as good as a real one. */
export function faultMiddleware({ context: { switches, sleep }, faults, lockOut }: Parameters) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const endpoint = endpointOf(c);
    if (!endpoint) return next();
    const isLook = c.req.method === 'GET';
    // A look changes nothing, so that its answer may be made before it is known whether it will be given: a text may stand in it.
    if (isLook) await next();
    const { pathname, search } = new URL(c.req.url);
    const answer = isLook && c.res.ok ? await c.res.clone().text() : '';
    const said = [`${pathname}${search}`, c.get('body').toString(), answer].join('\n');
    const struck = (name: FaultName) => faults.strike(name, endpoint, said);

    const late = struck('delay_ms');
    if (late) await sleep(late.ms);
    const out = struck('outage');
    if (out) {
      faults.startOutage(out.ms);
      return answerInstead(c, badGateway(c));
    }
    const throttle = struck('throttle');
    if (throttle) {
      lockOut(throttle.ms);
      return answerInstead(
        c,
        errorAnswer(c, new ApiError(switches.throttleStatus, '0801', 'Too many requests'), switches),
      );
    }
    if (struck('connection_reset_before')) return reset(c);
    if (struck('error_5xx_before'))
      return answerInstead(c, c.html('<html><body>503 Service Unavailable</body></html>', 503));

    if (!isLook) await next();
    if (!c.res.ok) return;

    const silent = struck('timeout_after_success');
    if (silent) {
      await Promise.race([sleep(silent.ms), hangUp(c)]).catch(() => {});
      c.env.incoming.socket.destroy();
    }
    if (struck('connection_reset_after_success')) c.env.incoming.socket.resetAndDestroy();
    if (struck('error_5xx_after_success')) answerInstead(c, errorAnswer(c, unknownError(), switches));
    if (struck('error_34003_after_success')) {
      const error = new ApiError(switches.error34003Status, '34003', 'The transaction could not be processed');
      answerInstead(c, errorAnswer(c, error, switches));
    }
    if (isLook) await cutPage(c, struck);
    if (struck('malformed_json')) {
      const text = await c.res.text();
      answerInstead(c, c.body(text.slice(0, text.length / 2), 200, { 'content-type': 'application/json' }));
    }
  });
}

/** Takes half of the page of a list, if there is one and a fault strikes at it: the half that the fault is meant for, or the second. */
async function cutPage(c: Context<HttpEnv>, struck: (name: FaultName) => Strike | undefined): Promise<void> {
  if (!c.res.headers.get('content-type')?.includes('json')) return;
  const body = parseExactly(await c.res.clone().text()) as { payload?: unknown };
  const list = listOf(body.payload);
  if (!list || list.length === 0) return;
  const withError = struck('partial_page_error');
  const strike = withError ?? struck('partial_page');
  if (!strike) return;
  const half = Math.floor(list.length / 2);
  const isInFirst = list.slice(0, half).some((item) => strike.texts.some((t) => JSON.stringify(item).includes(t)));
  list.splice(isInFirst ? 0 : half, isInFirst ? half : list.length);
  const error = { code: '0101', message: 'Unknown error' };
  answerInstead(c, c.json(withError ? { ...body, success: false, error } : body));
}

/** The items of a payload: itself, or the array under one of the names that lists have; a timeline is no list. */
function listOf(payload: unknown): unknown[] | undefined {
  if (Array.isArray(payload)) return payload;
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { content, response, deposits, balances } = payload as Record<string, unknown>;
  return [content, response, deposits, balances].find(Array.isArray);
}

/** Puts an answer in the place of the endpoint's own; Hono would otherwise carry over the headers of the first. */
function answerInstead(c: Context<HttpEnv>, answer: Response): void {
  c.res = undefined;
  c.res = answer;
}

function reset(c: Context<HttpEnv>): void {
  c.env.incoming.socket.resetAndDestroy();
  answerInstead(c, c.body(null));
}

const hangUp = (c: Context<HttpEnv>): Promise<void> =>
  new Promise((resolve) => c.req.raw.signal.addEventListener('abort', () => resolve()));

const badGateway = (c: Context<HttpEnv>) => c.html('<html><body>502 Bad Gateway</body></html>', 502);
