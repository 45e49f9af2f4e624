import { choice, whole } from './point.ts';

/** Signing, limits and errors. */
export const ACCESS_POINTS = {
  signedPath: choice(
    'J/create-signed-requests',
    'the path is “precisely the same as in the request”; the query is not named, and clients sign it',
    'with_query',
    'without_query',
  ),
  trailingSlash: choice(
    'J/create-signed-requests',
    'a path with a slash at its end, which clients send as well',
    'not_found',
    'same',
  ),
  noCredentialsCode: choice(
    'A/authentication-error-02-http-401',
    'which of “authentication required” and “check your credentials” answers a request without a header of the form',
    '0208',
    '0201',
  ),
  nonceForm: choice(
    'A/nonce-v2-rollout',
    'the pages of Juno know v1 only (each greater than the last); Bitso has 14 to 19 digits in any order besides',
    'v1_or_v2',
    'v1_only',
    'v2_only',
  ),
  nonceSkew_ms: whole(
    'J/create-signed-requests',
    'how far a nonce may be from the server’s clock; 0 does not look',
    [0, 86_400_000],
    0,
    300_000,
  ),
  rateWindow: choice(
    'A/general-concepts',
    '“per-minute windows”, not whether they slide; sliding is the stricter',
    'sliding',
    'fixed',
  ),
  throttleStatus: choice('A/general-concepts', 'the status of a throttled answer', 429, 503),
  throttleRetryAfter: choice('A/general-concepts', 'whether a throttled answer says Retry-After', false, true),
  throttleBlockAfter: whole(
    'A/general-concepts',
    'how many lock-outs lead to the “possible 24-hour block”; 0 is never',
    [0, 1_000],
    0,
    3,
  ),
  errorEnvelope: choice(
    'A/general-concepts',
    'Juno’s own envelope: Bitso’s `error`, or the list `errors` that a client also reads',
    'error',
    'errors',
  ),
  errorCodeType: choice(
    'A/general-concepts',
    'whether Juno writes its codes as text, as Bitso does',
    'string',
    'number',
  ),
  validationCode: choice(
    'A/general-concepts',
    'Juno’s code of a bad body: 32002 was seen, Bitso has 0304',
    '32002',
    '0304',
  ),
  validationStatus: choice('A/general-concepts', 'its HTTP status', 400, 422),
  errorDetails: choice(
    'A/general-concepts',
    'the items of `error.details`, which one client saw and did not describe',
    'field_message',
    'strings',
    'absent',
  ),
  insufficientBalanceCode: choice('P/create-a-withdrawal', '0379 on one page, 602 on another', '0379', '602'),
  notFoundStatus: choice('A/error-categories', 'the HTTP status of category 14', 404, 400),
  error34003Status: choice(
    'A/error-categories',
    '34003 (“failed” although done) was seen without its status',
    400,
    500,
  ),
};
