import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { CliError, EXIT } from './output.ts';

export const DEFAULT_URL = 'http://127.0.0.1:4000';
/** Longer than the reactor waits for a CLABE. */
const TIMEOUT_MS = 20_000;

const PROBLEM = z.object({
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  status: z.number(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

type Command = <S extends z.ZodType>(
  path: string,
  body: object,
  schema: S,
  idempotencyKey?: string,
) => Promise<z.output<S>>;

export type Api = Readonly<{
  get: <S extends z.ZodType>(path: string, schema: S) => Promise<z.output<S>>;
  /** An answer that is no JSON: a file or a page. */
  text: (path: string) => Promise<string>;
  /** A question that is too long for a path: nothing is done. */
  ask: <S extends z.ZodType>(path: string, body: object, schema: S) => Promise<z.output<S>>;
  /** A repeat with the same key is done once; without one a new key is drawn. */
  post: Command;
  put: Command;
  delete: Command;
}>;

/** The reactor's REST, as KUSTODIA_URL and KUSTODIA_API_KEY say. Throws a CliError with the problem in its own words. */
export function openApi(environment: NodeJS.ProcessEnv): Api {
  const base = (environment['KUSTODIA_URL'] || DEFAULT_URL).replace(/\/+$/, '');
  const key = environment['KUSTODIA_API_KEY'];

  async function ask(path: string, init: RequestInit): Promise<Response> {
    if (!key) {
      throw new CliError(
        'KUSTODIA_API_KEY is not set. Make a key with: kustodia key create --name NAME --role operator',
        EXIT.usage,
        { code: 'no_key' },
      );
    }
    const response = await fetch(`${base}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...init.headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error) => {
      throw unreachable(base, error, new Headers(init.headers).get('idempotency-key'));
    });
    if (!response.ok) throw refused(base, response.status, await response.json().catch(() => null));
    return response;
  }

  async function call<S extends z.ZodType>(path: string, schema: S, init: RequestInit): Promise<z.output<S>> {
    const response = await ask(path, init);
    const body: unknown = await response.json().catch(() => null);
    const parsed = schema.safeParse(body);
    if (!parsed.success) {
      throw new CliError(`What answers at ${base} is no Kustodia reactor of this release.`, EXIT.unreachable, {
        code: 'not_understood',
      });
    }
    return parsed.data;
  }

  const command =
    (method: string): Command =>
    (path, body, schema, idempotencyKey = randomUUID()) =>
      call(path, schema, { method, body: JSON.stringify(body), headers: { 'idempotency-key': idempotencyKey } });

  return {
    get: (path, schema) => call(path, schema, { method: 'GET' }),
    text: async (path) => (await ask(path, { method: 'GET' })).text(),
    ask: (path, body, schema) => call(path, schema, { method: 'POST', body: JSON.stringify(body) }),
    post: command('POST'),
    put: command('PUT'),
    delete: command('DELETE'),
  };
}

function refused(base: string, status: number, body: unknown): CliError {
  const problem = PROBLEM.safeParse(body);
  if (!problem.success) {
    return new CliError(`${base} answered ${status} without a reason.`, EXIT.unreachable, {
      code: 'not_understood',
      status,
    });
  }
  const { title, detail, errors = [] } = problem.data;
  const fields = errors.map(({ field, message }) => `\n  ${field}: ${message}`).join('');
  return new CliError(`${title}\n${detail}${fields}`, EXIT.refused, problem.data);
}

function unreachable(base: string, error: Error, idempotencyKey: string | null): CliError {
  const why = error.name === 'TimeoutError' ? `no answer within ${TIMEOUT_MS / 1000} s` : causeOf(error);
  // Whether the request was done is not known; with its key it can be repeated without being done twice.
  const repeat = idempotencyKey
    ? ` Then repeat the command with --idempotency-key ${idempotencyKey}: it is done once.`
    : '';
  return new CliError(
    `The reactor at ${base} does not answer (${why}). Start it, or set KUSTODIA_URL.${repeat}`,
    EXIT.unreachable,
    { code: 'unreachable', ...(idempotencyKey ? { idempotencyKey } : {}) },
  );
}

const causeOf = (error: Error): string =>
  error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : error.message;
