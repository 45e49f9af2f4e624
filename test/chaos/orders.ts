import { z } from 'zod';

/** What a crash run tells its reactors, in a file that they read at every point. */
export const ORDERS = z.object({
  /** The port of the reactor that is to die at the next point; null while none is. */
  armed: z.string().nullable(),
  /** Points at which nobody dies any more. */
  spared: z.array(z.string()),
  /** Nobody dies at any but these; at any point where it is null. */
  wanted: z.array(z.string()).nullable(),
  /** So many may stand at the point … */
  most: z.number(),
  /** … or so long is waited for them. */
  patience_ms: z.number(),
});
export type Orders = z.infer<typeof ORDERS>;

/** A line of what they tell: a point that was reached, or one at which they died. */
export const LINE = z.union([
  z.object({
    at: z.number(),
    pid: z.number(),
    port: z.string(),
    killed: z.string(),
    payments: z.array(z.string()),
    stands: z.number(),
  }),
  z.object({ at: z.number(), pid: z.number(), port: z.string(), name: z.string(), payments: z.array(z.string()) }),
]);
export type Line = z.infer<typeof LINE>;
