import { z } from 'zod';

/** In place of a port: whoever comes to a point first. */
export const ANY = 'any';

/** What a crash run tells its reactors, in a file that they read at every point. */
export const ORDERS = z.object({
  /** The port of the reactor that is to die at the next point, or ANY; null while none is. */
  armed: z.string().nullable(),
  /** Points at which nobody dies any more. */
  spared: z.array(z.string()),
  /** Nobody dies at any but these; at any point where it is null. */
  wanted: z.array(z.string()).nullable(),
  /** Nor at any that this pattern does not fit. */
  only: z.string(),
  /** So long after the first one has come to a point. */
  patience_ms: z.number(),
});
export type Orders = z.infer<typeof ORDERS>;

/** A line of what they tell: a point that was reached, or one at which they died. */
export const LINE = z.union([
  z.object({
    at: z.number(),
    pid: z.number(),
    port: z.string(),
    killed: z.array(z.object({ name: z.string(), stands: z.number() })),
    payments: z.array(z.string()),
  }),
  z.object({ at: z.number(), pid: z.number(), port: z.string(), name: z.string(), payments: z.array(z.string()) }),
]);
export type Line = z.infer<typeof LINE>;
