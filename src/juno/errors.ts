/**
 * What can go wrong at Juno's door, by what is known afterwards; nothing is inferred from the words of an answer. No message or
 * visible property repeats a header, a body or a CLABE, so that an error may be logged as it is.
 */

export type JunoErrorParameters = Readonly<{
  /** Method and route, with `:name` for what varies: "GET /spei/v1/clabes/:clabe". */
  endpoint: string;
  httpStatus?: number | null;
  code?: string | null;
  /** For machines: which fields could not be read, never what they held. */
  details?: readonly string[];
  /** The answer as it came, where there was one. */
  raw?: string | null;
  cause?: unknown;
}>;

export type JunoOutcome =
  | 'rejected'
  | 'throttled'
  | 'unauthorised'
  | 'not_sent'
  | 'unknown'
  | 'unavailable'
  | 'malformed'
  | 'incomplete';

export abstract class JunoError extends Error {
  abstract readonly outcome: JunoOutcome;
  /** What happens next, and what the reader should do. */
  abstract readonly whatNext: string;
  readonly endpoint: string;
  readonly httpStatus: number | null;
  readonly code: string | null;
  readonly details: readonly string[];
  // Private, so that no inspector, serialiser or logger shows it: an answer may carry CLABEs and names.
  readonly #raw: string | null;

  constructor(message: string, parameters: JunoErrorParameters) {
    const { endpoint, httpStatus = null, code = null, details = [], raw = null, cause } = parameters;
    super(message, cause === undefined ? undefined : { cause });
    this.endpoint = endpoint;
    this.httpStatus = httpStatus;
    this.code = code;
    this.details = details;
    this.#raw = raw;
  }

  /** The answer as it came, to be stored as evidence and never logged. */
  get raw(): string | null {
    return this.#raw;
  }
}

/** Refused before it was processed: a row of `REFUSED_BEFORE_PROCESSING`. */
export class JunoRejectedError extends JunoError {
  override readonly name = 'JunoRejectedError';
  readonly outcome = 'rejected';
  readonly whatNext = 'Nothing moved and nothing is repeated; mend what Juno refused.';
}

/** Over the rate limit: refused before it was processed. */
export class JunoThrottledError extends JunoError {
  override readonly name = 'JunoThrottledError';
  readonly outcome = 'throttled';
  readonly whatNext = 'Nothing moved. Leave Juno alone for a minute: going on may lock the account for a day.';
}

/** The key, its permission, its address list, the nonce or the signature: refused before it was processed. */
export class JunoUnauthorisedError extends JunoError {
  override readonly name = 'JunoUnauthorisedError';
  readonly outcome = 'unauthorised';
  readonly whatNext = 'Nothing moved. Check the API key, its permissions and its list of allowed addresses.';
}

/** Provably not a byte of the request was written. */
export class JunoNotSentError extends JunoError {
  override readonly name = 'JunoNotSentError';
  readonly outcome = 'not_sent';
  readonly whatNext = 'Nothing left this machine; it may be tried again.';
}

/** A send that may have been processed. */
export class JunoUnknownError extends JunoError {
  override readonly name = 'JunoUnknownError';
  readonly outcome = 'unknown';
  readonly whatNext: string;
  /** Whether it had an idempotency key, without which a repeat is a second send. */
  readonly isRepeatable: boolean;

  constructor(message: string, { isRepeatable = false, ...at }: JunoErrorParameters & { isRepeatable?: boolean }) {
    super(message, at);
    this.isRepeatable = isRepeatable;
    this.whatNext = isRepeatable
      ? 'It may have happened: look for it, or repeat the same bytes under the same key; never under another.'
      : 'It may have happened and has no key: look for it, and never repeat it.';
  }
}

/** A look-up without a usable answer. */
export class JunoUnavailableError extends JunoError {
  override readonly name = 'JunoUnavailableError';
  readonly outcome = 'unavailable';
  readonly whatNext = 'It says nothing about what is there; look again.';
}

/** A look-up whose answer cannot be read. The answer is kept in `raw`. */
export class JunoMalformedError extends JunoError {
  override readonly name = 'JunoMalformedError';
  readonly outcome = 'malformed';
  readonly whatNext =
    'Juno changed its answers, or this is not Juno: conclude nothing, and compare `raw` with the schema.';
}

/** A list that could not be read to its end. */
export class JunoIncompleteError extends JunoError {
  override readonly name = 'JunoIncompleteError';
  readonly outcome = 'incomplete';
  readonly whatNext =
    'What was read stands; what is missing is not absent. Narrow the dates or raise the limit of pages.';
}

/** What every look-up may throw. */
export type LookErrorType =
  | JunoThrottledError
  | JunoUnauthorisedError
  | JunoNotSentError
  | JunoUnavailableError
  | JunoMalformedError;

/** What every send may throw. */
export type SendErrorType =
  | JunoRejectedError
  | JunoThrottledError
  | JunoUnauthorisedError
  | JunoNotSentError
  | JunoUnknownError;

export { REFUSED_BEFORE_PROCESSING } from './refusals.ts';
