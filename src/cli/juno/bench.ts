import { randomInt } from 'node:crypto';
import { z } from 'zod';
import type { AmountAs } from '../../juno/amount.ts';
import { isThrottling } from '../../juno/classify.ts';
import { createJunoClient, type JunoClient } from '../../juno/client.ts';
import { JunoThrottledError } from '../../juno/errors.ts';
import { parseJson } from '../../juno/json.ts';
import { createNonce } from '../../juno/nonce.ts';
import { type SignedPath, sign } from '../../juno/sign.ts';
import { exchange } from '../../juno/transport.ts';
import { isLoopback, type JunoCheckSettings } from './settings.ts';

/** An answer as it came, whatever it is: for questions that the client does not ask, or not in that way. */
export type Answered = Readonly<{ httpStatus: number; code: string | null; json: unknown; text: string }>;

export type Probe = Readonly<{
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** Whether the query is signed; as was learned if left out. */
  signedPath?: SignedPath;
  /** Of our own making; the next one if left out. */
  nonce?: string;
  body?: string;
  idempotencyKey?: string;
}>;

/** What the first answers teach about how the later questions must be asked. */
export type Learned = { signedPath: SignedPath; amountAs: AmountAs };

/** What the questions are asked with. */
export type Bench = Readonly<{
  /** Signs as was learned so far: take it anew for each question. */
  juno: JunoClient;
  learned: Learned;
  isLoopback: boolean;
  /** When the check began, by this machine's clock. */
  startedAt: Date;
  /** Sends one request, once, and reads nothing into the answer. Throws a JunoThrottledError over the limit. */
  probe: (request: Probe) => Promise<Answered>;
  /** Looks until there is something, or until the time to wait is over: undefined then. */
  watch: <T>(look: () => Promise<T | undefined>, longest_ms?: number) => Promise<T | undefined>;
  /** Somebody wants the end of it: nothing more is waited for. */
  stop: () => void;
  isStopped: () => boolean;
}>;

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 1024 * 1024;
/** One call a second beside a reactor at 240 a minute is just what the documents allow (A/general-concepts). */
const PAUSE_MS = 1_000;
/** How long an account is locked that went over the limit, and a little. */
const LOCKED_MS = 65_000;
const LOOK_AGAIN_MS = 2_000;
const LOOK_AGAIN_LOOPBACK_MS = 50;

// As the door reads them: Bitso's four digits are printed as three in places, and as a number.
const CODED = z.object({ code: z.string().transform((code) => (/^\d{3}$/.test(code) ? `0${code}` : code)) });
const FAILURE = z.union([
  z.object({ error: CODED }).transform(({ error }) => error.code),
  z.object({ errors: z.array(CODED).min(1) }).transform(({ errors }) => errors[0]?.code ?? null),
]);

export function openBench(settings: JunoCheckSettings, wait_ms: number): Bench {
  const { baseUrl, apiKey, apiSecret } = settings;
  const origin = new URL(baseUrl);
  const prefix = origin.pathname.replace(/\/+$/, '');
  const isHere = isLoopback(origin.hostname);
  // Needs no database, and so no sequence: chance begins it, and Juno refuses the one nonce in a million that is the reactor's.
  let drawn = BigInt(randomInt(1_000_000));
  const nonce = createNonce({ nextSequence: async () => ++drawn, now: Date.now });
  let free_ms = 0;
  const acquire = async (): Promise<void> => {
    if (isHere) return;
    const now_ms = performance.now();
    free_ms = Math.max(free_ms, now_ms) + PAUSE_MS;
    await sleep(free_ms - PAUSE_MS - now_ms);
  };
  const rest = (): void => {
    free_ms = performance.now() + LOCKED_MS;
  };

  const learned: Learned = { signedPath: 'with_query', amountAs: 'text' };
  const open = (signedPath: SignedPath) =>
    createJunoClient({
      ...{ baseUrl, apiKey, apiSecret, nonce, acquire, signedPath },
      timeout_ms: TIMEOUT_MS,
      log: ({ outcome }) => {
        if (outcome === 'throttled') rest();
      },
    });
  const clients = { with_query: open('with_query'), without_query: open('without_query') };
  let isStopped = false;

  return {
    isLoopback: isHere,
    learned,
    startedAt: new Date(),
    get juno() {
      return clients[learned.signedPath];
    },
    stop: () => {
      isStopped = true;
    },
    isStopped: () => isStopped,
    probe: async ({ method, path, signedPath = learned.signedPath, nonce: given, body: text = '', idempotencyKey }) => {
      await acquire();
      const body = Buffer.from(text, 'utf8');
      const drawnNonce = given ?? (await nonce());
      const signature = sign({ apiSecret, nonce: drawnNonce, method, path: `${prefix}${path}`, body, signedPath });
      const headers = {
        authorization: `Bitso ${apiKey}:${drawnNonce}:${signature}`,
        accept: 'application/json',
        ...(body.length > 0 ? { 'content-type': 'application/json', 'content-length': String(body.length) } : {}),
        ...(idempotencyKey === undefined ? {} : { 'x-idempotency-key': idempotencyKey }),
      };
      const answer = await exchange({
        ...{ origin, method, path: `${prefix}${path}`, headers, body },
        ...{ timeout_ms: TIMEOUT_MS, mostBytes: MOST_BYTES, agent: false },
      });
      const json = readJson(answer.text);
      const { httpStatus, text: raw } = answer;
      const code = FAILURE.safeParse(json).data ?? null;
      if (httpStatus === 429 || isThrottling(code)) {
        rest();
        const endpoint = `${method} ${path.replace(/\?.*/, '')}`;
        throw new JunoThrottledError(`${endpoint} was answered ${httpStatus}: over the limit`, {
          endpoint,
          httpStatus,
          code,
        });
      }
      return { httpStatus, code, json, text: raw };
    },
    watch: async (look, longest_ms = wait_ms) => {
      const deadline = performance.now() + longest_ms;
      for (;;) {
        const seen = await look();
        if (seen !== undefined || isStopped || performance.now() > deadline) return seen;
        await sleep(isHere ? LOOK_AGAIN_LOOPBACK_MS : LOOK_AGAIN_MS);
      }
    },
  };
}

function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

const sleep = (duration_ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, duration_ms));
