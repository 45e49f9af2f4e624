import { DrizzleQueryError } from 'drizzle-orm';
import { type DestinationStream, type Logger, pino } from 'pino';

/** What a log may know of an error. A failed query's own message lists its parameters, which are people's data: left out. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack, cause } = error;
  const why = cause instanceof Error ? { cause: describeError(cause) } : {};
  if (error instanceof DrizzleQueryError) return { name, query: error.query, ...why };
  // Everything that names a code (Postgres, Node, Juno's door) says more by it than by its text.
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name, message, ...code, stack, ...why };
}

/** The one logger of a process: JSON lines, errors described by `describeError`. */
export const createLogger = (part: string, level: string, destination?: DestinationStream): Logger =>
  pino(
    { level, base: { part, pid: process.pid }, serializers: { err: describeError, error: describeError } },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
