import { z } from 'zod';

/** The body of every answer that is an error (RFC 9457). */
export const PROBLEM = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What happened, whether anything has changed, and what to do.' }),
    code: z.string().meta({ description: 'For machines; never changes its meaning.' }),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = Readonly<z.output<typeof PROBLEM>>;
