import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PLACES } from '../../src/console/frame/places.ts';
import { ALERT_KINDS } from '../../src/reactor/alerts/kinds.ts';
import { consoleRoutes } from '../../src/reactor/http/console.ts';

const app = consoleRoutes();
const get = (path: string, headers: Readonly<Record<string, string>> = {}) => app.request(path, { headers });

test.each([...PLACES.map(({ to }) => to), '/payments/7', '/find/0f8d5a0e-1111-4222-8333-944455556666'])(
  '%s is the console',
  async (path) => {
    const response = await get(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  },
);

test.each(Object.keys(ALERT_KINDS))('/runbook/%s is what its alert leads to', async (kind) => {
  const response = await get(`/runbook/${kind}`);
  const text = await response.text();
  expect([response.status, text.split('\n')[0], text.includes('**Step:**')]).toEqual([200, kind, true]);
  expect(text).not.toContain('\n## ');
});

test.each([
  '/runbook/none',
  '/runbook/..%2f',
  '/nothing',
  '/payments/7/more',
  '/assets/../main.tsx',
  '/assets/none.js',
  '/api',
  '/payments/%3Cx%3E',
])('%s is not', async (path) => expect((await get(path)).status).toBe(404));

test('the page has nothing inline, and its policy lets nothing else run, from nowhere else', async () => {
  const response = await get('/');
  const page = await response.text();
  expect(page).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc="\/assets\/)|https?:/);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:|blob:/);
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"])
    expect(policy).toContain(rule);
});

test('a file has a name of what is in it: it is kept for ever, and comes packed to who takes that', async () => {
  const page = await (await get('/')).text();
  const [name = ''] = /\/assets\/[\w-]+\.js/.exec(page) ?? [];
  const plain = await get(name);
  const body = Buffer.from(await plain.clone().arrayBuffer());
  expect([plain.headers.get('cache-control'), plain.headers.get('content-encoding')]).toEqual([
    ...['public, max-age=31536000, immutable', null],
  ]);
  const packings = [
    ['gzip, deflate', 'gzip', gunzipSync],
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
  ] as const;
  for (const [accepted, coding, unpack] of packings) {
    const packed = await get(name, { 'accept-encoding': accepted });
    expect(packed.headers.get('content-encoding')).toBe(coding);
    expect(unpack(Buffer.from(await packed.arrayBuffer())).equals(body)).toBe(true);
  }
  expect((await get(`${name}.br`)).status).toBe(404);
});
