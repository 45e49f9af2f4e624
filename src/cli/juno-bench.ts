import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { createJunoClient, type JunoClient } from '../juno/client.ts';
import { parseJson } from '../juno/json.ts';
import { createNonce } from '../juno/nonce.ts';
import { sign } from '../juno/sign.ts';
import { exchange } from '../juno/transport.ts';
import { maskClabe } from '../money/clabe.ts';
import type { JunoCheckSettings } from './juno-settings.ts';

/** An answer as it came, whatever it is: for questions that the client does not ask, or not in that way. */
export type Answered = Readonly<{ httpStatus: number; code: string | null; json: unknown }>;

export type Probe = Readonly<{
  method: 'GET' | 'POST';
  path: string;
  /** What is signed in the place of the path. */
  signedPath?: string;
  body?: string;
  idempotencyKey?: string;
}>;

/** What the questions are asked with. */
export type Bench = Readonly<{
  juno: JunoClient;
  isLoopback: boolean;
  /** Sends one request, once, and reads nothing into the answer. */
  probe: (request: Probe) => Promise<Answered>;
  /** Looks until there is something, or until the time to wait is over: undefined then. */
  watch: <T>(look: () => Promise<T | undefined>) => Promise<T | undefined>;
}>;

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 1024 * 1024;
/** One call a second beside a reactor at 240 a minute is just what the documents allow (A/general-concepts). */
const PAUSE_MS = 1_000;
const LOOK_AGAIN_MS = 2_000;
const LOOK_AGAIN_LOOPBACK_MS = 50;

const CODED = z.object({ code: z.string() });
const FAILURE = z.union([
  z.object({ error: CODED }).transform(({ error }) => error.code),
  z.object({ errors: z.array(CODED).min(1) }).transform(({ errors }) => errors[0]?.code ?? null),
]);

export function openBench(settings: JunoCheckSettings, wait_ms: number): Bench {
  const { baseUrl, apiKey, apiSecret } = settings;
  const origin = new URL(baseUrl);
  const prefix = origin.pathname.replace(/\/+$/, '');
  const isLoopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(origin.hostname);
  // Needs no database, and so no sequence: chance begins it, and Juno refuses the one nonce in a million that is the reactor's.
  let drawn = BigInt(randomInt(1_000_000));
  const nonce = createNonce({ nextSequence: async () => ++drawn, now: Date.now });
  let free_ms = 0;
  const acquire = async (): Promise<void> => {
    if (isLoopback) return;
    const now_ms = performance.now();
    free_ms = Math.max(free_ms, now_ms) + PAUSE_MS;
    await sleep(free_ms - PAUSE_MS - now_ms);
  };

  return {
    isLoopback,
    juno: createJunoClient({
      baseUrl,
      apiKey,
      apiSecret,
      nonce,
      acquire,
      timeout_ms: TIMEOUT_MS,
      log: () => undefined,
    }),
    probe: async ({ method, path, signedPath = path, body: text = '', idempotencyKey }) => {
      await acquire();
      const body = Buffer.from(text, 'utf8');
      const drawnNonce = await nonce();
      const signature = sign({ apiSecret, nonce: drawnNonce, method, path: `${prefix}${signedPath}`, body });
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
      return { httpStatus: answer.httpStatus, code: FAILURE.safeParse(json).data ?? null, json };
    },
    watch: async (look) => {
      const deadline = performance.now() + wait_ms;
      for (;;) {
        const seen = await look();
        if (seen !== undefined || performance.now() > deadline) return seen;
        await sleep(isLoopback ? LOOK_AGAIN_LOOPBACK_MS : LOOK_AGAIN_MS);
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

/** Text for people's eyes: account numbers, ids and addresses only as far as they tell one from another. */
export const masked = (text: string): string =>
  text
    .replace(/0x[0-9a-f]{40,}/gi, (hex) => `${hex.slice(0, 6)}…${hex.slice(-4)}`)
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, (uuid) => `${uuid.slice(0, 8)}…`)
    .replace(/(?<!\d)\d{16,18}(?!\d)/g, maskClabe);
