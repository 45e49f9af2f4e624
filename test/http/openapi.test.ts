import { createHash } from 'node:crypto';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { aboutRoutes } from '../../src/reactor/http/about.ts';
import { describeRoutes } from '../../src/reactor/http/openapi.ts';
import { command, type Route } from '../../src/reactor/http/routes/declare.ts';
import { ROUTES } from '../../src/reactor/http/routes/index.ts';

const app = aboutRoutes();
type Document = {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; 'x-roles': string[]; responses: object }>>;
};

test('a public validator accepts the document, which has every route with its roles', async () => {
  const response = await app.request('/openapi.json');
  const document = (await response.json()) as Document;
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  const told = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId, 'x-roles': roles }]) => [operationId, method, path, roles]),
  );
  const declared = ROUTES.map(({ id, method, path, roles }) => [id, method, `/api/v1${path}`, [...roles]]);
  const byId = (one: unknown[][]) => one.toSorted(([a], [b]) => String(a).localeCompare(String(b)));
  expect(byId(told)).toEqual(byId(declared));
});

test('the validator does find what is wrong', async () => {
  const broken = { ...describeRoutes(ROUTES), paths: { '/x': { get: { responses: 'none' } } } };
  expect((await new Validator().validate(structuredClone(broken) as Record<string, unknown>)).valid).toBe(false);
});

test('a command that can be only checked says what it answers then', () => {
  const route = command({
    ...{ id: 'try', method: 'post', path: '/try/{id}', tag: 'Try', roles: ['admin'], status: 201, summary: 'Try' },
    body: z.strictObject({ reason: z.string() }),
    answer: z.strictObject({ id: z.string(), on: z.string() }),
    plan: z.strictObject({ on: z.string() }),
  });
  const { paths } = describeRoutes([route as Route]) as unknown as Document;
  expect(paths['/api/v1/try/{id}']?.['post']?.responses).toMatchObject({
    200: { content: { 'application/json': { schema: { required: ['dryRun', 'on'] } } } },
    201: { content: { 'application/json': { schema: { required: ['id', 'on'], additionalProperties: false } } } },
  });
});

test('the page has every operation, every shape that it links to, and loads nothing', async () => {
  const response = await app.request('/');
  const page = await response.text();
  for (const { id, path } of ROUTES) {
    expect(page).toContain(`<article id="${id}">`);
    expect(page).toContain(`/api/v1${path}</h3>`);
  }
  const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, name]) => name);
  expect(anchors.length).toBeGreaterThan(ROUTES.length);
  for (const name of new Set(anchors)) expect(page).toContain(`id="${name}"`);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:|\son\w+=/);
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = response.headers.get('content-security-policy');
  expect(policy).toContain(`style-src 'sha256-${hash}'`);
  expect(policy).toContain("default-src 'none'");
});
