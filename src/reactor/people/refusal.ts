/** One field of a request and what is wrong with it, in words for whoever filled it in. */
export type FieldError = Readonly<{ field: string; message: string }>;

export type RefusalParameters = Readonly<{
  /** For machines; never changes its meaning. */
  code: string;
  /** The HTTP status that says the same. */
  status: 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 503;
  /** What is refused, in a few words. */
  title: string;
  /** What happened, what happens next and what the reader should do. */
  detail: string;
  errors?: readonly FieldError[];
  /** After so many seconds the same request may be made again. */
  retryAfter_s?: number;
}>;

/** A request that is refused before anything was changed. Carries the words of its RFC 9457 problem; never a full CLABE or a secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: RefusalParameters;
  constructor(problem: RefusalParameters) {
    super(`${problem.title}: ${problem.detail}`);
    this.problem = problem;
  }
}
