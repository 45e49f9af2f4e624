/** No leave to call was given, so nothing was sent. It is nobody's fault and no failure of the call. */
export class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError';
  readonly retryAfter_ms: number;
  constructor(why: string, retryAfter_ms: number) {
    super(`${why}; the next try is in ${(retryAfter_ms / 1000).toFixed(1)} s`);
    this.retryAfter_ms = retryAfter_ms;
  }
}

/** Whether there is room cannot be known, so nobody calls: fail closed. */
export class LimiterUnavailableError extends Error {
  override readonly name = 'LimiterUnavailableError';
  constructor(cause: unknown) {
    super('the database did not say whether there is room in Juno’s budget; nothing is sent until it does', { cause });
  }
}
