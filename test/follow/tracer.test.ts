import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../../src/reactor/log.ts';
import { openTracer } from '../../src/reactor/trace/open.ts';
import { type Tracer, workOn } from '../../src/reactor/work.ts';
import { rootOf } from '../../src/trace/ids.ts';
import { startCollector } from './collector.ts';

const [P, Q] = ['05e9eb13-6b04-4bd8-a0d9-2b3c4d5e6f70', '15e9eb13-6b04-4bd8-a0d9-2b3c4d5e6f71'];
const lines: string[] = [];
const log = createLogger('reactor', 'debug', { write: (line: string) => void lines.push(line) });
let collector: Awaited<ReturnType<typeof startCollector>>;
const open = (holder: string, endpoint = collector.url): Promise<Tracer> => openTracer({ endpoint, holder, log });
beforeEach(async () => {
  lines.length = 0;
  collector = await startCollector();
});
afterEach(() => collector.stop());

test('two processes that know nothing of each other write one trace, of which the id is the payment’s own', async () => {
  const tracers = [await open('one'), await open('other')];
  tracers[0]?.begin(P);
  for (const tracer of tracers)
    await workOn({ tracer }, 'advance', { payment: P }, () =>
      workOn({ tracer }, 'decision.send', { leg: 'l', kind: 'chain_fund' }, async () => undefined, { attempt: 2 }),
    );
  await Promise.all(tracers.map((tracer) => tracer.stop()));
  const { spans } = collector;
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([P.replaceAll('-', '')]));
  expect(spans.filter(({ name }) => name === 'payment')).toMatchObject([{ spanId: rootOf(P).spanId, parent: null }]);
  const advances = spans.filter(({ name }) => name === 'advance');
  expect(advances.map(({ parent }) => parent)).toEqual([rootOf(P).spanId, rootOf(P).spanId]);
  expect(new Set(advances.map(({ process }) => process))).toEqual(new Set(['one', 'other']));
  const sends = spans.filter(({ name }) => name === 'decision.send');
  expect(sends.map(({ parent }) => parent).sort()).toEqual(advances.map(({ spanId }) => spanId).sort());
  expect(sends[0]?.attributes).toEqual({
    ...{ 'kustodia.payment': P, 'kustodia.leg': 'l', 'kustodia.kind': 'chain_fund', 'kustodia.attempt': 2 },
  });
});

test('work for another payment goes to that one’s trace, what is of none to no trace, and an error keeps its words', async () => {
  const tracer = await open('one');
  const fails = workOn({ tracer }, 'advance', { payment: P }, async () => {
    await workOn({ tracer }, 'webhook.deliver', { payment: Q }, async () => undefined);
    tracer.past('rail GET /x', { payment: P }, { from: new Date(), took_ms: 5 });
    throw new TypeError('646180157042875763 is an account');
  });
  await expect(fails).rejects.toThrow(TypeError);
  await workOn({ tracer }, 'intake', {}, async () => undefined);
  tracer.past('rail GET /y', {}, { from: new Date(), took_ms: 5 });
  await tracer.stop();
  const of = (payment: string) =>
    collector.spans.filter(({ traceId }) => traceId === rootOf(payment).traceId).map(({ name }) => name);
  expect(of(P).sort()).toEqual(['advance', 'rail GET /x']);
  expect(of(Q)).toEqual(['webhook.deliver']);
  expect(collector.spans).toHaveLength(3);
  expect(collector.spans.find(({ name }) => name === 'advance')?.hasFailed).toBe(true);
  expect(collector.text()).not.toMatch(/646180157042875763/);
});

test('a collector that is away costs spans and nothing else: work answers at once, and the end is not waited for', async () => {
  const tracer = await open('one', 'http://127.0.0.1:9/key-in-a-path');
  const began = performance.now();
  for (let n = 0; n < 10_000; n++) expect(await workOn({ tracer }, 'advance', { payment: P }, async () => n)).toBe(n);
  await tracer.stop();
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(lines.join('')).not.toMatch(/key-in-a-path/);
  expect(lines.filter((line) => line.includes('traces_not_sent')).length).toBeLessThanOrEqual(1);
});
