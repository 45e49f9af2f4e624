import type { Context } from 'hono';
import { z } from 'zod';
import type { HttpEnv } from './context.ts';
import { invalidBy } from './errors.ts';

/** Reads the query with Zod; parameters that no schema names are ignored, as Juno does. Throws an ApiError. */
export function readQuery<S extends z.ZodType>(c: Context<HttpEnv>, schema: S): z.output<S> {
  const parsed = schema.safeParse(c.req.query());
  if (!parsed.success) throw invalidBy(parsed.error);
  return parsed.data;
}

/** "2025-02-05", as the SPEI lists take a day of the server's time zone. */
export const dayQuery = z.iso.date().optional();

/** Whether a zone-less timestamp falls on or between these days. */
export function isWithinDays(zoneless: string, from: string | undefined, to: string | undefined): boolean {
  const day = zoneless.slice(0, 10);
  return (from === undefined || day >= from) && (to === undefined || day <= to);
}
