import { createHash } from 'node:crypto';
import type { Context as HonoContext } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import type { OnceParameters } from '../people/idempotency.ts';
import { Refusal } from '../people/refusal.ts';
import type { ApiEnv } from './auth.ts';
import { refuse } from './problem.ts';

export const MAX_BODY_BYTES = 64 * 1024;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () =>
    refuse({
      code: 'body_too_large',
      status: 413,
      title: 'The body is too large',
      detail: 'A body has at most 64 KiB. Nothing was read or stored.',
    }),
});

/** Reads input against its schema. Throws a Refusal `invalid_request` that names every wrong field at once. */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ field: issue.path.join('.') || 'body', message: issue.message }];
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      message: 'is not a field of this request',
    }));
  });
  throw new Refusal({
    code: 'invalid_request',
    status: 422,
    title: 'Some fields are wrong',
    detail: `Nothing was done. Correct these and send it again: ${[...new Set(errors.map((e) => e.field))].join(', ')}.`,
    errors,
  });
}

/** Reads a question that is too long for a path: its JSON against the schema. Nothing is done that could be done twice. */
export const readQuestion = async <S extends z.ZodType>(c: HonoContext<ApiEnv>, schema: S): Promise<z.output<S>> =>
  parse(schema, parseJson(await c.req.text()));

/** Reads what comes without an API key, and is done once by itself. */
export const readBody = async <S extends z.ZodType>(c: HonoContext, schema: S): Promise<z.output<S>> =>
  parse(schema, parseJson(await c.req.text()));

/** Reads a command: its JSON against the schema, and what makes it repeatable. */
export async function readCommand<S extends z.ZodType>(
  c: HonoContext<ApiEnv>,
  schema: S,
): Promise<{ terms: z.output<S>; identity: OnceParameters }> {
  const key = c.req.header('idempotency-key') ?? '';
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw new Refusal({
      code: 'idempotency_key_missing',
      status: 400,
      title: 'An Idempotency-Key is needed',
      detail:
        'Send the header Idempotency-Key with 1 to 200 visible ASCII characters, new for each new request and the same when you repeat one: then a lost answer never makes a second payment.',
    });
  }
  const text = await c.req.text();
  const fingerprint = createHash('sha256').update(`${c.req.method} ${c.req.path}\n${text}`).digest('hex');
  return { terms: parse(schema, parseJson(text)), identity: { apiKeyId: c.get('actor').id, key, fingerprint } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal({
      code: 'not_json',
      status: 400,
      title: 'The body is not JSON',
      detail: 'Send one JSON object with “Content-Type: application/json”. Nothing was done.',
    });
  }
}
