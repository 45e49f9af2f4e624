/** What people do now and then, each once, in the world that the tests of the console share. */
import { randomUUID } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Stage, signIn } from './stage.ts';

type Person = Awaited<ReturnType<typeof signIn>>;
export type Players = Readonly<{ stage: Stage; operator: Person; approver: Person; asAdmin: () => Promise<Person> }>;
const reason = 'it is tried in a browser';

export const go = async ({ world }: Stage, page: Page, path: string): Promise<string> => {
  await page.goto(`${world.urls.reactor}${path}`);
  const heading = page.locator('main#main h1');
  await heading.waitFor();
  return (await heading.innerText()).trim();
};

/** Fills what a window asks, looks at what would happen, and does it. */
export const act = async (page: Page, label: string, fields: Readonly<Record<string, string>>, does = label) => {
  await page.getByRole('button', { name: label, exact: true }).first().click();
  return fill(page, fields, does);
};
const fill = async (page: Page, fields: Readonly<Record<string, string>>, does: string) => {
  const window = page.getByRole('dialog');
  for (const [name, text] of Object.entries(fields)) {
    const field = window.getByLabel(name, { exact: true });
    const isChoice = await field.evaluate((one: { tagName: string }) => one.tagName === 'SELECT');
    await (isChoice ? field.selectOption(text) : field.fill(text));
  }
  const preview = window.getByRole('button', { name: 'Preview' });
  if (await preview.isVisible()) await preview.click();
  return { window, finish: () => window.getByRole('button', { name: does, exact: true }).click() };
};
export const done = async (page: Page) => {
  await page.getByText('Done', { exact: true }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
};
/** It is told what would happen, and not that it may not. */
export const would = async (window: Locator) => {
  const told = window.locator('.note, [role=alert]').first();
  await told.waitFor();
  expect(await told.innerText()).toContain('This would happen');
};
/** It is told, in words, why it may not be now. */
const refused = async (window: Locator, why: string) => {
  const told = window.getByRole('alert').first();
  await told.waitFor();
  expect(await told.innerText()).toContain(why);
};
/** All of it: what it would do is shown first, where it can be. */
const does = async (page: Page, label: string, fields: Readonly<Record<string, string>> = {}) => {
  const { finish } = await act(page, label, { ...fields, Reason: reason });
  await finish();
  await done(page);
};
/** The same of what is behind “More”. */
const seldom = async (page: Page, label: string, fields: Readonly<Record<string, string>> = {}) => {
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: label, exact: true }).click();
  return fill(page, { ...fields, Reason: reason }, label);
};

export function whatIsDoneSeldom(players: () => Players): void {
  describe('what people do now and then', () => {
    const at = (path: string, page?: Page) => go(players().stage, page ?? players().operator.page, path);

    test('a user is added, has standing terms, loses them, and is to be erased', async () => {
      const { page } = players().operator;
      await at('/payments');
      const user = await act(page, 'New user', {
        ...{ 'Full name': 'Rosa Nueva', 'E-mail': `rosa.${randomUUID()}@example.com`, Reason: reason },
      });
      await user.finish();
      await page.getByText('Done', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Open it' }).click();
      await page.getByRole('heading', { level: 1, name: 'Rosa Nueva' }).waitFor();
      const { recipient, payoutClabe } = players().stage.people;
      await does(page, 'Set standing terms', {
        ...{ 'Least deposit': '500.00', 'Largest deposit': '900.00', 'Id of the recipient': recipient },
        ...{ CLABE: payoutClabe, 'Name on the account': 'Luis Mora', Concept: 'Abonos' },
      });
      await page.getByText('in force', { exact: true }).waitFor();
      await does(page, 'End standing terms');
      await page.getByText('ended', { exact: true }).waitFor();
      await does(page, 'Erase');
    });
    test('a payment is asked for, after a look at each leg, and a deposit that waited is given to it', async () => {
      const { page } = players().operator;
      const { payer, recipient, payoutClabe } = players().stage.people;
      await at('/payments');
      const pay = await act(page, 'New payment', {
        ...{ 'Id of the payer': payer, 'Id of the recipient': recipient, 'Amount in pesos': '777.77' },
        ...{ CLABE: payoutClabe, 'Name on the account': 'Luis Mora', Concept: 'Del suspenso', Reason: reason },
      });
      await would(pay.window);
      await pay.finish();
      await page.getByText('Done', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Open it' }).click();
      await page.getByText('Del suspenso').waitFor();
      await at('/queues?queue=suspense');
      await page.getByText('$777.77').waitFor();
      const row = page.locator('tr', { hasText: '$777.77' });
      await row.getByRole('button', { name: 'Assign' }).click();
      const assign = await fill(page, { Reason: reason }, 'Assign');
      await would(assign.window);
      await assign.finish();
      await done(page);
    });
    test('a deposit is split between a payment and its sender', async () => {
      const { page } = players().operator;
      const { other, recipient } = players().stage.people;
      await at(`/users/${other}`);
      const pay = await act(page, 'New payment', {
        ...{ 'Id of the recipient': recipient, 'Amount in pesos': '200.00', CLABE: players().stage.people.payoutClabe },
        ...{ 'Name on the account': 'Luis Mora', Concept: 'Dividido', Reason: reason },
      });
      await would(pay.window);
      await pay.finish();
      await done(page);
      await at('/queues?queue=suspense');
      const row = page.locator('tr', { hasText: '$350.00' });
      await row.waitFor();
      await row.getByRole('button', { name: 'Split' }).click();
      const { payoutClabe } = players().stage.people;
      const split = await fill(
        page,
        {
          ...{ CLABE: payoutClabe, 'Name on the account': 'Eva Sanz', 'Amount to send back': '150.00', Reason: reason },
        },
        'Split',
      );
      await would(split.window);
      await split.finish();
      await done(page);
    });
    test('what came back is not paid again before it is seen where it is, nor by hand; what failed may be tried again only once its money is back', async () => {
      const { page } = players().operator;
      const { cases, people } = players().stage;
      await at(`/payments/${cases.returned}`);
      const look = await seldom(page, 'Look now');
      await look.finish();
      await done(page);
      const byHand = await seldom(page, 'Record a payment by hand', {
        ...{ 'Tracking key': 'ABC123', 'Link to Banxico’s receipt (CEP)': 'https://www.banxico.org.mx/cep/go?i=1&d=x' },
      });
      // Until Juno's record of it is read it is not; either way it is told in words.
      await byHand.window.locator('.note, [role=alert]').first().waitFor();
      await page.keyboard.press('Escape');
      const again = await seldom(page, 'Pay again', {
        ...{ CLABE: people.payoutClabe, 'Name on the account': 'Luis Mora' },
      });
      await again.window.locator('.note, [role=alert]').first().waitFor();
      await page.keyboard.press('Escape');
      const naming = await seldom(page, 'Name a transfer', {
        ...{ 'Hash of the transaction': `0x${'1'.repeat(64)}`, 'Number of the log in its block': '0' },
      });
      await refused(naming.window, '');
      await page.keyboard.press('Escape');
      await at(`/payments/${cases.failed}`);
      const attempt = await seldom(page, 'Allow another attempt');
      await attempt.window.locator('.note, [role=alert]').first().waitFor();
    });
    test('what was lost is looked for, and people say what became of it', async () => {
      const { page } = players().operator;
      await at('/queues?queue=unknown');
      await does(page, 'Look now');
      const resolve = await act(page, 'Say what became of it', { Reason: reason });
      await resolve.window.locator('.note').first().waitFor();
      await page.keyboard.press('Escape');
    });
    test('Juno is read and its deposit address proved; the contract may take what it may take', async () => {
      const { page } = players().operator;
      await at('/rails');
      await does(page, 'Read Juno now');
      await does(page, 'Prove the deposit address');
      await at('/wallet');
      const allow = await act(page, 'Allow the contract', { Reason: reason });
      await allow.window.locator('.note').first().waitFor();
      await page.keyboard.press('Escape');
    });
    test('whoever is told of payments is tried, told again, and given another secret', async () => {
      const { page, context } = await players().asAdmin();
      await at('/webhooks', page);
      await does(page, 'New endpoint', { URL: 'http://127.0.0.1:9/other' });
      await page.getByRole('button', { name: 'Deliveries' }).click();
      await does(page, 'Test');
      await page.getByText('webhook.test').waitFor();
      await does(page, 'Send again');
      const rotate = await act(page, 'New secret', { Reason: reason });
      await rotate.finish();
      await page
        .getByRole('dialog')
        .getByText(/^whsec_/)
        .waitFor();
      await done(page);
      await does(page, 'Remove');
      await at('/keys', page);
      const key = await act(page, 'New key', { Name: 'Lupe Lectora', Reason: reason });
      await key.finish();
      await page.getByRole('dialog').getByText(/^kus_/).waitFor();
      await done(page);
      await page.getByText('Lupe Lectora').waitFor();
      expect(await page.locator('main').innerText()).not.toContain('kus_');
      await context.close();
    });
    test('both sides of a dispute are heard, and who lost appeals', async () => {
      const { page } = players().operator;
      await at(`/payments/${players().stage.cases.inCustody}`);
      const appeal = await act(page, 'Appeal', { 'What they say': 'That is not so.', Reason: reason });
      await would(appeal.window);
      await appeal.finish();
      await done(page);
      await does(page, 'Add evidence', { 'What they show': 'A photograph of the door.' });
      await page.getByText('A photograph of the door.').waitFor();
      const decide = await act(page, 'Decide', {
        ...{ 'In favour of': 'split', 'Share of the payer': '35', Reason: reason },
      });
      await decide.window.locator('.note').first().waitFor();
    });
    test('each line of a timeline opens: what was asked and answered, whom it was told, what was booked', async () => {
      const { page } = players().operator;
      await at(`/payments/${players().stage.cases.completed}`);
      for (const [kind, words] of [
        ['Asked', /destination_bank_account_id/],
        ['Answer', /summary_status|"status"/],
        ['Webhook in', /transactionIds/],
        ['Ledger', /MXN/],
        ['Transaction', /final/],
      ] as const) {
        const only = page.getByRole('button', { name: new RegExp(`^${kind} \\d`) });
        await only.click();
        await page
          .locator('.timeline > li', { has: page.locator('.source', { hasText: kind }) })
          .first()
          .waitFor();
        await page.locator('.timeline > li details summary').first().click();
        await page.locator('.timeline details[open]').getByText(words).first().waitFor();
        await page.locator('.timeline > li details summary').first().click();
        await only.click();
      }
    });
  });
}
