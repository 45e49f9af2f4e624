import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { Refusal, refusalBody } from './errors.ts';
import type { Jobs } from './jobs.ts';

export const FAULT_NAMES = [
  'timeout_after_success',
  'error_5xx_before',
  'error_5xx_after_success',
  'error_34003_after_success',
  'delay_ms',
  'webhook_drop',
  'webhook_duplicate',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/**
 * `endpoint` is a method and a path as `endpointOf` writes it ("POST /mint_platform/v1/withdrawals"), for a webhook the
 * type of its transaction, and "*" for all. `value` is the delay in milliseconds, or the HTTP status of a 5xx.
 */
export const faultSchema = z.strictObject({
  name: z.enum(FAULT_NAMES),
  endpoint: z.string().max(200).default('*'),
  count: z.int().min(1).max(1_000_000).default(1),
  value: z.int().min(0).max(600_000).optional(),
});
export type Fault = z.infer<typeof faultSchema>;

export type Faults = Readonly<{
  add: (fault: Fault) => void;
  clear: () => void;
  /** Uses one up, if one is armed for this endpoint. */
  take: (name: FaultName, endpoint: string) => Fault | undefined;
  armed: () => readonly Fault[];
  /** How often each was used. */
  used: () => Readonly<Record<string, number>>;
}>;

export function createFaults(): Faults {
  let armed: Fault[] = [];
  const used: Record<string, number> = {};
  return {
    add: (fault) => {
      armed.push({ ...fault });
    },
    clear: () => {
      armed = [];
    },
    take: (name, endpoint) => {
      const fault = armed.find((each) => each.name === name && (each.endpoint === '*' || each.endpoint === endpoint));
      if (!fault) return undefined;
      fault.count -= 1;
      armed = armed.filter(({ count }) => count > 0);
      used[name] = (used[name] ?? 0) + 1;
      return fault;
    },
    armed: () => armed,
    used: () => used,
  };
}

/** A method and a path whose ids are replaced: "GET /mint_platform/v1/transactions/{id}". */
export const endpointOf = (context: Context): string =>
  `${context.req.method} ${context.req.path.replace(/\/(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d+)(?=\/|$)/g, '/{id}')}`;

/** How long an answer that never comes is held, if the caller does not give up before. */
const HELD_MS = 60_000;

/** Spoils answers: before the request is handled, or after it has succeeded, which is the case that costs money. */
export function faultMiddleware(faults: Faults, jobs: Jobs): MiddlewareHandler {
  return async (context, next) => {
    const endpoint = endpointOf(context);
    const delayed = faults.take('delay_ms', endpoint);
    if (delayed) await jobs.pause(delayed.value ?? 1_000);
    const before = faults.take('error_5xx_before', endpoint);
    if (before) throw new Refusal(serverError(before.value), '0101', 'An unknown error happened');

    await next();
    if (!context.res.ok) return;
    const after = faults.take('error_5xx_after_success', endpoint);
    if (after) {
      const refusal = new Refusal(serverError(after.value), '0101', 'An unknown error happened');
      context.res = context.json(refusalBody(refusal), refusal.status);
    }
    if (faults.take('error_34003_after_success', endpoint)) {
      const refusal = new Refusal(400, 34003, 'The transaction could not be processed');
      context.res = context.json(refusalBody(refusal), refusal.status);
    }
    const held = faults.take('timeout_after_success', endpoint);
    if (held) {
      await jobs.pause(held.value ?? HELD_MS);
      context.res = context.json(refusalBody(new Refusal(504, '0101', 'Gateway time-out')), 504);
    }
  };
}

const serverError = (value: number | undefined): 500 | 502 | 503 | 504 =>
  value === 502 || value === 503 || value === 504 ? value : 500;
