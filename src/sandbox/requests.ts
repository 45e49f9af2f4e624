import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { parse } from 'lossless-json';
import type { z } from 'zod';
import type { createAuth } from './auth.ts';
import { invalid, Refusal } from './errors.ts';
import { endpointOf } from './faults.ts';
import type { Switches } from './switches.ts';

export type Bindings = { Bindings: HttpBindings };

/** What became of the requests, for the administrator. */
export type Tally = { requests: Record<string, number>; throttled: number; nonceRefused: number; signatureRefused: number };

/** The request's body by a schema. Throws 32002 with one line for each fault. */
export async function readBody<S extends z.ZodType>(context: Context, schema: S): Promise<z.output<S>> {
  let body: unknown;
  try {
    body = parse(await context.req.text());
  } catch {
    throw invalid(['the body is not JSON']);
  }
  return check(schema, body);
}

/** The request's query by a schema. Throws 32002. */
export const readQuery = <S extends z.ZodType>(context: Context, schema: S): z.output<S> =>
  check(schema, context.req.query());

function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()));
}

/** Counts, throttles and authenticates, in this order: a request beyond the limit costs the server nothing more. */
export function admission(context: {
  tally: Tally;
  admit: () => boolean;
  authenticate: ReturnType<typeof createAuth>;
  switches: Switches;
}): MiddlewareHandler<Bindings> {
  const { tally, admit, authenticate, switches } = context;
  return async (c, next) => {
    const endpoint = endpointOf(c);
    tally.requests[endpoint] = (tally.requests[endpoint] ?? 0) + 1;
    if (!admit()) {
      tally.throttled += 1;
      throw new Refusal(429, '0801', 'Too many requests: the account is locked for one minute');
    }
    // The request line as it was sent: a parsed URL may not have the same bytes, and those were signed.
    const target = c.env.incoming.url ?? '';
    const path = switches.signed_query === 'with' ? target : (target.split('?')[0] ?? '');
    try {
      const authorization = c.req.header('authorization');
      authenticate({ authorization, method: c.req.method, path, body: await c.req.text() });
    } catch (error) {
      if (error instanceof Refusal && error.code === '0215') tally.signatureRefused += 1;
      if (error instanceof Refusal && (error.code === '0206' || error.code === '0207')) tally.nonceRefused += 1;
      throw error;
    }
    await next();
  };
}
