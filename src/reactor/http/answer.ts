/** What is answered is what is declared: nothing else leaves the house, and nothing that was done is told as failed for it. */
import { channel } from 'node:diagnostics_channel';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Route } from './routes/declare.ts';
import { narrow } from './routes/narrow.ts';

/** Where an answer that is not as declared is told besides the log: the tests listen here, and fail. */
export const MISFITS = 'kustodia:answer_misfit';
const misfits = channel(MISFITS);

/** The answer as its schema has it. One that does not fit is logged, by the names of its fields, and what the schema names of it is sent. */
export function answerOf<T = object>(log: Logger, { id }: Pick<Route, 'id'>, schema: z.ZodType, value: unknown): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data as T;
  const fields = read.error.issues.map(({ path, code }) => `${path.join('.') || 'all of it'}: ${code}`);
  log.error({ event: 'answer_misfit', route: id, fields }, 'an answer is not what its route declares');
  misfits.publish({ route: id, fields });
  return (narrow(schema, value) ?? {}) as T;
}
