import {
  type AnswerOf,
  type AskedOf,
  type Client,
  NotUnderstoodError,
  openClient,
  ProblemError,
  SilentError,
} from '../reactor/http/routes/client.ts';
import type { Route } from '../reactor/http/routes/declare.ts';
import { CliError, EXIT } from './output.ts';

export const DEFAULT_URL = 'http://127.0.0.1:4000';
/** Longer than the reactor waits for a CLABE. */
const TIMEOUT_MS = 20_000;

/** The reactor's REST, as KUSTODIA_URL and KUSTODIA_API_KEY say. Throws a CliError with the problem in its own words. */
export function openApi(environment: NodeJS.ProcessEnv): Client {
  const url = (environment['KUSTODIA_URL'] || DEFAULT_URL).replace(/\/+$/, '');
  const key = environment['KUSTODIA_API_KEY'];

  async function call<const R extends Route>(route: R, asked: AskedOf<R>): Promise<AnswerOf<R>> {
    if (!key) {
      throw new CliError(
        'KUSTODIA_API_KEY is not set. Make a key with: kustodia key create --name NAME --role operator',
        EXIT.usage,
        { code: 'no_key' },
      );
    }
    try {
      return await openClient({ url, key, timeout_ms: TIMEOUT_MS }).call(route, asked);
    } catch (error) {
      if (error instanceof ProblemError) throw refused(error);
      if (error instanceof SilentError) throw unreachable(url, error);
      if (error instanceof NotUnderstoodError) throw notUnderstood(url, error, 'status' in route);
      throw error;
    }
  }
  return { call };
}

function refused({ problem }: ProblemError): CliError {
  const { title, detail, errors = [] } = problem;
  const fields = errors.map(({ field, message }) => `\n  ${field}: ${message}`).join('');
  return new CliError(`${title}\n${detail}${fields}`, EXIT.refused, problem);
}

function notUnderstood(url: string, { status }: NotUnderstoodError, isCommand: boolean): CliError {
  const body = { code: 'not_understood', status };
  if (status >= 300) return new CliError(`${url} answered ${status} without a reason.`, EXIT.unreachable, body);
  const done = isCommand ? ' It says that the command was done: look before you repeat it.' : '';
  return new CliError(`What answers at ${url} is no Kustodia reactor of this release.${done}`, EXIT.unreachable, body);
}

function unreachable(url: string, { cause, idempotencyKey }: SilentError): CliError {
  const why =
    cause instanceof Error && cause.name === 'TimeoutError'
      ? `no answer within ${TIMEOUT_MS / 1000} s`
      : causeOf(cause);
  // Whether the request was done is not known; with its key it can be repeated without being done twice.
  const repeat = idempotencyKey
    ? ` Then repeat the command with --idempotency-key ${idempotencyKey}: it is done once.`
    : '';
  return new CliError(
    `The reactor at ${url} does not answer (${why}). Start it, or set KUSTODIA_URL.${repeat}`,
    EXIT.unreachable,
    { code: 'unreachable', ...(idempotencyKey ? { idempotencyKey } : {}) },
  );
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given';
  return error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : error.message;
}
