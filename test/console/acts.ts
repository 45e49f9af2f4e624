/** What people do now and then, each once, in the world that the tests of the console share. */
import { createHash, randomUUID } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { LIST_APPROVALS } from '../../src/reactor/http/routes/approvals.ts';
import { LIST_BREAKS } from '../../src/reactor/http/routes/breaks.ts';
import { openClient } from '../../src/reactor/http/routes/client.ts';
import { GET_DISPUTE, LIST_DISPUTES } from '../../src/reactor/http/routes/disputes.ts';
import type { Stage, signIn } from './stage.ts';

export type Person = Awaited<ReturnType<typeof signIn>>;
export type Players = Readonly<{ stage: Stage; operator: Person; approver: Person; asAdmin: () => Promise<Person> }>;
export const reason = 'it is tried in a browser';

export const go = async ({ world }: Pick<Stage, 'world'>, page: Page, path: string): Promise<string> => {
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
export const fill = async (page: Page, fields: Readonly<Record<string, string>>, does: string) => {
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
export const done = async (page: Page, told = /^(Done|Proposed: nothing is done yet)$/) => {
  await page.getByRole('dialog').getByText(told).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
};
/** It is told what would happen, and not that it may not. */
export const would = async (window: Locator) => {
  const told = window.locator('.note, [role=alert]').first();
  await told.waitFor();
  expect(await told.innerText()).toContain('This would happen');
};
/** All of it: what it would do is shown first, where it can be. */
export const does = async (page: Page, label: string, fields: Readonly<Record<string, string>> = {}) => {
  const { finish } = await act(page, label, { ...fields, Reason: reason });
  await finish();
  await done(page);
};
/** What was proposed last, by the second person. */
export const approves = async ({ stage, approver }: { stage: Pick<Stage, 'world'>; approver: Person }) => {
  await go(stage, approver.page, '/queues?queue=approvals');
  await does(approver.page, 'Approve');
};
/** What the interface says to whoever may only read. */
export const readerOf = ({ world, keys }: Pick<Stage, 'world' | 'keys'>) =>
  openClient({ url: world.urls.reactor, timeout_ms: 20_000, key: keys.viewer });
export const statusOf = async ({ stage }: Pick<Players, 'stage'>, number: number): Promise<string> =>
  (await stage.world.api.payment(String(number))).status;
/** The same of what is behind “More”. */
export const seldom = async (page: Page, label: string, fields: Readonly<Record<string, string>> = {}) => {
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
        ...{ 'Least deposit': '500.00', 'Largest deposit': '900.00', Recipient: recipient },
        ...{ CLABE: payoutClabe, 'Name on the account': 'Luis Mora', Concept: 'Abonos' },
      });
      await page.getByText('in force', { exact: true }).waitFor();
      await does(page, 'End standing terms');
      await page.getByText('ended', { exact: true }).waitFor();
      await does(page, 'Erase');
      await approves(players());
      await page.reload();
      await page.getByText('Erased', { exact: true }).waitFor();
    });
    test('a payment is asked for, after a look at each leg, and a deposit that waited is given to it', async () => {
      const { page } = players().operator;
      const { payer, recipient, payoutClabe } = players().stage.people;
      await at('/payments');
      const pay = await act(page, 'New payment', {
        ...{ Payer: payer, Recipient: recipient, 'Amount in pesos': '777.77' },
        ...{ CLABE: payoutClabe, 'Name on the account': 'Luis Mora', Concept: 'Del suspenso', Reason: reason },
      });
      await would(pay.window);
      const percent = pay.window.getByLabel('Per cent in custody');
      await percent.fill('');
      await pay.window.getByRole('button', { name: 'Preview' }).click();
      // It is told at the field, and there whoever writes goes on.
      await pay.window.locator('input[aria-invalid=true]:focus').waitFor();
      expect(await percent.getAttribute('aria-invalid')).toBe('true');
      await percent.fill('100');
      await pay.window.getByRole('button', { name: 'Add a fee' }).click();
      const fee = pay.window.getByRole('group', { name: 'Fee 1' });
      await fee.getByLabel('Borne by').selectOption('recipient');
      await fee.getByLabel('How much').fill('$20.00');
      await fee.getByLabel('Who gets the fee').fill(payer);
      await fee.getByLabel('CLABE').fill(payoutClabe);
      await fee.getByLabel('Name on the account').fill('Ana Ruiz');
      await pay.window.getByRole('button', { name: 'Preview' }).click();
      await pay.window.getByText('$757.77').first().waitFor();
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
      // Who asked for the payment does not give it money alone.
      await row.waitFor();
      await approves(players());
      await at('/queues?queue=suspense');
      await row.waitFor({ state: 'detached' });
    });
    test('a deposit is split between a payment and its sender', async () => {
      const { page } = players().operator;
      const { other, recipient } = players().stage.people;
      await at(`/users/${other}`);
      const pay = await act(page, 'New payment', {
        ...{ Recipient: recipient, 'Amount in pesos': '200.00', CLABE: players().stage.people.payoutClabe },
        ...{ 'Name on the account': 'Luis Mora', Concept: 'Dividido', Reason: reason },
      });
      await would(pay.window);
      await pay.finish();
      await done(page);
      await at('/queues?queue=suspense');
      const row = page.locator('tr', { hasText: '$350.00' });
      await row.waitFor();
      await row.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: 'Split' }).click();
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
      // Part of it goes to an account that it did not come from.
      await row.waitFor();
      await approves(players());
      await at('/queues?queue=suspense');
      await page.getByText('Nothing waits here.').waitFor();
    });
    test('what came back is paid again to another account, by two people', async () => {
      const { page } = players().operator;
      const { cases, people } = players().stage;
      await at(`/payments/${cases.returned}`);
      await (await seldom(page, 'Look now')).finish();
      await done(page);
      const again = await act(page, 'Pay again', {
        Reason: reason,
        ...{ CLABE: people.payoutClabe, 'Name on the account': 'Luis Mora' },
      });
      await would(again.window);
      await again.finish();
      await done(page);
      await approves(players());
      await page.locator('main .badge', { hasText: 'completed' }).first().waitFor();
      expect(await statusOf(players(), cases.returned)).toBe('completed');
    });
    test('what came back is recorded as paid by hand, by two people, and no automation pays it too', async () => {
      const { page } = players().operator;
      const { cases } = players().stage;
      await at(`/payments/${cases.returnedToo}`);
      const byHand = await seldom(page, 'Record a payment by hand', {
        ...{ 'Tracking key': 'ABC123', 'Link to Banxico’s receipt (CEP)': 'https://www.banxico.org.mx/cep/go?i=1&d=x' },
      });
      await would(byHand.window);
      await byHand.finish();
      await done(page);
      await approves(players());
      await page.getByText('ABC123').first().waitFor();
      expect(await statusOf(players(), cases.returnedToo)).toBe('closed');
    });
    test('what Juno let fail is tried again, by two people, now that its money is back', async () => {
      const { page } = players().operator;
      const { cases } = players().stage;
      await at(`/payments/${cases.failed}`);
      const attempt = await seldom(page, 'Allow another attempt');
      await would(attempt.window);
      for (const told of [`#${cases.failed}`, '$1,222.00', 'Luis Mora'])
        await attempt.window.getByText(told).first().waitFor({ timeout: 5_000 });
      await attempt.window.getByText('taken by Juno, may have failed since').first().waitFor({ state: 'attached' });
      // What was looked at is what is sent, whatever else may be chosen by now.
      const lists = '**/exchanges**';
      await page.route(lists, (route) => route.fulfill({ json: { lines: [], isAll: true } }));
      await page.waitForTimeout(2_100);
      await page.evaluate(`dispatchEvent(new Event('visibilitychange'))`);
      await page.waitForTimeout(200);
      await page.unroute(lists);
      await attempt.finish();
      await done(page);
      await approves(players());
      await page.locator('main .badge', { hasText: 'completed' }).first().waitFor();
      expect(await statusOf(players(), cases.failed)).toBe('completed');
    });
    test('an approval is taken back, and a link for one revoked', async () => {
      const { page } = players().operator;
      await at(`/payments/${players().stage.cases.approved}`);
      await does(page, 'Withdraw');
      await page.locator('.badge', { hasText: 'withdrawn' }).waitFor();
      await does(page, 'Revoke the link');
      await page.locator('.badge', { hasText: 'revoked' }).waitFor();
      const { call } = readerOf(players().stage);
      const parameters = { id: String(players().stage.cases.approved) };
      const { approvals, links } = await call(LIST_APPROVALS, { parameters });
      expect([approvals[0]?.withdrawnAt, links[0]?.revokedAt]).not.toContain(null);
    });
    test('what was lost is looked for', async () => {
      const { page } = players().operator;
      await at('/queues?queue=unknown');
      await does(page, 'Look now');
    });
    test('Juno is read and its deposit address proved', async () => {
      const { page } = players().operator;
      await at('/rails');
      await does(page, 'Read Juno now');
      await does(page, 'Prove the deposit address');
    });
    test('what is missing is found, and people note what they found out', async () => {
      const { page } = players().operator;
      await at('/queues?queue=breaks');
      const row = page.locator('tr', { hasText: '1.00 MXNB' });
      await row.waitFor({ timeout: 60_000 });
      await row.getByRole('button', { name: 'Note' }).click();
      const note = await fill(page, { Reason: reason }, 'Note');
      await note.finish();
      await done(page);
      const { items } = await readerOf(players().stage).call(LIST_BREAKS, {});
      expect(items).toMatchObject([{ shortfall: '1.00' }]);
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
      const { payoutClabe } = players().stage.people;
      await at(`/payments/${players().stage.cases.inCustody}`);
      const appeal = await act(page, 'Appeal', { 'What they say': 'That is not so.', Reason: reason });
      await would(appeal.window);
      await appeal.finish();
      await done(page);
      const evidence = await act(page, 'Add evidence', {
        'What they show': 'A photograph of the door.',
        Reason: reason,
      });
      const photograph = { name: 'door.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('a door') };
      await evidence.window.getByLabel('Files').setInputFiles(photograph);
      await evidence.window.getByText('door.jpg').waitFor();
      await evidence.window.getByRole('button', { name: 'Preview' }).click();
      await would(evidence.window);
      await evidence.finish();
      await done(page);
      await page.getByText('A photograph of the door.').waitFor();
      await page.getByTitle(createHash('sha256').update(photograph.buffer).digest('hex')).waitFor();
      await does(page, 'Decide', {
        'In favour of': 'split',
        'Share of the payer': '35',
        'CLABE of the payer': payoutClabe,
        'Name on the account': 'Ana Ruiz',
      });
      await approves(players());
      await page.getByText('35 %', { exact: false }).waitFor();
      const { call } = readerOf(players().stage);
      const { disputes } = await call(LIST_DISPUTES, { query: { payment: String(players().stage.cases.inCustody) } });
      const { resolutions, state } = await call(GET_DISPUTE, { parameters: { id: disputes[0]?.id ?? '' } });
      expect([state, resolutions.at(-1)]).toMatchObject(['resolved', { outcome: 'split', payerBasisPoints: 3_500 }]);
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
