/** A route as one declaration, from which it is served, written down (openapi.ts) and called. */
import type { Hono, Context as HonoContext } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import type { Actor } from '../people/audit.ts';
import { type OnceParameters, once, rehearse } from '../people/idempotency.ts';
import type { Role } from '../people/roles.ts';
import type { Job } from '../queue/port.ts';
import { type ApiEnv, onlyFor } from './auth.ts';
import { DRY_RUN, parse, readCommand, readQuestion } from './request.ts';
import { ring } from './ring.ts';

type Declared = Readonly<{
  /** Its name for those who call it, and for the document. */
  id: string;
  /** Under /api/v1, with its parameters in braces. */
  path: `/${string}`;
  /** What it is about, as the document groups it. */
  tag: string;
  summary: string;
  /** Whose key it answers. */
  roles: readonly Role[];
  body?: z.ZodType;
  answer: z.ZodObject;
}>;
/** Changes nothing. One with a body asks what is too long for a path. */
export type Question = Declared & Readonly<{ method: 'get' | 'post'; query?: z.ZodObject }>;
/** Changes something, once for each Idempotency-Key. With a `plan` it can be only checked, by `?dryRun=true`: the fields of the answer that are known then. */
export type Command = Declared &
  Readonly<{ method: 'post' | 'put' | 'delete'; status: 200 | 201; body: z.ZodType; plan?: readonly string[] }>;
export type Route = Question | Command;

export const isCommand = (route: Route): route is Command => 'status' in route;

/** Declare a route, with its types. */
export const question = <const R extends Question>(declared: R): R => declared;
export const command = <
  const A extends z.ZodObject,
  const R extends Command & { answer: A; plan?: readonly (keyof z.input<A>)[] },
>(
  declared: R,
): R => declared;

type ParametersOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParametersOf<Rest>
  : never;
type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

type Asked<R extends Route> = Readonly<{
  actor: Actor;
  parameters: Readonly<Record<ParametersOf<R['path']>, string>>;
  terms: Output<R['body']>;
}>;
type Answered<S> = S extends z.ZodObject ? z.input<S> & object : never;

const NOTHING = z.strictObject({});
const pathOf = ({ path }: Declared): string => path.replaceAll(/\{(\w+)\}/g, ':$1');
// What the declaration says of them the compiler cannot follow through the router.
const parametersOf = <R extends Route>(c: HonoContext) => c.req.param() as Asked<R>['parameters'];

/** Serves a question: lets only its roles through, and hands over nothing that is not parsed. */
export function serveQuestion<R extends Question>(
  app: Hono<ApiEnv>,
  route: R,
  handle: (asked: Asked<R> & Readonly<{ query: Output<R['query']> }>) => Promise<Answered<R['answer']>>,
): void {
  app.on(route.method.toUpperCase(), pathOf(route), onlyFor(new Set(route.roles)), async (c) => {
    const query = parse(route.query ?? NOTHING, c.req.query()) as Output<R['query']>;
    const terms = (route.body && (await readQuestion(c, route.body))) as Output<R['body']>;
    return c.json(await handle({ actor: c.get('actor'), parameters: parametersOf<R>(c), query, terms }), 200);
  });
}

type OutsideHandlers<R extends Command> = Readonly<{
  run: (asked: Asked<R>, identity: OnceParameters) => Promise<Answered<R['answer']>>;
  /** Of a route with a plan: what would be done. */
  rehearse?: (asked: Asked<R>) => Promise<Answered<R['answer']>>;
}>;

/** Of what a handler knows, what the declaration shows. */
const shown = (known: Readonly<Record<string, unknown>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, known[name]]));

/** Serves a command whose work is more than one transaction: it keeps what it answers under its identity by itself. */
export function serveOutside<R extends Command>(app: Hono<ApiEnv>, route: R, handlers: OutsideHandlers<R>): void {
  const { run, rehearse: would } = handlers;
  const { plan } = route;
  if ((would === undefined) !== (plan === undefined)) throw new Error(`${route.id} can be only checked, or not`);
  app.on(route.method.toUpperCase(), pathOf(route), onlyFor(new Set(route.roles)), async (c) => {
    const { dryRun } = plan ? parse(DRY_RUN, c.req.query()) : { dryRun: false, ...parse(NOTHING, c.req.query()) };
    const { terms, identity } = await readCommand(c, route.body);
    const asked = { actor: c.get('actor'), parameters: parametersOf<R>(c), terms: terms as Output<R['body']> };
    if (dryRun && would && plan) return c.json({ dryRun: true, ...shown(await would(asked), plan) }, 200);
    return c.json(shown(await run(asked, identity), Object.keys(route.answer.shape)), route.status);
  });
}

type CommandHandlers<R extends Command, P, T extends Answered<R['answer']>> = Readonly<{
  /** What is looked at before anything is written, outside the transaction: nothing external is asked inside one. */
  prepare?: (asked: Asked<R>) => Promise<P>;
  /** All that is written, in one transaction; of a dry run it is undone. */
  work: (tx: Tx, asked: Asked<R>, prepared: P) => Promise<T>;
  /** Whom to wake once it is done. */
  wakes?: (done: T) => readonly Job[] | Promise<readonly Job[]>;
}>;

/** Serves a command that is one transaction: done once for its Idempotency-Key, or rehearsed. */
export function serveCommand<R extends Command, P, T extends Answered<R['answer']>>(
  app: Hono<ApiEnv>,
  ctx: Context,
  route: R,
  { prepare, work, wakes }: CommandHandlers<R, P, T>,
): void {
  const prepared = async (asked: Asked<R>) => (await prepare?.(asked)) as P;
  serveOutside(app, route, {
    run: async (asked, identity) => {
      const before = await prepared(asked);
      const { response } = await once(ctx, identity, (tx) => work(tx, asked, before));
      if (wakes) await ring(ctx, ...(await wakes(response)));
      return response;
    },
    ...(route.plan && {
      rehearse: async (asked: Asked<R>) => {
        const before = await prepared(asked);
        return rehearse(ctx, (tx) => work(tx, asked, before));
      },
    }),
  });
}
