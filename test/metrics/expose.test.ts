import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import parsePrometheus from 'parse-prometheus-text-format';
import { expect, test } from 'vitest';
import { createApp } from '../../src/reactor/http/app.ts';
import { exposeReadings, type OpenBreaks, openReadings } from '../../src/reactor/metrics/expose.ts';
import { createInstruments } from '../../src/reactor/metrics/instruments.ts';
import { foldTally } from '../../src/reactor/metrics/tally.ts';
import type { Settings } from '../../src/reactor/settings.ts';
import { useWorld } from '../http/use-world.ts';
import { ALL_WELL, type World } from '../http/world.ts';
import { givePayment } from '../support/fixtures.ts';

const TOKEN = 'a token of forty characters, without spaces'.replaceAll(' ', '_');
const DASHBOARD = readFileSync(join(import.meta.dirname, '../../ops/grafana/kustodia.json'), 'utf8');
const RULES = readFileSync(join(import.meta.dirname, '../../ops/prometheus/alerts.yml'), 'utf8');
const RUNBOOK = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const BREAKS: OpenBreaks = async () => [{ kind: 'account', count: 2, oldest_s: 90 }];

let world: World;
useWorld((opened) => {
  world = opened;
});

/** The reactor's outside with metrics, and these settings changed. */
function appWith(changed: Partial<Pick<Settings, 'junoEnv'>> & { metricsToken?: string | null } = {}) {
  const { metricsToken = null, ...rest } = changed;
  const settings = { ...world.ctx.settings, ...rest, operate: { ...world.ctx.settings.operate, metricsToken } };
  const ctx = { ...world.ctx, settings };
  const instruments = createInstruments(ctx);
  exposeReadings(ctx, instruments, openReadings(ctx), BREAKS);
  return { instruments, app: createApp(ctx, { health: async () => ALL_WELL, metrics: instruments.registry }) };
}

test('a parser of Prometheus’ own format reads them, with the counts that are so', async () => {
  const { legId, paymentId } = await givePayment(world.db);
  await foldTally(world.ctx);
  const { app, instruments } = appWith();
  instruments.countCall({
    method: 'GET',
    endpoint: 'GET /x/:id',
    httpStatus: 200,
    duration_ms: 1,
    outcome: 'ok',
    code: null,
  });
  const response = await app.request('/metrics');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  const families = parsePrometheus(text);
  const of = (name: string) => families.find((family) => family.name === name);
  expect(of('kustodia_legs')?.metrics).toContainEqual({ value: '1', labels: { kind: 'custody', state: 'requested' } });
  expect(of('kustodia_leg_centavos')?.metrics).toContainEqual({
    value: '150000',
    labels: { kind: 'custody', state: 'requested' },
  });
  expect(of('kustodia_payments')?.metrics).toContainEqual({
    value: '1',
    labels: { kind: 'escrow', state: 'requested' },
  });
  expect(of('kustodia_leg_state_seconds')?.type).toBe('HISTOGRAM');
  expect(of('kustodia_rail_calls_total')?.metrics).toEqual([
    { value: '1', labels: { endpoint: 'GET /x/:id', outcome: 'ok' } },
  ]);
  expect(of('kustodia_breaks_open')?.metrics).toEqual([{ value: '2', labels: { kind: 'account' } }]);
  for (const name of [legId, paymentId, world.ctx.settings.junoApiKey]) expect(text).not.toContain(name);
});

test('what cannot be read has no value, and is never taken for a zero', async () => {
  const { app } = appWith();
  const families = parsePrometheus(await (await app.request('/metrics')).text());
  const of = (name: string) => families.find((family) => family.name === name)?.metrics ?? [];
  // Nothing listens where the chain should be.
  expect(of('kustodia_wallet_wei')).toEqual([]);
  expect(of('kustodia_indexer_lag_seconds')).toEqual([]);
  expect(of('kustodia_chain_trusted')).toEqual([{ value: '0' }]);
});

test('the dashboard names no metric that is not there, and leaves none out', async () => {
  const { app } = appWith();
  const text = await (await app.request('/metrics')).text();
  const there = new Set([...text.matchAll(/^# TYPE (kustodia_\w+) /gm)].map(([, name = '']) => name));
  const named = new Set([...DASHBOARD.matchAll(/kustodia_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')));
  expect([...named].filter((name) => !there.has(name))).toEqual([]);
  expect([...there].filter((name) => !named.has(name))).toEqual([]);
  expect(JSON.parse(DASHBOARD)).toMatchObject({ uid: 'kustodia' });
});

/** One rule, line for line: what Prometheus refuses of a file in this form is seen here. */
const RULE =
  /^ {6}- alert: (?<name>Kustodia[A-Za-z]+)\n {8}expr: (?<expr>[^#\n]+)\n {8}for: [1-9]\d*m\n {8}labels: \{ severity: (page|warn) \}\n {8}annotations:\n {10}summary: "[^"\n]+"\n {10}runbook: "docs\/runbook\.md#(?<section>[a-z-]+)"\n/gm;

test('the rules for a watcher outside are rules, of metrics that are there, and each leads into the runbook', async () => {
  const { app } = appWith();
  const text = await (await app.request('/metrics')).text();
  const there = new Set([...text.matchAll(/^# TYPE (kustodia_\w+) /gm)].map(([, name = '']) => name));
  const rules = [...RULES.matchAll(RULE)].map(({ groups }) => groups as Record<'name' | 'expr' | 'section', string>);
  expect(RULES.replaceAll(RULE, '').replace(/^# .*\n/, '')).toBe('groups:\n  - name: kustodia\n    rules:\n');
  expect(rules.map(({ name }) => name)).toEqual(
    ['Silent', 'ReactorDown', 'LoopsStill', 'IndexerDown'].map((name) => `Kustodia${name}`),
  );
  for (const { name, expr, section } of rules) {
    const metrics = expr.match(/\b(kustodia_\w+|up)\b/g) ?? [];
    expect([name, metrics.filter((metric) => metric !== 'up' && !there.has(metric))]).toEqual([name, []]);
    expect(metrics.length, expr).toBeGreaterThan(0);
    for (const [opening = '', closing = ''] of ['()', '[]', '{}'].map((pair) => [...pair]))
      expect(expr.split(opening).length, expr).toBe(expr.split(closing).length);
    expect(RUNBOOK).toContain(`\n## ${section}\n`);
    expect(RUNBOOK).toContain(`\`${name}\``);
  }
  for (const [, job] of RULES.matchAll(/job="([^"]+)"/g))
    expect(readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8')).toContain(`job_name: ${job}\n`);
});

test('with a token only for who shows it, and in production without one for nobody', async () => {
  const shown = (app: ReturnType<typeof appWith>['app'], token?: string) =>
    app.request('/metrics', token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  const guarded = appWith({ metricsToken: TOKEN }).app;
  expect((await shown(guarded, TOKEN)).status).toBe(200);
  for (const wrong of [undefined, '', TOKEN.slice(1), world.keys.admin])
    expect((await shown(guarded, wrong)).status).toBe(401);
  const closed = appWith({ junoEnv: 'production' }).app;
  expect((await shown(closed)).status).toBe(401);
  expect((await shown(closed, '')).status).toBe(401);
});
