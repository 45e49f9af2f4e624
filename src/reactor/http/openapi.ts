/** What the interface takes and answers, written from the declarations by which it is served (OpenAPI 3.1). */
import { z } from 'zod';
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { PROBLEM } from './problem.ts';
import { DRY_RUN } from './request.ts';
import { type Command, isCommand, type Route } from './route.ts';

const IDEMPOTENCY_KEY = z.string().min(1).max(200).meta({
  description: 'New for each new request, the same when one is repeated: then it is done once.',
});
const json = (schema: z.ZodType) => ({ content: { 'application/json': { schema } } });

/** A command that can be only checked says so in what it answers. */
function commandOf({ status, answer, plan }: Command) {
  const planned =
    plan &&
    z.strictObject({
      dryRun: z.literal(true),
      ...Object.fromEntries(plan.map((name) => [name, answer.shape[name] ?? z.unknown()])),
    });
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

/** Writes the document of these routes. */
export function describeRoutes(routes: readonly Route[], { version }: Readonly<{ version: string }>) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const { id, method, path, tag, summary, roles, body } = route;
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const { responses, ...asked } = isCommand(route)
      ? commandOf(route)
      : {
          ...(route.query && { query: route.query }),
          responses: { 200: { description: 'The answer.', ...json(route.answer) } },
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
          default: {
            description: 'What was refused or failed, in words (RFC 9457). Nothing has changed.',
            content: { 'application/problem+json': { schema: PROBLEM } },
          },
        },
        'x-roles': [...roles],
      },
    };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Kustodia',
      version,
      description:
        'Payments in escrow, from a SPEI deposit to the recipient’s CLABE. Amounts are decimal text in pesos; times are ISO 8601 in UTC.',
    },
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key, `kus_…`.' } } },
    paths,
  });
}
