/** Every page as people see it: looked at by axe, and drawn light, dark and on a phone. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LIST_BREAKS } from '../../src/reactor/http/routes/breaks.ts';
import { openClient } from '../../src/reactor/http/routes/client.ts';
import { ADD_EVIDENCE, OPEN_DISPUTE } from '../../src/reactor/http/routes/disputes.ts';
import { OPEN_HOLD } from '../../src/reactor/http/routes/holds.ts';
import { PROPOSE_FOR_PAYMENT } from '../../src/reactor/http/routes/payment-proposals.ts';
import { openStage, type Stage, signIn } from './stage.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Drawn here, to be looked at. */
const FOLDER = join(tmpdir(), 'kustodia-console-pages');
const START_TIMEOUT_MS = 400_000;
const SERIOUS = new Set(['serious', 'critical']);

let stage: Stage;
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  stage = await openStage();
  await leaveOpen(stage);
}, START_TIMEOUT_MS);
afterAll(() => stage?.close(), 60_000);

/** A dispute, a hold and a proposal: with what the stage has, each queue has a row. */
async function leaveOpen({ world, keys, cases }: Stage): Promise<void> {
  const { call } = openClient({ url: world.urls.reactor, timeout_ms: 20_000, key: keys.operator });
  const reason = 'it is drawn';
  const dispute = { payment: String(cases.inCustody), by: 'payer', reasonCode: 'not_received', statement: 'No llegó.' };
  const disputed = await call(OPEN_DISPUTE, { body: { ...dispute, reason } });
  const id = disputed.dryRun ? '' : disputed.id;
  const photograph = { name: 'puerta.jpg', sha256: 'ab'.repeat(32) };
  const shown = { by: 'payer', text: 'Una foto de la puerta.', files: [photograph], reason };
  await call(ADD_EVIDENCE, { parameters: { id }, body: shown });
  const hold = { on: `payment:${cases.held}`, reasonCode: 'under_review', owner: 'operations', sentence: 'Se revisa.' };
  await call(OPEN_HOLD, { body: hold });
  await call(PROPOSE_FOR_PAYMENT, { parameters: { id: String(cases.large) }, body: { do: 'release', reason } });
  await vi.waitFor(async () => expect((await call(LIST_BREAKS, {})).items).toHaveLength(1), 60_000);
}

const paths = () => [
  ...[
    '/',
    '/payments',
    `/payments/${stage.cases.inCustody}`,
    `/payments/${stage.cases.completed}`,
    `/payments/${stage.cases.returned}`,
  ],
  ...['/users', `/users/${stage.people.payer}`],
  ...['attention', 'approvals', 'unknown', 'suspense', 'breaks', 'disputes', 'returned', 'holds'].map(
    (queue) => `/queues?queue=${queue}`,
  ),
  ...['/guards', '/ledger', '/wallet', '/rails', '/indexer', '/webhooks', '/audit', '/keys', '/payments/0'],
];
const VIEWS = [
  { name: 'light', view: { look: 'light', language: 'en' } },
  { name: 'dark', view: { look: 'dark', language: 'es' } },
  { name: 'phone', view: { look: 'light', language: 'es', width: 390, height: 844 } },
] as const;

type Finding = Readonly<{ id: string; impact: string | null; nodes: readonly { html: string; target: string[] }[] }>;

async function findings(page: Page): Promise<readonly string[]> {
  // By the browser's own tools, which the policy of the page does not bind.
  const found = (await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ['violations'] })`)) as {
    violations: readonly Finding[];
  };
  return found.violations
    .filter(({ impact }) => SERIOUS.has(impact ?? ''))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

describe.each(VIEWS)('$name', ({ name, view }) => {
  test('no page has a serious finding', { timeout: 300_000 }, async () => {
    const { page, context } = await signIn(stage, stage.keys.admin, view);
    const all: Record<string, readonly string[]> = {};
    for (const path of paths()) {
      await page.goto(`${stage.world.urls.reactor}${path}`);
      await page.locator('main#main h1, main#main [role=alert]').first().waitFor();
      await vi.waitFor(async () => expect(await page.getByText(/^(Reading|Leyendo)…$/).count()).toBe(0), 20_000);
      await page.screenshot({ path: join(FOLDER, `${name}${path.replaceAll(/\W+/g, '-')}.png`), fullPage: true });
      const found = await findings(page);
      if (found.length > 0) all[path] = found;
    }
    await page.goto(`${stage.world.urls.reactor}/payments/${stage.cases.held}`);
    await page.getByRole('button', { name: /^(Hold|Retener)$/ }).click();
    await page.getByRole('dialog').waitFor();
    const found = await findings(page);
    if (found.length > 0) all['the window of a command'] = found;
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^(More|Más)$/ }).click();
    await page.getByRole('menuitem').first().waitFor();
    await page
      .locator('.timeline details summary')
      .first()
      .evaluate((one: { click: () => void }) => one.click());
    const opened = await findings(page);
    if (opened.length > 0) all['a menu, and a line that is open'] = opened;
    expect(all).toEqual({});
    await context.close();
  });
});
