/** What can go wrong at Juno's door, by what is known afterwards. No message repeats a body, a header or a full CLABE. */

type JunoErrorParameters = Readonly<{
  endpoint: string;
  httpStatus?: number | null;
  code?: string | null;
  cause?: unknown;
}>;

export abstract class JunoError extends Error {
  readonly endpoint: string;
  readonly httpStatus: number | null;
  readonly code: string | null;
  abstract readonly whatNext: string;
  constructor(message: string, { endpoint, httpStatus = null, code = null, cause }: JunoErrorParameters) {
    super(message, { cause: cause instanceof Error ? new Error(cause.name) : undefined });
    this.endpoint = endpoint;
    this.httpStatus = httpStatus;
    this.code = code;
  }
}

/** Refused before it was processed: a row of REFUSED_BEFORE_PROCESSING. Nothing has moved. */
export class JunoRejectedError extends JunoError {
  override readonly name = 'JunoRejectedError';
  readonly whatNext = 'Nothing moved and nothing is repeated; mend what Juno refused.';
}
/** Over the rate limit: refused before it was processed. */
export class JunoThrottledError extends JunoError {
  override readonly name = 'JunoThrottledError';
  readonly whatNext = 'Nothing moved; it is tried again later by itself.';
}
/** The key, its permission, its address list, the nonce or the signature: refused before it was processed. */
export class JunoUnauthorisedError extends JunoError {
  override readonly name = 'JunoUnauthorisedError';
  readonly whatNext = 'Nothing moved. Check the API key, its permissions and the allowed addresses.';
}
/** Provably not a byte of the request was written. */
export class JunoNotSentError extends JunoError {
  override readonly name = 'JunoNotSentError';
  readonly whatNext = 'Nothing left this machine; it is tried again later by itself.';
}
/** It may have been processed. Only looking tells. */
export class JunoUnknownError extends JunoError {
  override readonly name = 'JunoUnknownError';
  readonly whatNext = 'It may have happened; it is looked for, and never sent under another key.';
}
/** A look-up that got no answer: says nothing about what is there. */
export class JunoUnavailableError extends JunoError {
  override readonly name = 'JunoUnavailableError';
  readonly whatNext = 'Nothing is concluded from it; it is looked again.';
}
/** A look-up whose answer cannot be read. The answer is kept on a property that no log prints. */
export class JunoMalformedError extends JunoError {
  override readonly name = 'JunoMalformedError';
  readonly whatNext = 'Juno changed its answers, or this is not Juno: nothing is concluded from it.';
  constructor(message: string, parameters: JunoErrorParameters, raw: string) {
    super(message, parameters);
    Object.defineProperty(this, 'raw', { value: raw, enumerable: false });
  }
}

/**
 * The answers that prove that nothing was processed. Everything that is not here and no success is unknown.
 * Sources: Bitso “Validation errors (03)”, “Error categories”; the 32002 of redemptions as third parties saw it.
 */
export const REFUSED_BEFORE_PROCESSING: readonly Readonly<{
  endpoint: RegExp;
  status: number;
  codes: readonly string[];
}>[] = [
  {
    endpoint: /^POST \/mint_platform\/v1\/(withdrawals|redemptions|accounts\/banks)$/,
    status: 400,
    codes: ['0303', '0304', '0315', '0317', '0379', '0714', '32002'],
  },
];
