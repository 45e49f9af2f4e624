/** Each page in both languages, and what the pages of payments show of them: in the world that the tests of the console share. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { largerFirst } from '../../src/console/look/format.ts';
import { go as goTo, type Person } from './acts.ts';
import { INJECTED, type Stage, signIn } from './stage.ts';

const PAGES = {
  '/': ['Overview', 'Resumen'],
  '/payments': ['Payments', 'Pagos'],
  '/queues': ['Work queues', 'Pendientes'],
  '/users': ['People', 'Personas'],
  '/guards': ['Guards', 'Controles'],
  '/ledger': ['Ledger', 'Libro mayor'],
  '/wallet': ['Wallet', 'Cartera'],
  '/rails': ['Rails', 'Rieles'],
  '/indexer': ['Indexer', 'Indexador'],
  '/webhooks': ['Webhooks', 'Webhooks'],
  '/audit': ['Audit log', 'Bitácora'],
  '/keys': ['Keys and roles', 'Llaves y roles'],
} as const;

export function whatIsRead(players: () => Readonly<{ stage: Stage; operator: Person; admin: Person }>): void {
  const go = (page: Page, path: string): Promise<string> => goTo(players().stage, page, path);

  describe('each page', () => {
    test.each(Object.entries(PAGES))(
      '%s opens in both languages, and nothing in it complains',
      async (path, [en, es]) => {
        expect(await go(players().admin.page, path)).toBe(es);
        expect(await players().admin.page.locator('html').getAttribute('lang')).toBe('es-MX');
        expect(await go(players().operator.page, path)).toBe(en);
        await vi.waitFor(
          async () => expect(await players().operator.page.getByText('Reading…').count()).toBe(0),
          20_000,
        );
        expect(await players().operator.page.locator('main [role=alert]').count()).toBe(0);
        expect([...players().admin.complaints, ...players().operator.complaints]).toEqual([]);
      },
    );
    test('what leads nowhere says so', async () => {
      const response = await fetch(`${players().stage.world.urls.reactor}/nothing`);
      expect(response.status).toBe(404);
    });
  });

  describe('payments', () => {
    test('the list has them all; filters are in the address; what was injected is text', async () => {
      const { page } = players().operator;
      await go(page, '/payments?status=requested');
      const rows = page.locator('tbody tr');
      await rows.nth(1).waitFor();
      expect(await rows.count()).toBe(2);
      expect(await rows.first().innerText()).toContain(INJECTED);
      const amounts = async () =>
        (await rows.locator('td.right').allInnerTexts()).map((text) => text.replaceAll(/[^\d.]/g, ''));
      const listed = await amounts();
      const order = page.getByRole('columnheader', { name: 'Amount' });
      await order.getByRole('button').click();
      await expect.poll(() => order.getAttribute('aria-sort')).toBe('descending');
      const largest = await amounts();
      await order.getByRole('button').click();
      await expect.poll(() => order.getAttribute('aria-sort')).toBe('ascending');
      expect([largest, await amounts()]).toEqual([
        listed.toSorted(largerFirst),
        listed.toSorted(largerFirst).toReversed(),
      ]);
      await page.getByLabel('Status').selectOption('completed');
      await page.getByText('Renta de noviembre').waitFor();
      expect(page.url()).toContain('status=completed');
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export CSV' }).click(),
      ]);
      expect(readFileSync((await file.path()) ?? '', 'utf8')).toContain('Renta de noviembre');
      await go(page, `/payments/${players().stage.cases.injected}`);
      expect(await page.locator('main').innerText()).toContain(INJECTED);
      expect([await page.title(), await page.locator('main img').count()]).toEqual(['Payments · Kustodia', 0]);
      expect(players().operator.complaints).toEqual([]);
    });
    test('one page says where the money is, why, and all that happened', async () => {
      const { page } = players().operator;
      await go(page, `/payments/${players().stage.cases.inCustody}`);
      const text = await page.locator('main').innerText();
      for (const words of ['$24,350.75', '$19,480.60', 'In custody', 'Approvals of the release'])
        expect(text).toContain(words);
      await page.getByText('waits for the custody to end at', { exact: false }).waitFor();
      await page.getByRole('button', { name: /^Transaction \d/ }).click();
      await page.getByText(/Fund the escrow: signed, nonce \d/).waitFor();
      expect(await page.locator('.journey li[aria-current=step]').first().innerText()).toBe('In custody');
    });
    test('search finds one by an amount, with the keyboard alone', async () => {
      const { page } = players().operator;
      await go(page, '/');
      await page.keyboard.press('/');
      await page.getByRole('dialog').getByRole('combobox').waitFor();
      await page.locator('[role=combobox]:focus').waitFor();
      await page.keyboard.type('24350.75');
      await page.getByRole('dialog').locator('[role=option][data-active-item]', { hasText: '24,350.75' }).waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/payments/${players().stage.cases.inCustody}`);
      await page.locator('main#main h1', { hasText: '24,350.75' }).waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('w');
      await page.waitForURL('**/wallet');
    });
    test('a viewer reads masked CLABEs and has nothing to do', async () => {
      const { page, context, complaints } = await signIn(players().stage, players().stage.keys.viewer, {
        width: 390,
        height: 844,
      });
      await go(page, `/payments/${players().stage.cases.inCustody}`);
      const text = await page.locator('main').innerText();
      // A tracking key of SPEI is longer.
      expect(text).not.toMatch(/(?<!\d)\d{18}(?!\d)/);
      expect(await page.locator('main .head').first().getByRole('button').allInnerTexts()).toEqual(['Print']);
      await go(page, '/queues?queue=attention');
      const steps = page.locator('tbody td:last-child');
      await steps.first().getByText('For an operator: Release').waitFor();
      expect(await steps.getByRole('link').count()).toBe(0);
      await go(page, `/payments/${players().stage.cases.returned}?act=do.repay`);
      await page.getByText('For an operator: Pay again').waitFor();
      // No part of the page is wider than the phone.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      expect(complaints).toEqual([]);
      await context.close();
    });
  });
}
