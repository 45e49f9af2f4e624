import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ApiEnv } from '../../src/reactor/http/auth.ts';
import { onError } from '../../src/reactor/http/problem.ts';
import { serveOutside, serveQuestion } from '../../src/reactor/http/route.ts';
import { openClient } from '../../src/reactor/http/routes/client.ts';
import { command, question } from '../../src/reactor/http/routes/declare.ts';
import { narrow } from '../../src/reactor/http/routes/narrow.ts';
import { createLogger } from '../../src/reactor/log.ts';
import { takeMisfits } from '../support/answers.ts';

const LEG = z.strictObject({ id: z.string(), to: z.strictObject({ name: z.string() }).nullable() });
const ASK = question({
  ...{ id: 'ask', method: 'get', path: '/ask/{id}', tag: 'Try', roles: ['viewer'], summary: 'Ask' },
  answer: z.strictObject({ id: z.string(), legs: z.array(LEG) }),
});
const DO = command({
  ...{ id: 'do', method: 'post', path: '/do', tag: 'Try', roles: ['viewer'], status: 201, summary: 'Do' },
  body: z.strictObject({ reason: z.string() }),
  answer: z.strictObject({ id: z.string(), count: z.int() }),
});
const SECRET = '646180110400000007';

/** An app whose handlers answer this, whatever their routes declare. */
function appOf(answer: object) {
  const logged: string[] = [];
  const log = createLogger('test', 'debug', { write: (line: string) => void logged.push(line) });
  const app = new Hono<ApiEnv>().use(async (c, next) => {
    c.set('actor', { id: 'x', name: 'x', role: 'viewer' });
    c.set('log', log);
    await next();
  });
  serveQuestion(app, ASK, async () => answer as never);
  serveOutside(app, DO, { run: async () => answer as never });
  return { app, logged, log };
}
const send = (app: Hono<ApiEnv>) =>
  app.request('/do', { method: 'POST', headers: { 'idempotency-key': 'k' }, body: '{"reason":"x"}' });

test('what a route does not declare is not sent, however deep; it is logged by its name, and noticed', async () => {
  const { app, logged } = appOf({ id: '1', legs: [{ id: '2', to: { name: 'Ana', clabe: SECRET } }] });
  const response = await app.request('/ask/1');
  expect([response.status, await response.json()]).toEqual([
    200,
    { id: '1', legs: [{ id: '2', to: { name: 'Ana' } }] },
  ]);
  expect(takeMisfits()).toEqual([{ route: 'ask', fields: ['legs.0.to: unrecognized_keys'] }]);
  expect(logged.join()).toContain('answer_misfit');
  expect(logged.join()).not.toContain(SECRET);
});

test('a command that was done is never told as failed for what it answers', async () => {
  for (const answer of [{ id: '1' }, { id: '1', count: 'many' }, { id: 1, count: { clabe: SECRET } }, []]) {
    const { app } = appOf(answer);
    const response = await send(app);
    expect([response.status, (await response.text()).includes(SECRET)]).toEqual([201, false]);
    expect(takeMisfits()).toHaveLength(1);
  }
});

test('what fits is sent as it is; what a command answers besides its fields is for the house alone', async () => {
  const { app } = appOf({ id: '1', count: 2, destinationId: SECRET });
  expect(await (await send(app)).json()).toEqual({ id: '1', count: 2 });
});

test('a route without a plan refuses to be only checked, and does nothing', async () => {
  let isDone = false;
  const { app, log } = appOf({});
  serveOutside(app.onError(onError(log)), command({ ...DO, path: '/other' }), {
    run: async () => {
      isDone = true;
      return { id: '1', count: 1 };
    },
  });
  const init = { method: 'POST', headers: { 'idempotency-key': 'k' }, body: '{"reason":"x"}' };
  expect([(await app.request('/other?dryRun=true', init)).status, isDone]).toEqual([422, false]);
  expect([(await app.request('/other', init)).status, isDone]).toEqual([201, true]);
});

test('of several that it may be, an answer is narrowed to the one that fits', () => {
  const schema = z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.int() })]);
  expect(narrow(schema, { b: 1, clabe: SECRET })).toEqual({ b: 1 });
  expect(narrow(schema, { clabe: SECRET })).toBeUndefined();
  expect(narrow(z.strictObject({ x: z.record(z.string(), schema) }), { x: { y: { a: 's', b: 1 } } })).toEqual({
    x: { y: { a: 's' } },
  });
  expect(narrow(z.strictObject({ x: z.string().optional() }), { x: { clabe: SECRET } })).toEqual({ x: undefined });
});

test('the client is typed by the declaration: what it lacks does not compile', async () => {
  const { call } = openClient({ url: 'http://127.0.0.1:9', key: 'kus_x', timeout_ms: 1_000 });
  const asked = call(ASK, { parameters: { id: '1' } });
  await expect(asked).rejects.toMatchObject({ name: 'SilentError', idempotencyKey: null });
  await expect(call(DO, { body: { reason: 'x' }, idempotencyKey: 'k' })).rejects.toMatchObject({ idempotencyKey: 'k' });
  // Each line below is a mistake that the compiler has to find.
  const mistakes = [
    // @ts-expect-error: a parameter of the path is missing
    () => call(ASK, {}),
    // @ts-expect-error: a question has no Idempotency-Key
    () => call(ASK, { parameters: { id: '1' }, idempotencyKey: 'k' }),
    // @ts-expect-error: it has no plan
    () => call(DO, { body: { reason: 'x' }, dryRun: true }),
    // @ts-expect-error: the body has no such field
    () => call(DO, { body: { reason: 'x', why: 'y' } }),
    // @ts-expect-error: the answer has no such field
    async () => (await call(DO, { body: { reason: 'x' } })).name,
  ];
  expect(mistakes).toHaveLength(5);
});
