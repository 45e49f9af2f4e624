import { z } from 'zod';
import {
  type JunoError,
  type JunoErrorParameters,
  JunoRejectedError,
  JunoThrottledError,
  JunoUnauthorisedError,
  JunoUnavailableError,
  JunoUnknownError,
} from './errors.ts';
import { parseJson } from './json.ts';
import { REFUSED_BEFORE_PROCESSING } from './refusals.ts';

/** A `send` changes something at Juno, a `look` does not: the same answer means another thing. */
export type CallKind = 'send' | 'look';

const CODED = z.object({ code: z.string() });
const FAILURE = z.object({
  error: CODED.optional().catch(undefined),
  errors: z.array(CODED).optional().catch(undefined),
});

/** What of a call decides what a missing answer means. */
type Asked = Readonly<{ kind: CallKind; idempotencyKey?: string | undefined }>;

/** What an answer that is no success proves, by endpoint, HTTP status and code alone. */
export function classify(call: Asked, endpoint: string, httpStatus: number, raw: string): JunoError {
  const code = readCode(raw);
  const at = { endpoint, httpStatus, code, raw };
  const what = `${endpoint} was answered ${httpStatus}${code ? `, code ${code}` : ''}`;
  // Category 08 is throttling (A/error-categories). Under which status it comes, and whether before anything was processed, no page
  // says: of a send only 429 proves that nothing moved.
  if (httpStatus === 429 || (call.kind === 'look' && isThrottling(code)))
    return new JunoThrottledError(`${what}: over the limit`, at);
  if (httpStatus === 401 && /^02\d\d$/.test(code ?? '')) return new JunoUnauthorisedError(`${what}: not let in`, at);
  const isRefused = REFUSED_BEFORE_PROCESSING.some(
    (row) => row.endpoint === endpoint && row.httpStatus === httpStatus && row.code === code,
  );
  if (isRefused) return new JunoRejectedError(`${what}: refused`, at);
  return noAnswer(call, what, at);
}

/** Whether a code is of category 08: too many calls, whatever became of this one. */
export const isThrottling = (code: string | null): boolean => /^08\d\d$/.test(code ?? '');

/** For want of an answer: a send may have been processed, a look-up says nothing. */
export const noAnswer = ({ kind, idempotencyKey }: Asked, message: string, at: JunoErrorParameters): JunoError =>
  kind === 'send'
    ? new JunoUnknownError(message, { ...at, isRepeatable: idempotencyKey !== undefined })
    : new JunoUnavailableError(message, at);

/**
 * The code in either error envelope (A/general-concepts, and `errors[]` as third parties saw it), or null. Bitso's four digits
 * are printed as three in places (P/create-a-withdrawal). What looks like no code is none: it could be anything, a CLABE too.
 */
function readCode(raw: string): string | null {
  try {
    const { error, errors = [] } = FAILURE.parse(parseJson(raw));
    const [code = '', ...others] = new Set([...(error ? [error] : []), ...errors].map((coded) => coded.code));
    // Of several, one may be a refusal and another not: together they prove nothing.
    if (others.length > 0) return null;
    if (/^\d{3}$/.test(code)) return `0${code}`;
    return /^(\d{4,6}|[A-Z][A-Z_]{1,39})$/i.test(code) ? code : null;
  } catch {
    return null;
  }
}
