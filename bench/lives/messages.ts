import { z } from 'zod';

/** What a reactor in a process of its own asks of the chain and the rails, and what they answer: both are in the process that started it. */
export const ASKED = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('chain'), id: z.number(), method: z.string(), params: z.array(z.unknown()) }),
  z.object({
    ...{ ask: z.literal('rail'), id: z.number(), method: z.string(), path: z.string(), body: z.string() },
    idempotencyKey: z.string().optional(),
  }),
  z.object({ ask: z.literal('started'), id: z.number() }),
]);
export type Asked = z.infer<typeof ASKED>;

export const TOLD = z.discriminatedUnion('tell', [
  z.object({ tell: z.literal('answer'), id: z.number(), result: z.unknown() }),
  z.object({ tell: z.literal('refusal'), id: z.number(), message: z.string() }),
  z.object({ tell: z.literal('indexed') }),
  z.object({ tell: z.literal('juno') }),
  z.object({ tell: z.literal('stop') }),
]);
export type Told = z.infer<typeof TOLD>;
