import { z } from 'zod';
import { parseUnits } from './amounts.ts';
import { ApiError, invalidBy } from './errors.ts';
import type { Switches } from './switches.ts';

// V8 has both since Node 22; the types of ES2024 do not know them yet.
const rawJson = (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON;
type Reviver = (key: string, value: unknown, context: { source: string }) => unknown;
const parseJson = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** Decimal text as a JSON number of exactly these digits, for JSON.stringify: no float in between. */
export const jsonNumber = (text: string): unknown => rawJson(text);

/**
 * Reads a request body with Zod. A number under the key `amount` arrives as `{number: "its digits as sent"}`, so that none is
 * rounded. An empty body reads as `{}`. Throws an ApiError.
 */
export function readBody<S extends z.ZodType>(schema: S, body: Buffer): z.output<S> {
  const parsed = schema.safeParse(body.length === 0 ? {} : parseBody(body));
  if (!parsed.success) throw invalidBy(parsed.error);
  return parsed.data;
}

function parseBody(body: Buffer): unknown {
  try {
    return parseJson(body.toString('utf8'), (key, value, { source }) =>
      key === 'amount' && typeof value === 'number' ? { number: source } : value,
    );
  } catch {
    throw new ApiError(400, '32001', 'The body is not JSON');
  }
}

/** An amount of a request body, in base units: text or a number, as the switch allows. */
export function amountSchema(allowed: Switches['requestAmount'], decimals: 2 | 6) {
  const text = z.string();
  const number = z.object({ number: z.string() }).transform((value) => value.number);
  const either = allowed === 'string' ? text : allowed === 'number' ? number : z.union([text, number]);
  return either.transform((value, ctx) => {
    const units = parseUnits(value, decimals);
    if (units !== undefined && units > 0n) return units;
    ctx.addIssue({ code: 'custom', message: `must be a positive decimal with at most ${decimals} decimals` });
    return z.NEVER;
  });
}
