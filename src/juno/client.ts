import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { z } from 'zod';
import { type CallKind, classify, noAnswer } from './classify.ts';
import { JunoError, JunoMalformedError, JunoNotSentError, type JunoOutcome } from './errors.ts';
import { parseJson } from './json.ts';
import { type SignedPath, sign } from './sign.ts';
import { exchange as exchangeOverHttp, TransportError } from './transport.ts';

/** One line a call, for the log: no body, no query, no header. */
export type JunoCallLine = Readonly<{
  method: string;
  /** Method and route, with `:name` for what varies. */
  endpoint: string;
  httpStatus: number | null;
  duration_ms: number;
  outcome: 'ok' | JunoOutcome;
  code: string | null;
}>;

export type CreateJunoClientReturnType = JunoClient;
/** What `new URL` throws at an address that is none, and at a protocol that is neither HTTP nor HTTPS. */
export type CreateJunoClientErrorType = TypeError;
export type CreateJunoClientParameters = Readonly<{
  /**
   * `https://stage.buildwithjuno.com` or `https://buildwithjuno.com` (JR/createcryptowithdrawal). For the functions named after
   * Bitso, which has the same keys and signatures: `https://api-stage.bitso.com` or `https://api.bitso.com` (P/mxn-withdrawals).
   */
  baseUrl: string;
  apiKey: string;
  apiSecret: string;
  /** A nonce that no process ever used with this key; see `createNonce`. */
  nonce: () => Promise<string> | string;
  /**
   * Makes one call at a time of all on this key, from its nonce to its answer: where each nonce must be greater than the last one
   * that arrived, two under way at once could overtake one another. If left out, calls are made side by side.
   */
  inTurn?: <T>(call: () => Promise<T>) => Promise<T>;
  /** What of the address is signed; with its query if left out. */
  signedPath?: SignedPath;
  /** Waits for room under the rate limit; throws when there is none. */
  acquire: (call: { endpoint: string; kind: CallKind }) => Promise<void>;
  /** Carries one request and its answer; over node:http(s) if left out. */
  exchange?: typeof exchangeOverHttp | undefined;
  /** For connecting and the whole answer; 10,000 if left out. */
  timeout_ms?: number;
  /** Milliseconds of a clock that never jumps, for durations. */
  now?: () => number;
  log: (line: JunoCallLine) => void;
}>;

export type JunoCall = Readonly<{
  kind: CallKind;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The route, with `:name` for what varies: all that logs and errors show of the address. */
  route: string;
  /** Path with its query, exactly as signed and sent; the route if left out. */
  path?: string;
  /** The exact body; none if left out. */
  body?: string;
  idempotencyKey?: string | undefined;
  /** Called with the connection open, as the last thing before the request is written; throws when it is too late. */
  guard?: (() => void | Promise<void>) | undefined;
  /** True for the one endpoint that is open to everybody: neither key nor signature goes out. */
  isPublic?: true;
  /** True where a success may have no body at all, as that of a deletion (204); it is read as null. */
  mayBeEmpty?: true;
  /** What the answer may have at most; 1 MiB if left out. More is no answer: nothing is known, and nothing of it is kept. */
  mostBytes?: number;
}>;

/** The door to Juno or to Bitso, which every function of this folder takes first. */
export type JunoClient = Readonly<{
  baseUrl: string;
  /** Sends one call, once, and reads its success. Throws a JunoError for everything else. */
  call: <T>(call: JunoCall, schema: z.ZodType<T>) => Promise<{ value: T; raw: string }>;
}>;

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 1024 * 1024;
/** For lists that come whole or in pages of 1,000. An item has some 200 bytes, so 80,000 of them; read in one go, for three seconds at most. */
export const LONG_LIST = { mostBytes: 16 * 1024 * 1024, mostItems: 80_000 } as const;
const MOST_CONNECTIONS = 16;
/** Shorter than what load balancers commonly keep, so that a look seldom meets a connection that is just being closed. */
const IDLE_MS = 4_000;
const MOST_DETAILS = 10;
/** Answers to looks that are remembered, and how long each may be: a list that did not change is not read a second time. */
const MOST_REMEMBERED = 32;
const MOST_REMEMBERED_LENGTH = 256 * 1024;
const FAILED = z.object({ success: z.literal(false) });

/**
 * Opens the door to Juno: waits for leave, signs the exact bytes and the path with its query, sends once, never retries, and
 * tells by the type of the error what is known afterwards (J/create-signed-requests).
 *
 * The pages that this folder rests on: `J/x` is docs.bitso.com/juno/docs/x, `JR/x` docs.bitso.com/juno/reference/x, `A/x`
 * docs.bitso.com/bitso-api/docs/x, `P/x` docs.bitso.com/bitso-payouts-funding/docs/x. Where they are silent, either answer is read.
 *
 * @example
 * const juno = createJunoClient({ baseUrl, apiKey, apiSecret, nonce: createNonce({ nextSequence, now: Date.now }), acquire, log });
 * const { items } = await listDeposits(juno, { startDate: '2026-01-31' });
 */
export function createJunoClient(parameters: CreateJunoClientParameters): JunoClient {
  const { apiKey, apiSecret, nonce, acquire, timeout_ms = TIMEOUT_MS, now = () => performance.now(), log } = parameters;
  const { inTurn = (call) => call(), signedPath = 'with_query', exchange = exchangeOverHttp } = parameters;
  const origin = new URL(parameters.baseUrl);
  const prefix = origin.pathname.replace(/\/+$/, '');
  const Agent = origin.protocol === 'https:' ? HttpsAgent : HttpAgent;
  const lookAgent = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS, timeout: IDLE_MS });

  async function send(endpoint: string, call: JunoCall): Promise<{ httpStatus: number; text: string }> {
    const { kind, method, guard, idempotencyKey, mostBytes = MOST_BYTES } = call;
    const path = `${prefix}${call.path ?? call.route}`;
    const body = Buffer.from(call.body ?? '', 'utf8');
    // A send has a connection of its own: on one that the server is about to close, it would end as unknown for nothing.
    const agent = kind === 'send' ? false : lookAgent;
    let isPrepared = false;
    const write = async () => {
      const nonceText = call.isPublic ? null : await nonce();
      const headers = {
        ...(nonceText === null
          ? {}
          : {
              authorization: `Bitso ${apiKey}:${nonceText}:${sign({ apiSecret, nonce: nonceText, method, path, body, signedPath })}`,
            }),
        accept: 'application/json',
        ...(body.length > 0 ? { 'content-type': 'application/json', 'content-length': String(body.length) } : {}),
        ...(idempotencyKey === undefined ? {} : { 'x-idempotency-key': idempotencyKey }),
      };
      isPrepared = true;
      return exchange({ origin, method, path, headers, body, timeout_ms, mostBytes, agent, guard });
    };
    try {
      await acquire({ endpoint, kind });
      return await (call.isPublic ? write() : inTurn(write));
    } catch (cause) {
      if (!isPrepared)
        throw new JunoNotSentError(`${endpoint} was not sent: no leave from the rate limiter, no turn or no nonce`, {
          endpoint,
          cause,
        });
      if (!(cause instanceof TransportError)) throw cause;
      const { wasWritten, httpStatus, message } = cause;
      if (!wasWritten)
        throw new JunoNotSentError(`${endpoint} was not sent: ${message}`, { endpoint, cause: cause.cause });
      const at = { endpoint, httpStatus, cause: cause.cause };
      throw noAnswer(call, `${endpoint} got no whole answer: ${message}`, at);
    }
  }

  const remembered = new Map<string, Readonly<{ text: string; schema: unknown; value: unknown }>>();
  /** Reads an answer; the very same answer to the same look is the same value, and not read again. */
  function readOnce<T>(call: JunoCall, endpoint: string, httpStatus: number, text: string, schema: z.ZodType<T>): T {
    const path = call.path ?? call.route;
    const known = remembered.get(path);
    if (known?.text === text && known.schema === schema && httpStatus === 200) return known.value as T;
    const value = read(call, endpoint, httpStatus, text, schema);
    remembered.delete(path);
    if (call.kind !== 'look' || httpStatus !== 200 || text.length > MOST_REMEMBERED_LENGTH) return value;
    remembered.set(path, { text, schema, value });
    for (const oldest of remembered.keys()) {
      if (remembered.size <= MOST_REMEMBERED) break;
      remembered.delete(oldest);
    }
    return value;
  }

  return {
    baseUrl: parameters.baseUrl,
    call: async (call, schema) => {
      const { method } = call;
      const endpoint = `${method} ${call.route}`;
      const started = now();
      const line = (outcome: JunoCallLine['outcome'], httpStatus: number | null, code: string | null = null) =>
        log({ method, endpoint, httpStatus, duration_ms: Math.round(now() - started), outcome, code });
      try {
        const { httpStatus, text } = await send(endpoint, call);
        const value = readOnce(call, endpoint, httpStatus, text, schema);
        line('ok', httpStatus);
        return { value, raw: text };
      } catch (error) {
        if (error instanceof JunoError) line(error.outcome, error.httpStatus, error.code);
        throw error;
      }
    },
  };
}

/**
 * Reads an answer. A success that cannot be read is malformed for a look and unknown for a send: that was processed, and its
 * name is lost.
 */
function read<T>(call: JunoCall, endpoint: string, httpStatus: number, raw: string, schema: z.ZodType<T>): T {
  if (httpStatus < 200 || httpStatus > 299) throw classify(call, endpoint, httpStatus, raw);
  let json: unknown;
  try {
    json = call.mayBeEmpty && raw.trim() === '' ? null : parseJson(raw);
  } catch {
    // The parser's own message quotes the text, so it is no cause.
    throw unreadable(['not JSON']);
  }
  if (FAILED.safeParse(json).success) throw classify(call, endpoint, httpStatus, raw);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw unreadable(parsed.error.issues.flatMap(issuesOf).slice(0, MOST_DETAILS));

  function unreadable(details: readonly string[]): JunoError {
    const message = `${endpoint} succeeded with an answer that cannot be read`;
    const at = { endpoint, httpStatus, details, raw };
    return call.kind === 'send' ? noAnswer(call, message, at) : new JunoMalformedError(message, at);
  }
}

/** Where the answer differs from the schema, and how; never what stands there. */
function issuesOf(issue: z.core.$ZodIssue): string[] {
  const nested = issue.code === 'invalid_union' ? issue.errors.flat().flatMap(issuesOf) : [];
  const at = issue.path.join('.');
  if (nested.length > 0) return nested.map((inner) => [at, inner].filter(Boolean).join('.'));
  return [`${at}: ${issue.code === 'custom' ? issue.message : issue.code}`];
}
