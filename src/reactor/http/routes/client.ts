/** Calls the routes by their declarations: what is asked and answered has their types, and nothing is written twice. */
import type { z } from 'zod';
import { type Command, isCommand, type ParametersOf, type Route } from './declare.ts';
import { narrow } from './narrow.ts';
import { PROBLEM, type Problem } from './problem.ts';

/**
 * What a schema takes, as a person may have written it: the names of the fields are checked here, and what is wrong with a value is told by
 * the reactor in its own words.
 */
export type Written<T> = unknown extends T
  ? string | number | undefined
  : T extends string | number | boolean | null | undefined
    ? string | number | boolean | null | undefined
    : T extends readonly (infer E)[]
      ? readonly Written<E>[]
      : { [K in keyof T]: Written<T[K]> | undefined };

/** What has to be said to call a route. */
export type AskedOf<R extends Route> = Readonly<
  ([keyof ParametersOf<R>] extends [never] ? unknown : { parameters: ParametersOf<R> }) &
    (R extends { body: infer B extends z.ZodType } ? { body: Written<z.input<B>> } : unknown) &
    (R extends { query: infer Q extends z.ZodType } ? { query?: Written<z.input<Q>> } : unknown) &
    // A repeat with the same key is done once; without one a new key is drawn.
    (R extends Command ? { idempotencyKey?: string | undefined } : unknown) &
    (R extends { plan: z.ZodType } ? { dryRun?: boolean | undefined } : unknown)
>;
/** The body that it takes, of a command that says why it is given without the reason. */
export type WishOf<R extends Command> = WithoutReason<Written<z.input<R['body']>>>;
type WithoutReason<T> = T extends unknown ? Omit<T, 'reason'> : never;
/** What it answers; of a dry run, what would be. */
export type AnswerOf<R extends Route> = R extends { plan: infer P extends z.ZodType }
  ? (z.output<R['answer']> & { dryRun?: undefined }) | (z.output<P> & { dryRun: true })
  : z.output<R['answer']>;

export type ClientParameters = Readonly<{
  url: string;
  timeout_ms: number;
  /** Left out where a session says who asks. */
  key?: string;
  /** What each request says besides. */
  headers?: () => Readonly<Record<string, string>>;
}>;
export type Client = Readonly<{ call: <const R extends Route>(route: R, asked: AskedOf<R>) => Promise<AnswerOf<R>> }>;

/** The reactor refused, in its own words. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.problem = problem;
  }
}

/** Nobody answered. Whether a command was done is not known; with its key it can be repeated without being done twice. */
export class SilentError extends Error {
  override readonly name = 'SilentError';
  readonly idempotencyKey: string | null;
  constructor(idempotencyKey: string | null, cause: unknown) {
    super('no answer', { cause });
    this.idempotencyKey = idempotencyKey;
  }
}

/** Something answered that is no reactor of this release. With a status under 300 to a command, it was done. */
export class NotUnderstoodError extends Error {
  override readonly name = 'NotUnderstoodError';
  readonly status: number;
  constructor(status: number) {
    super(`an answer of status ${status} that is not understood`);
    this.status = status;
  }
}

type Said = Readonly<{
  parameters?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, unknown>>;
  body?: unknown;
  idempotencyKey?: string | undefined;
  dryRun?: boolean | undefined;
}>;

/** A client of one reactor. Its calls throw a ProblemError, a SilentError or a NotUnderstoodError. */
export function openClient({ url, key, timeout_ms, headers = () => ({}) }: ClientParameters): Client {
  async function call(route: Route, said: Said): Promise<unknown> {
    const { body, dryRun = false } = said;
    const idempotencyKey = isCommand(route) ? (said.idempotencyKey ?? crypto.randomUUID()) : null;
    const response = await fetch(`${url}${addressOf(route, said)}`, {
      method: route.method.toUpperCase(),
      headers: {
        ...headers(),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        'content-type': 'application/json',
        ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeout_ms),
    }).catch((error: unknown) => {
      throw new SilentError(idempotencyKey, error);
    });
    const isText = response.ok && 'media' in route && route.media !== undefined;
    const answer: unknown = await (isText ? response.text() : response.json()).catch(() => null);
    if (!response.ok) {
      const problem = PROBLEM.safeParse(answer);
      throw problem.success ? new ProblemError(problem.data) : new NotUnderstoodError(response.status);
    }
    const schema = dryRun && isCommand(route) && route.plan ? route.plan : route.answer;
    // A later release may say more.
    const read = schema.safeParse(narrow(schema, answer));
    if (!read.success) throw new NotUnderstoodError(response.status);
    return dryRun ? { dryRun: true, ...(read.data as object) } : read.data;
  }
  // The types of what goes in and comes out are those of the declaration, which the compiler cannot follow through fetch.
  return { call: (route, asked) => call(route, asked as Said) as never };
}

function addressOf({ path }: Route, { parameters = {}, query = {}, dryRun }: Said): string {
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
  const given = Object.entries({ ...query, ...(dryRun ? { dryRun: true } : {}) });
  const pairs = given
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, string] => [name, String(value)]);
  return `/api/v1${place}${pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''}`;
}
