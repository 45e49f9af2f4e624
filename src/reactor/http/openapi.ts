/** What the interface takes and answers, written from the declarations by which it is served (OpenAPI 3.1). */
import { z } from 'zod';
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { type Command, DRY_RUN, isCommand, namesIn, type Route } from './routes/declare.ts';
import { PROBLEM } from './routes/problem.ts';

const IDEMPOTENCY_KEY = z.string().min(1).max(200).meta({
  description: 'New for each new request, the same when one is repeated: then it is done once.',
});
const json = (schema: z.ZodType) => ({ content: { 'application/json': { schema } } });

/** What would be done, as it is answered. */
const asDryRun = (plan: z.ZodType): z.ZodType => {
  if (plan instanceof z.ZodUnion) return z.union((plan.options as readonly z.ZodType[]).map(asDryRun));
  if (plan instanceof z.ZodObject) return z.strictObject({ dryRun: z.literal(true), ...plan.shape });
  throw new Error('a plan is an object, or one of several');
};

/** A command that can be only checked says so in what it answers. */
function commandOf({ status, answer, plan }: Command) {
  const planned = plan && asDryRun(plan);
  const header = z.object({ 'idempotency-key': IDEMPOTENCY_KEY });
  if (!planned) return { header, responses: { [status]: { description: 'Done.', ...json(answer) } } };
  const responses =
    status === 200
      ? { 200: { description: 'Done, or what would be done.', ...json(z.union([answer, planned])) } }
      : {
          200: { description: 'What would be done.', ...json(planned) },
          201: { description: 'Done.', ...json(answer) },
        };
  return { header, query: DRY_RUN, responses };
}

/** Of the interface under /api/v1: its fields are added to and never changed. */
const VERSION = '1.0.0';

/** Writes the document of these routes. */
export function describeRoutes(routes: readonly Route[]) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const { id, method, path, tag, summary, roles, body } = route;
    const names = namesIn(path);
    const { responses, ...asked } = isCommand(route)
      ? commandOf(route)
      : {
          ...(route.query && { query: route.query }),
          responses: {
            200: {
              description: 'The answer.',
              content: { [route.media ?? 'application/json']: { schema: route.answer } },
            },
          },
        };
    paths[`/api/v1${path}`] = {
      ...paths[`/api/v1${path}`],
      [method]: {
        operationId: id,
        ...{ tags: [tag], summary, description: `For keys of the role ${roles.join(', ')}.` },
        requestParams: {
          ...asked,
          ...(names.length > 0 && { path: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) }),
        },
        ...(body && { requestBody: { required: true, ...json(body) } }),
        responses: {
          ...responses,
          429: {
            description: 'Too many requests with this key. Nothing has changed.',
            headers: { 'retry-after': { schema: { type: 'integer' }, description: 'Seconds.' } },
            content: { 'application/problem+json': { schema: PROBLEM } },
          },
          default: {
            description: 'What was refused or failed, in words (RFC 9457). Nothing has changed.',
            content: { 'application/problem+json': { schema: PROBLEM } },
          },
        },
        'x-roles': [...roles],
      },
    };
  }
  const tags = [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name }));
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Kustodia',
      version: VERSION,
      description:
        'Payments in escrow, from a SPEI deposit to the recipient’s CLABE. Amounts are decimal text in pesos; times are ISO 8601 in UTC.',
    },
    tags,
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key, `kus_…`.' } } },
    paths,
  });
}
