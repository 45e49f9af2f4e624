import { createHmac } from 'node:crypto';
import ky, { type KyInstance } from 'ky';
import { z } from 'zod';
import {
  type JunoError,
  JunoMalformedError,
  JunoNotSentError,
  JunoRejectedError,
  JunoThrottledError,
  JunoUnauthorisedError,
  JunoUnavailableError,
  JunoUnknownError,
  REFUSED_BEFORE_PROCESSING,
} from './errors.ts';
import { parseJson } from './json.ts';

/** One line a call, without bodies. */
export type JunoCallLine = Readonly<{
  endpoint: string;
  httpStatus: number | null;
  duration_ms: number;
  outcome: string;
  code: string | null;
}>;

export type CreateJunoClientParameters = Readonly<{
  baseUrl: string;
  apiKey: string;
  apiSecret: string;
  /** A nonce that no process ever used with this key. */
  nonce: () => Promise<string>;
  /** Waits for room under the rate limit; throws when there is none. */
  acquire: (call: { endpoint: string; kind: 'send' | 'look' }) => Promise<void>;
  timeout_ms?: number;
  log: (line: JunoCallLine) => void;
}>;

type Request = Readonly<{
  kind: 'send' | 'look';
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path with its query, exactly as it is signed and sent. */
  path: string;
  /** The exact body; empty for none. */
  body?: string;
  idempotencyKey?: string;
  /** Called as the last thing before the request is written; throws when it is too late. */
  guard?: () => void;
}>;

export type JunoClient = Readonly<{
  baseUrl: string;
  /** Sends one request and answers the text of a success. Throws a JunoError for everything else. */
  request: (request: Request) => Promise<string>;
}>;

const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 1024 * 1024;
/** Errors of a connection that was never made: no byte was written. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);
const FAILURE = z.object({
  error: z.object({ code: z.string().optional(), message: z.string().optional() }).optional(),
  errors: z.array(z.object({ code: z.string().optional() })).optional(),
});

/**
 * Opens the door to Juno: signs the exact bytes and the path with its query, sends once, never retries, and tells by type what
 * is known afterwards (Juno, “Create signed requests”).
 */
export function createJunoClient(parameters: CreateJunoClientParameters): JunoClient {
  const { apiKey, apiSecret, nonce, acquire, timeout_ms = TIMEOUT_MS, log } = parameters;
  const baseUrl = parameters.baseUrl.replace(/\/+$/, '');
  const http: KyInstance = ky.create({ retry: 0, timeout: timeout_ms, throwHttpErrors: false });

  const sign = (nonceText: string, method: string, path: string, body: string) =>
    createHmac('sha256', apiSecret).update(`${nonceText}${method}${path}${body}`).digest('hex');

  return {
    baseUrl,
    request: async ({ kind, method, path, body = '', idempotencyKey, guard }) => {
      const endpoint = `${method} ${path.split('?')[0]?.replace(/[0-9a-f-]{36}|\d{18}/g, ':id')}`;
      const started = performance.now();
      let httpStatus: number | null = null;
      const finish = (outcome: string, code: string | null = null) =>
        log({ endpoint, httpStatus, duration_ms: Math.round(performance.now() - started), outcome, code });
      const fail = (error: JunoError): never => {
        finish(error.name, error.code);
        throw error;
      };

      let nonceText: string;
      try {
        await acquire({ endpoint, kind });
        nonceText = await nonce();
        guard?.();
      } catch (cause) {
        return fail(
          new JunoNotSentError(
            `${endpoint} was not sent: ${cause instanceof Error ? cause.message : 'no leave to send'}`,
            { endpoint, cause },
          ),
        );
      }
      let text: string;
      try {
        const response = await http(`${baseUrl}${path}`, {
          method,
          headers: {
            authorization: `Bitso ${apiKey}:${nonceText}:${sign(nonceText, method, path, body)}`,
            ...(body === '' ? {} : { 'content-type': 'application/json' }),
            ...(idempotencyKey === undefined ? {} : { 'x-idempotency-key': idempotencyKey }),
          },
          ...(body === '' ? {} : { body }),
        });
        httpStatus = response.status;
        text = await readBounded(response);
      } catch (cause) {
        if (neverConnected(cause))
          return fail(new JunoNotSentError(`${endpoint} could not connect to Juno`, { endpoint, cause }));
        return fail(lost(kind, `${endpoint} got no whole answer from Juno`, { endpoint, httpStatus, cause }));
      }
      if (httpStatus >= 200 && httpStatus < 300) {
        finish('ok');
        return text;
      }
      return fail(classify(kind, endpoint, httpStatus, codeOf(text)));
    },
  };
}

function lost(
  kind: Request['kind'],
  message: string,
  at: { endpoint: string; httpStatus: number | null; code?: string | null; cause?: unknown },
): JunoError {
  return kind === 'send' ? new JunoUnknownError(message, at) : new JunoUnavailableError(message, at);
}

function classify(kind: Request['kind'], endpoint: string, httpStatus: number, code: string | null): JunoError {
  const at = { endpoint, httpStatus, code };
  const what = `${endpoint} was answered ${httpStatus}${code ? ` with code ${code}` : ''}`;
  if (httpStatus === 429 || (httpStatus < 500 && code?.startsWith('08'))) return new JunoThrottledError(what, at);
  if (httpStatus === 401 && code?.startsWith('02')) return new JunoUnauthorisedError(what, at);
  const isRefused = REFUSED_BEFORE_PROCESSING.some(
    (row) => row.endpoint.test(endpoint) && row.status === httpStatus && code !== null && row.codes.includes(code),
  );
  return isRefused ? new JunoRejectedError(what, at) : lost(kind, what, at);
}

/** The code of an error body in either of its envelopes; null when it has none that can be read. */
function codeOf(text: string): string | null {
  try {
    const { error, errors } = FAILURE.parse(parseJson(text));
    return error?.code ?? errors?.[0]?.code ?? null;
  } catch {
    return null;
  }
}

function neverConnected(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (code !== undefined && NEVER_CONNECTED.has(code)) return true;
    if (at instanceof AggregateError && at.errors.length > 0 && at.errors.every(neverConnected)) return true;
  }
  return false;
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw new Error(`an answer of more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Reads the text of a success through a schema. What cannot be read is `JunoMalformedError` for a look and `JunoUnknownError`
 * for a send: it has been processed, and its name is lost.
 */
export function readAnswer<T>(kind: Request['kind'], endpoint: string, schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(parseJson(text));
  } catch (cause) {
    const message = `${endpoint} succeeded with an answer that cannot be read`;
    throw kind === 'send'
      ? new JunoUnknownError(message, { endpoint, cause })
      : new JunoMalformedError(message, { endpoint, cause }, text);
  }
}
