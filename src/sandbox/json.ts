import { z } from 'zod';
import { parseUnits } from './amounts.ts';
import { ApiError, invalidBy } from './errors.ts';
import { parseJson } from './json-number.ts';
import type { Switches } from './switches.ts';

/**
 * Reads a request body with Zod. A number under the key `amount` arrives as `{number: "its digits as sent"}`, so that none is
 * rounded. An empty body reads as `{}`. Throws an ApiError.
 */
export function readBody<S extends z.ZodType>(schema: S, body: Buffer): z.output<S> {
  const parsed = schema.safeParse(parseBody(body));
  if (!parsed.success) throw invalidBy(parsed.error);
  return parsed.data;
}

/** The JSON of a request body, of which `{}` is the empty one. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
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
