/** Serves what the routes declare. */
import type { Hono, Context as HonoContext } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import type { Actor } from '../people/audit.ts';
import { type OnceParameters, onceLooked, rehearse } from '../people/idempotency.ts';
import type { Job } from '../queue/port.ts';
import { answerOf } from './answer.ts';
import { type ApiEnv, onlyFor } from './auth.ts';
import { parse, readCommand, readQuestion } from './request.ts';
import { ring } from './ring.ts';
import { type Command, DRY_RUN, type ParametersOf, type Question, type Route } from './routes/declare.ts';

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

type Asked<R extends Route> = Readonly<{
  actor: Actor;
  parameters: ParametersOf<R>;
  terms: Output<R['body']>;
}>;
/** What is answered is only read. */
export type Answered<S> = S extends z.ZodType ? Extract<Frozen<z.input<S>>, object> : never;
/** The same of a question, whose answer may be text. */
type Told<S> = S extends z.ZodString ? string : Answered<S>;
type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

const NOTHING = z.strictObject({});
const pathOf = ({ path }: Route): string => path.replaceAll(/\{(\w+)\}/g, ':$1');
// What the declaration says of them the compiler cannot follow through the router.
const parametersOf = <R extends Route>(c: HonoContext) => c.req.param() as ParametersOf<R>;

/** Serves a question: lets only its roles through, and hands over nothing that is not parsed. */
export function serveQuestion<R extends Question>(
  app: Hono<ApiEnv>,
  route: R,
  handle: (asked: Asked<R> & Readonly<{ query: Output<R['query']> }>) => Promise<Told<R['answer']>>,
): void {
  app.on(route.method.toUpperCase(), pathOf(route), onlyFor(new Set(route.roles)), async (c) => {
    const query = parse(route.query ?? NOTHING, c.req.query()) as Output<R['query']>;
    const terms = (route.body && (await readQuestion(c, route.body))) as Output<R['body']>;
    const answer = await handle({ actor: c.get('actor'), parameters: parametersOf<R>(c), query, terms });
    const shown = answerOf<object | string>(c.get('log'), route, route.answer, answer);
    return route.media
      ? c.body(String(shown), 200, { 'content-type': `${route.media}; charset=utf-8` })
      : c.json(shown, 200);
  });
}

type OutsideHandlers<R extends Command> = Readonly<{
  run: (asked: Asked<R>, identity: OnceParameters) => Promise<Answered<R['answer']>>;
  /** Of a route with a plan: what would be done. */
  rehearse?: (asked: Asked<R>) => Promise<Answered<R['plan']>>;
}>;

/** Of what the work of a command answers, the fields that its route declares: the others are for those who go on from it. */
const own = (schema: z.ZodType, known: object): object =>
  schema instanceof z.ZodObject
    ? Object.fromEntries(Object.entries(known).filter(([name]) => name in schema.shape))
    : known;

/** Serves a command whose work is more than one transaction: it keeps what it answers under its identity by itself. */
export function serveOutside<R extends Command>(app: Hono<ApiEnv>, route: R, handlers: OutsideHandlers<R>): void {
  const { run, rehearse: would } = handlers;
  const { plan } = route;
  if ((would === undefined) !== (plan === undefined)) throw new Error(`${route.id} can be only checked, or not`);
  app.on(route.method.toUpperCase(), pathOf(route), onlyFor(new Set(route.roles)), async (c) => {
    const { dryRun } = plan ? parse(DRY_RUN, c.req.query()) : { dryRun: false, ...parse(NOTHING, c.req.query()) };
    const { terms, identity } = await readCommand(c, route.body);
    const asked = { actor: c.get('actor'), parameters: parametersOf<R>(c), terms: terms as Output<R['body']> };
    const shown = (schema: z.ZodType, known: object) => answerOf(c.get('log'), route, schema, own(schema, known));
    if (dryRun && would && plan) return c.json({ dryRun: true, ...shown(plan, await would(asked)) }, 200);
    return c.json(shown(route.answer, await run(asked, identity)), route.status);
  });
}

type CommandHandlers<R extends Command, P, T extends Answered<R['answer']>> = Readonly<{
  /** What is looked at before anything is written, outside the transaction: nothing external is asked inside one. A repeat is answered before it. */
  prepare?: (asked: Asked<R>) => Promise<P>;
  /** All that is written, in one transaction; of a dry run it is undone. */
  work: (tx: Tx, asked: Asked<R>, prepared: P) => Promise<T>;
  /** What of it is known of a dry run, where that is not all that the plan names. */
  planned?: (done: T) => Answered<R['plan']> | Promise<Answered<R['plan']>>;
  /** Whom to wake once it is done. */
  wakes?: (done: T) => readonly Job[] | Promise<readonly Job[]>;
}>;

/** Serves a command that is one transaction: done once for its Idempotency-Key, or rehearsed. */
export function serveCommand<R extends Command, P, T extends Answered<R['answer']>>(
  app: Hono<ApiEnv>,
  ctx: Context,
  route: R,
  { prepare, work, planned, wakes }: CommandHandlers<R, P, T>,
): void {
  const prepared = async (asked: Asked<R>) => (await prepare?.(asked)) as P;
  serveOutside(app, route, {
    run: async (asked, identity) => {
      const { response } = await onceLooked(
        ctx,
        identity,
        () => prepared(asked),
        (tx, before) => work(tx, asked, before),
      );
      if (wakes) await ring(ctx, ...(await wakes(response)));
      return response;
    },
    ...(route.plan && {
      rehearse: async (asked: Asked<R>) => {
        const before = await prepared(asked);
        const done = await rehearse(ctx, (tx) => work(tx, asked, before));
        // A plan names fields of the answer, unless it is made of it here.
        return planned ? planned(done) : (done as Answered<R['plan']>);
      },
    }),
  });
}
