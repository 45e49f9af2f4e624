import { pino } from 'pino';
import { z } from 'zod';
import { createJunoClient, type JunoCall, type JunoClient } from '../../src/juno/client.ts';
import { JunoNotSentError } from '../../src/juno/errors.ts';
import { RateLimitedError } from '../../src/reactor/rate/errors.ts';
import type { JunoLimit } from '../../src/reactor/rate/juno-limit.ts';

export const silent = pino({ level: 'silent' });

/** One call of each kind. */
export const CALLS = {
  look: { kind: 'look', method: 'GET', route: '/mint_platform/v1/transactions' },
  payout: { kind: 'send', method: 'POST', route: '/mint_platform/v1/redemptions', body: '{}' },
  withdrawal: { kind: 'send', method: 'POST', route: '/mint_platform/v1/withdrawals', body: '{}' },
  registration: { kind: 'send', method: 'POST', route: '/mint_platform/v1/clabes', body: '{}' },
} as const satisfies Record<string, JunoCall>;
export type Kind = keyof typeof CALLS;
export const KINDS = Object.keys(CALLS) as Kind[];

/** The real door, under the limit, to whatever listens at `baseUrl`. */
export function openDoor(baseUrl: string, limit: JunoLimit, timeout_ms = 10_000): JunoClient {
  return limit.watch(
    createJunoClient({
      baseUrl,
      apiKey: 'key',
      apiSecret: 'secret',
      nonce: () => '1731349200123000042',
      acquire: limit.acquire,
      timeout_ms,
      log: () => undefined,
    }),
  );
}

export const call = (door: JunoClient, kind: Kind): Promise<unknown> => door.call(CALLS[kind], z.unknown());

/** How long the limiter asks to wait, if it was the limiter that refused. */
export function retryAfter(error: unknown): number | null {
  const cause = error instanceof JunoNotSentError ? error.cause : error;
  return cause instanceof RateLimitedError ? cause.retryAfter_ms : null;
}
