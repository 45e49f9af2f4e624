/** Who is looked for and found, what a form says of what is wrong, and what is printed: in the world that the tests of the console share. */
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { act, fill, go as goTo, type Players, reason } from './acts.ts';
import { signIn } from './stage.ts';

/** What the smallest phone shows. */
const NARROW = 320;
/** Before its charts are drawn, and with them. */
const MOST_JAVASCRIPT_BYTES = [180_000, 200_000] as const;
const EVERY_PAGE = [
  ...['/', '/payments', '/users', '/queues?queue=suspense', '/queues?queue=attention', '/queues?queue=breaks'],
  ...['/guards', '/ledger', '/wallet', '/rails', '/indexer', '/webhooks', '/audit', '/keys'],
];

const isFocused = (page: Page, what: string) => page.locator(`${what}:focus`).waitFor({ timeout: 5_000 });
const search = async (page: Page, text: string, option: string) => {
  await page.keyboard.press('/');
  await page.locator('[role=combobox]:focus').waitFor();
  await page.keyboard.type(text);
  await page.getByRole('dialog').locator('[role=option]', { hasText: option }).first().click();
};

export function peopleAndForms(players: () => Players): void {
  const at = (path: string, page = players().operator.page) => goTo(players().stage, page, path);

  describe('whoever is looked for', () => {
    test('is found by name, and a deposit in suspense by what it is', async () => {
      const { page } = players().operator;
      await at('/');
      await search(page, 'eva san', 'Eva Sanz');
      await page.waitForURL(`**/users/${players().stage.people.other}`);
      await page.locator('main#main h1', { hasText: 'Eva Sanz' }).waitFor();
      await search(page, '$ 777.77', 'Suspense');
      await page.waitForURL('**/queues?queue=suspense');
    });
    test('is in a list, and their page has what they pay and are paid', async () => {
      const { page } = players().operator;
      await at('/users');
      await page.getByRole('link', { name: 'Eva Sanz' }).waitFor();
      await page.getByLabel('Name, e-mail, CLABE or id').fill('mora');
      await page.getByRole('link', { name: 'Eva Sanz' }).waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'Luis Mora' }).click();
      const theirs = page.getByRole('region', { name: 'Their payments' });
      await theirs.getByText('None.').waitFor();
      await theirs.getByLabel('As').selectOption('recipient');
      await theirs.getByRole('link', { name: `#${players().stage.cases.inCustody}`, exact: true }).waitFor();
    });
  });

  describe('a form', () => {
    const open = async (page: Page) => {
      await at('/payments', page);
      await page.getByRole('button', { name: 'New payment' }).click();
      return page.getByRole('dialog', { name: 'New payment' });
    };
    test('begins at its first field, and says at each what is wrong with it', async () => {
      const { page } = players().operator;
      const window = await open(page);
      const payer = window.getByLabel('Payer', { exact: true });
      await isFocused(page, '[role=combobox]');
      await window.getByRole('button', { name: 'Preview' }).click();
      expect(await payer.getAttribute('aria-invalid')).toBe('true');
      await isFocused(page, '[role=combobox][aria-invalid=true]');
      await page.keyboard.type('ana ru');
      const found = window.locator('[role=option][data-active-item]', { hasText: 'Ana Ruiz' });
      await found.waitFor();
      // Escape shuts the list, and not the window.
      await page.keyboard.press('Escape');
      await found.waitFor({ state: 'hidden' });
      await page.keyboard.type('i');
      await found.waitFor();
      await page.keyboard.press('Enter');
      await window.getByRole('status').filter({ hasText: 'ana@example.com' }).waitFor();
      expect([await payer.inputValue(), await payer.getAttribute('aria-invalid')]).toEqual(['Ana Ruiz', null]);
      const { recipient } = players().stage.people;
      const clabe = '646180157000000005';
      await fill(
        page,
        {
          ...{ Recipient: recipient, 'Amount in pesos': '12,500.00', CLABE: clabe, 'Name on the account': 'Luis Mora' },
          ...{ Concept: 'Con letra', Reason: reason },
        },
        'Preview',
      );
      const wrong = window.getByLabel('CLABE', { exact: true });
      await vi.waitFor(async () => expect(await wrong.getAttribute('aria-invalid')).toBe('true'), 10_000);
      await isFocused(page, 'input[aria-invalid=true]');
      const [told = ''] = ((await wrong.getAttribute('aria-describedby')) ?? '').split(' ');
      expect(await page.locator(`[id="${told}"]`).innerText()).toContain('control digit');
      expect(await window.getByRole('alert').innerText()).not.toContain('control digit');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Discard it' }).click();
      await window.waitFor({ state: 'detached' });
    });
    test('keeps the focus near where a fee was, and asks before it throws away what was written', async () => {
      const { page } = players().operator;
      const window = await open(page);
      const add = window.getByRole('button', { name: 'Add a fee' });
      await add.click();
      await isFocused(page, 'fieldset:nth-of-type(1) select');
      await add.click();
      await window.getByRole('button', { name: 'Remove Fee 1' }).click();
      await isFocused(page, 'fieldset:nth-of-type(1) select');
      await window.getByRole('button', { name: 'Remove Fee 1' }).click();
      await page.locator('.rows > button:focus', { hasText: 'Add a fee' }).waitFor({ timeout: 5_000 });
      await window.getByLabel('Concept').fill('No se pierde');
      for (const leave of [
        () => page.keyboard.press('Escape'),
        () => window.getByRole('button', { name: 'Cancel' }).click(),
        () => window.getByRole('button', { name: 'Close' }).click(),
      ]) {
        await leave();
        await page.getByRole('alertdialog').getByRole('button', { name: 'Go on writing' }).click();
        await page.getByRole('alertdialog').waitFor({ state: 'detached' });
        expect(await window.getByLabel('Concept').inputValue()).toBe('No se pierde');
      }
      await window.getByLabel('Concept').fill('');
      await page.keyboard.press('Escape');
      await window.waitFor({ state: 'detached' });
    });
    test.each([520, 390])('shows what a payment comes to where the page is %d wide', async (width) => {
      const { stage } = players();
      const { page, context, complaints } = await signIn(stage, stage.keys.operator, { width, height: 844 });
      await at('/payments', page);
      const { payer, recipient, payoutClabe } = stage.people;
      const { window } = await act(page, 'New payment', {
        ...{ Payer: payer, Recipient: recipient, 'Amount in pesos': '$1,000', CLABE: payoutClabe },
        ...{ 'Name on the account': 'Luis Mora', Concept: 'Se ve', 'Per cent in custody': '60', Reason: reason },
      });
      const preview = window.locator('.preview');
      await preview.waitFor();
      await preview.getByText('Ana Ruiz').waitFor();
      const text = await preview.innerText();
      const end = new Date(Date.now() + 7 * 86_400_000);
      const until = end.toLocaleDateString('en-GB', {
        timeZone: 'America/Mexico_City',
        month: 'long',
        year: 'numeric',
      });
      for (const told of ['Se ve', 'Luis Mora', payoutClabe, '$400.00 at once', '$600.00 after the custody', until])
        expect(text).toContain(told);
      expect(await window.evaluate((one) => [one.scrollWidth - one.clientWidth])).toEqual([0]);
      expect(complaints.filter((one) => !one.includes('422'))).toEqual([]);
      await context.close();
    });
  });

  test(`no page is wider than a phone of ${NARROW} points`, async () => {
    const { stage } = players();
    const { page, context } = await signIn(stage, stage.keys.admin, { language: 'es', width: NARROW, height: 640 });
    const wide: string[] = [];
    const { cases, people } = stage;
    const own = [`/payments/${cases.inCustody}`, `/payments/${cases.completed}`, `/users/${people.payer}`];
    for (const path of [...EVERY_PAGE, ...own]) {
      await at(path, page);
      await vi.waitFor(async () => expect(await page.getByText('Leyendo…').count()).toBe(0), 20_000);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      if (width !== NARROW) wide.push(`${path} ${width}`);
    }
    expect(wide).toEqual([]);
    await context.close();
  });

  describe('what is printed of a payment', () => {
    const printed = async (role: 'operator' | 'viewer') => {
      const { stage } = players();
      const opened = await signIn(stage, stage.keys[role], { look: 'dark', language: 'es' });
      await at(`/payments/${stage.cases.completed}`, opened.page);
      await opened.page.getByRole('region', { name: 'Comprobantes SPEI' }).locator('article').nth(1).waitFor();
      await vi.waitFor(async () => expect(await opened.page.getByText('Leyendo…').count()).toBe(0), 20_000);
      await opened.page.emulateMedia({ media: 'print' });
      await opened.page.locator('.printed .key').nth(2).waitFor();
      return opened;
    };
    test.each(['A4', 'Letter'])('is one page of %s, dark on white, with all that proves it', async (format) => {
      const { page, context } = await printed('operator');
      const text = await page.locator('body').innerText();
      const { people } = players().stage;
      for (const told of ['Comprobante del pago', 'Ana Ruiz', 'Luis Mora', people.payoutClabe, '$1,500.00', 'Renta'])
        expect(text).toContain(told);
      expect(text).toMatch(/0x[0-9a-f]{64}/);
      expect(text).toMatch(/banxico\.org\.mx/);
      for (const of of ['Resumen', 'Retener', 'Línea de tiempo']) expect(text).not.toContain(of);
      const colours = await page.evaluate(`[...document.querySelectorAll('html, .printed, .printed td')].map((one) => {
        const { color, backgroundColor } = getComputedStyle(one);
        return color + ' on ' + backgroundColor;
      })`);
      expect(new Set(colours as string[])).toEqual(
        new Set(['rgb(0, 0, 0) on rgb(255, 255, 255)', 'rgb(0, 0, 0) on rgba(0, 0, 0, 0)']),
      );
      const pdf = (await page.pdf({ format })).toString('latin1');
      expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
      await context.close();
    });
    test('has nobody’s name or CLABE for whoever may not read them', async () => {
      const { page, context } = await printed('viewer');
      const text = await page.locator('body').innerText();
      expect(text).toContain('Comprobante del pago');
      expect(text).not.toMatch(/Ruiz|Mora|ana@|(?<!\d)\d{18}(?!\d)/);
      await context.close();
    });
  });

  test.each(['en', 'es'] as const)(
    'whoever is signed in reads the first page with its alerts for less than 180 kB of JavaScript, and its charts for less than 20 more: %s',
    async (language) => {
      const { stage } = players();
      const { page: other, context } = await signIn(stage, stage.keys.admin, { language });
      const page = await context.newPage();
      await other.close();
      const network = await context.newCDPSession(page);
      await network.send('Network.enable');
      await network.send('Network.setCacheDisabled', { cacheDisabled: true });
      const scripts = new Map<string, string>();
      const bytes = { page: 0, charts: 0 };
      network.on('Network.responseReceived', ({ requestId, type, response }) => {
        if (type === 'Script') scripts.set(requestId, response.url);
      });
      network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        const url = scripts.get(requestId);
        if (url !== undefined) bytes[/\/bars-[^/]*$/.test(url) ? 'charts' : 'page'] += encodedDataLength;
      });
      // What is read ahead two seconds later, for whoever searches next, is none of it.
      await page.addInitScript(`{
        const { setTimeout } = window;
        window.setTimeout = (act, ms, ...more) => (ms === 2_000 ? 0 : setTimeout(act, ms, ...more));
      }`);
      await at('/', page);
      await page.locator('main .station, main .map').first().waitFor();
      await page
        .locator(`main .said[lang=${language === 'es' ? 'es-MX' : 'en'}]`)
        .first()
        .waitFor();
      await page
        .getByRole('region', { name: /^(Last 24 hours|Últimas 24 horas)$/ })
        .getByRole('slider')
        .waitFor();
      await vi.waitFor(async () => expect(await page.getByText(/^(Reading|Leyendo)…$/).count()).toBe(0), 20_000);
      expect([scripts.size > 3, bytes.page > 50_000, bytes.charts > 1_000]).toEqual([true, true, true]);
      expect(bytes.page).toBeLessThan(MOST_JAVASCRIPT_BYTES[0]);
      expect(bytes.page + bytes.charts).toBeLessThan(MOST_JAVASCRIPT_BYTES[1]);
      await context.close();
    },
  );

  test('filters that were saved say what they are in the language of the page', async () => {
    const { stage } = players();
    const { page, context } = await signIn(stage, stage.keys.viewer);
    await at('/payments?status=completed', page);
    await page.getByRole('button', { name: 'Save filters' }).click();
    await page.getByRole('button', { name: 'completed', exact: true }).waitFor();
    await page.getByLabel('Language').selectOption('es');
    await page.getByRole('button', { name: 'completado', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'completed', exact: true }).count()).toBe(0);
    await context.close();
  });
}
