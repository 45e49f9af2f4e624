import { createHmac } from 'node:crypto';
import { type ExchangeParameters, type ExchangeReturnType, TransportError } from '../juno/transport.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import type { Answer, Juno } from './juno.ts';
import type { Time } from './time.ts';

/** What Juno lets through in a minute (A/general-concepts). */
const ALLOWED = 300;
const WINDOW_MS = 60_000;
const THROTTLED = '{"success":false,"error":{"code":"0801","message":"too many requests"}}';
/** Bitso has no key of a request; the origin id in the body is that of the effect. */
const ORIGIN = /"origin_id":"([^"]+)"/;
/** From here on an answer says nothing of what became of the request. */
const HTTP_LIMITED = 429;
const BROKEN = '<html>502 Bad Gateway</html>';

type Caller = Readonly<{
  name: string;
  sleep: (ms: number, what?: string) => Promise<void>;
  isDead: () => boolean;
}>;
/** So long after an answer its process may not have written down yet what it was. */
const UNWRITTEN_MS = 60_000;

/** A request that changes something, as Juno or Bitso heard it: under the key of its effect, where it has one. */
export type Sent = Readonly<{ key: string; at_ms: number }>;

export type Wire = Readonly<{
  exchange: (asked: ExchangeParameters, caller: Caller) => Promise<ExchangeReturnType>;
  isChainAway: () => boolean;
  /** Until then Juno cannot be reached, or refuses everybody, or the chain’s RPC does not answer. */
  set: (what: 'outage' | 'throttled' | 'rpc_outage', until_ms: number) => void;
  /** Calls over Juno’s limit that nobody ordered. There must be none. */
  overLimit: () => number;
  sent: () => readonly Sent[];
  /** A process died or stood still: what it was told last it may never have written down. */
  stopped: (name: string) => void;
  /** Whether each request under this key was answered whole, to a process that lived on. */
  wasAnswered: (key: string) => boolean;
}>;

/** The way to Juno, Bitso and the chain, with what can go wrong on it. Bytes go in and bytes come out. */
export function createWire(parameters: {
  time: Time;
  chance: Chance;
  faults: Faults;
  juno: Juno;
  apiSecret: string;
  say: (line: string) => void;
}): Wire {
  const { time, chance, faults, juno, apiSecret, say } = parameters;
  const until = { outage: 0, throttled: 0, rpc_outage: 0 };
  const nonces = new Set<string>();
  const arrivals: number[] = [];
  let overLimit = 0;
  const sent: Sent[] = [];
  const answered = new Set<string>();
  const unanswered = new Set<string>();
  let latest: (Sent & Readonly<{ name: string }>)[] = [];
  const is = (what: keyof typeof until) => time.now_ms() < until[what];

  function isSigned({ method, path, body, headers }: ExchangeParameters): boolean {
    const [, nonce = '', signature] = /^Bitso [^:]+:(\d+):([0-9a-f]{64})$/.exec(headers['authorization'] ?? '') ?? [];
    if (nonces.has(nonce)) return false;
    nonces.add(nonce);
    return signature === createHmac('sha256', apiSecret).update(`${nonce}${method}${path}`).update(body).digest('hex');
  }
  const isOverLimit = (): boolean => {
    const now_ms = time.now_ms();
    while ((arrivals[0] ?? now_ms) < now_ms - WINDOW_MS) arrivals.shift();
    arrivals.push(now_ms);
    if (arrivals.length <= ALLOWED) return false;
    overLimit++;
    return true;
  };

  function hear(asked: ExchangeParameters): Answer {
    const { method, path, body, headers } = asked;
    const key = keyOf(asked);
    if (key) sent.push({ key, at_ms: time.now_ms() });
    const idempotencyKey = headers['x-idempotency-key'];
    return juno.answer({ method, path, body: Buffer.from(body).toString(), idempotencyKey });
  }

  return {
    isChainAway: () => is('rpc_outage'),
    set: (what, until_ms) => {
      until[what] = until_ms;
    },
    overLimit: () => overLimit,
    sent: () => sent,
    stopped: (name) => {
      for (const one of latest)
        if (one.name === name && one.at_ms > time.now_ms() - UNWRITTEN_MS) unanswered.add(one.key);
    },
    wasAnswered: (key) => answered.has(key) && !unanswered.has(key),
    exchange: async (asked, caller) => {
      const key = keyOf(asked);
      if (!key) return pass(asked, caller);
      // Until the whole answer is there; a process that dies meanwhile leaves it so.
      const before = unanswered.has(key);
      unanswered.add(key);
      const answer = await pass(asked, caller);
      if (answer.httpStatus >= HTTP_LIMITED || caller.isDead()) return answer;
      answered.add(key);
      if (!before) unanswered.delete(key);
      const at_ms = time.now_ms();
      latest = [...latest.filter((one) => one.at_ms > at_ms - UNWRITTEN_MS), { key, at_ms, name: caller.name }];
      return answer;
    },
  };

  async function pass(asked: ExchangeParameters, { sleep, isDead }: Caller): Promise<ExchangeReturnType> {
    const { method, path, headers, guard, timeout_ms } = asked;
    const draws = chance.next(`call ${method} ${path} ${headers['x-idempotency-key'] ?? ''}`);
    const isSend = method !== 'GET';
    const what = `${method} ${path}`;
    const strikes = (name: Parameters<Faults['strikes']>[0]): boolean => {
      const isStruck = faults.strikes(name, draws);
      if (isStruck) say(`fault: ${name} at ${what}`);
      return isStruck;
    };
    await sleep(draws.int(1, 50), what);
    if (strikes('refused_connection') || is('outage'))
      throw new TransportError(Object.assign(new Error('connect ECONNREFUSED'), { syscall: 'connect' }), {
        wasWritten: false,
        httpStatus: null,
      });
    if (isSend) await sleep(draws.int(0, 100), what);
    if (isDead()) return new Promise<never>(() => undefined);
    try {
      guard?.();
    } catch (cause) {
      throw new TransportError(cause, { wasWritten: false, httpStatus: null });
    }
    const lost = () =>
      new TransportError(new Error(`no whole answer within ${timeout_ms} ms`), {
        wasWritten: true,
        httpStatus: null,
      });
    if (strikes('request_lost')) {
      await sleep(timeout_ms, what);
      throw lost();
    }
    if (is('throttled') || isOverLimit()) return { httpStatus: 429, text: THROTTLED };
    if (!isSigned(asked))
      return { httpStatus: 401, text: '{"success":false,"error":{"code":"0215","message":"signature"}}' };
    if (strikes('server_error')) {
      // Whether it was processed or not, nobody can tell.
      if (draws.int(0, 1) === 1) hear(asked);
      return { httpStatus: 502, text: BROKEN };
    }
    const { status, body: text } = hear(asked);
    if (isSend ? strikes('timeout_after_success') : strikes('slow_answer')) {
      await sleep(timeout_ms, what);
      throw lost();
    }
    await sleep(draws.int(10, 300), what);
    return { httpStatus: status, text };
  }
}

/** The key of the effect that a request is made for, where it changes something. */
const keyOf = ({ method, body, headers }: ExchangeParameters): string | undefined =>
  method === 'POST' ? (headers['x-idempotency-key'] ?? ORIGIN.exec(Buffer.from(body).toString())?.[1]) : undefined;
