import { DrizzleQueryError } from 'drizzle-orm';
import { type DestinationStream, type Logger, pino } from 'pino';
import { BaseError } from 'viem';
import { workHere } from './work.ts';

const URLS = /\b(?:https?|wss?):\/\/\S+/g;

/** What a log may know of an error. A failed query's own message lists its parameters, which are people's data: left out. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, stack, cause } = error;
  const message = error.message.replace(URLS, '<url>');
  const why = cause instanceof Error ? { cause: describeError(cause) } : {};
  if (error instanceof DrizzleQueryError) return { name, query: error.query, ...why };
  // Viem's message and stack repeat the URL of the RPC, which holds its key, and the raw transaction.
  if (error instanceof BaseError) return { name, message: error.shortMessage.replace(URLS, '<url>'), ...why };
  // Everything that names a code (Postgres, Node, Juno's door) says more by it than by its text.
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name, message, ...code, stack: stack?.replace(URLS, '<url>'), ...why };
}

/** The one logger of a process: JSON lines, errors described by `describeError`, each with whom it is written for (work.ts). */
export const createLogger = (part: string, level: string, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: { part, pid: process.pid },
      // A copy: pino writes what the line says into it.
      mixin: () => ({ ...workHere() }),
      serializers: { err: describeError, error: describeError },
      hooks: {
        // Without a message pino takes the error's own, which no serializer sees.
        logMethod(args, method) {
          const [first, ...rest] = args as unknown[];
          const subject = first instanceof Error ? { err: first } : first;
          const isBare = typeof subject === 'object' && subject !== null && 'err' in subject && rest.length === 0;
          method.apply(this, [subject, ...(isBare ? ['failed'] : rest)] as Parameters<typeof method>);
        },
      },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
