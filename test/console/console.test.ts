/** A person at the console, in a real browser, against a world with live payments. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { act, approves, does, done, fill, go as goTo, whatIsDoneSeldom, would } from './acts.ts';
import { atTheDoor } from './at-the-door.ts';
import { IN_A_WORLD_THAT_IS_WELL } from './carried-out.ts';
import { peopleAndForms } from './people-and-forms.ts';
import { acts, openStage, type Stage, signIn } from './stage.ts';
import { whatIsRead } from './what-is-read.ts';
import { whatPagesTell } from './what-pages-tell.ts';

const START_TIMEOUT_MS = 400_000;
let stage: Stage;
let operator: Awaited<ReturnType<typeof signIn>>;
let admin: Awaited<ReturnType<typeof signIn>>;
let approver: Awaited<ReturnType<typeof signIn>>;

beforeAll(async () => {
  stage = await openStage();
  [operator, admin, approver] = [
    await signIn(stage, stage.keys.operator),
    await signIn(stage, stage.keys.admin, { language: 'es', look: 'dark' }),
    await signIn(stage, stage.keys.approver),
  ];
}, START_TIMEOUT_MS);
afterAll(() => stage?.close(), 60_000);

const go = (page: Page, path: string): Promise<string> => goTo(stage, page, path);

whatIsRead(() => ({ stage, operator, admin }));
atTheDoor(() => stage);
whatPagesTell(() => ({ stage, operator, admin }));

peopleAndForms(() => ({ stage, operator, approver, asAdmin: () => signIn(stage, stage.keys.admin) }));

describe('what waits for people', () => {
  test.each([
    // The returned ones wait for people as well, and the one that is held until two people release it.
    ['attention', [['Release'], ['Allow another attempt'], ['Pay again'], ['Pay again']]],
    ['returned', [['Pay again'], ['Pay again']]],
    ['unknown', [['Look now', 'More']]],
    ['suspense', Array(3).fill(['Assign', 'More'])],
  ])('%s has its rows, the largest first, each with the one next step', async (queue, steps) => {
    const { page } = operator;
    await go(page, `/queues?queue=${queue}`);
    const rows = page.locator('main tbody tr');
    await rows.nth(steps.length - 1).waitFor();
    const found = await Promise.all(
      (await rows.all()).map((row) => row.locator('td').last().locator('a, button').allInnerTexts()),
    );
    expect(found).toEqual(steps);
    const amounts = (await rows.locator('data').all()).map((one) => one.getAttribute('value'));
    const shown = (await Promise.all(amounts)).map(Number);
    expect(shown).toEqual(shown.toSorted((a, b) => b - a));
  });
});

describe('what people do', () => {
  const reason = 'it is tried in a browser';

  test('an operator holds a payment and lets go', async () => {
    const { page } = operator;
    await go(page, `/payments/${stage.cases.held}`);
    const hold = await act(page, 'Hold', { Reason: reason });
    await hold.window.getByText('This would happen').waitFor();
    await hold.finish();
    await done(page);
    await page.locator('.note.warn', { hasText: reason }).waitFor();
    await go(page, '/queues?queue=holds');
    const close = await act(page, 'Let go', { Reason: reason });
    await close.finish();
    await done(page);
    await page.getByText('Nothing waits here.').waitFor();
  });
  test('an operator cancels a payment that waits; what is refused is told in words', async () => {
    const { page } = operator;
    await go(page, `/payments/${stage.cases.waiting}`);
    const short = await act(page, 'Cancel', { Reason: 'x' }, 'Cancel');
    await short.window.getByText('has fewer than 3 characters').waitFor();
    await page.mouse.click(5, 5);
    expect(await short.window.getByLabel('Reason').inputValue({ timeout: 5_000 })).toBe('x');
    await short.window.getByLabel('Reason').fill(reason);
    await short.window.getByRole('button', { name: 'Preview' }).click();
    await short.window.getByText('This would happen').waitFor();
    await short.window.locator('button[type=submit]').click();
    await done(page);
    await page.locator('main .badge', { hasText: 'closed' }).first().waitFor();
  });
  test('a release that is too large for one is proposed by one, withdrawn, proposed again and done by another', async () => {
    const { page } = operator;
    await go(page, `/payments/${stage.cases.large}`);
    const propose = async () => {
      const release = await act(page, 'Release', { Reason: reason });
      await would(release.window);
      // Whoever proposes sees what whoever approves will.
      for (const told of [`#${stage.cases.large}`, '$1,700.00', 'Luis Mora', stage.people.payoutClabe])
        await release.window.getByText(told).first().waitFor({ timeout: 5_000 });
      await release.finish();
      await done(page, /^Proposed: nothing is done yet$/);
    };
    await propose();
    const next = async (of: Page) => {
      await go(of, '/queues?queue=attention');
      return of
        .locator('tbody tr', { hasText: `#${stage.cases.large}` })
        .locator('td')
        .last();
    };
    // Nobody is offered what is proposed already: one waits, another approves.
    await (await next(page)).getByText('It waits for a second person').waitFor();
    await (await next(approver.page)).getByRole('link', { name: 'Approve' }).click();
    await approver.page.getByRole('button', { name: 'Approve' }).waitFor();
    await go(page, `/payments/${stage.cases.large}`);
    await page.getByRole('button', { name: 'Withdraw' }).waitFor();
    expect(await page.getByRole('button', { name: 'Release', exact: true }).count()).toBe(0);
    const withdraw = await act(page, 'Withdraw', { Reason: reason });
    await withdraw.finish();
    await done(page);
    await page.getByRole('heading', { name: 'Approvals waiting' }).waitFor({ state: 'detached' });
    await propose();
    await go(approver.page, `/payments/${stage.cases.large}`);
    const approve = await act(approver.page, 'Approve', { Reason: reason });
    // Whoever approves sees what: the payment, how much, and whose account.
    for (const told of [`#${stage.cases.large}`, '$1,700.00', 'Luis Mora', stage.people.payoutClabe])
      await approve.window.getByText(told).first().waitFor({ timeout: 5_000 });
    await approve.window.getByRole('heading', { name: 'Release an amount over the limit' }).waitFor({ timeout: 5_000 });
    await approve.finish();
    await done(approver.page);
    await page.locator('main .badge', { hasText: 'completed' }).first().waitFor();
  });
  test('a refund is proposed by one and done by another, who never sees their own to approve', async () => {
    const { page } = operator;
    await go(page, `/payments/${stage.cases.held}`);
    const clabe = (await page.locator('main dd .number').first().innerText()).trim();
    const refund = await act(page, 'Refund', { CLABE: clabe, 'Name on the account': 'Ana Ruiz', Reason: reason });
    await refund.window.getByText('This would happen').waitFor();
    await refund.finish();
    await done(page);
    await go(page, '/queues?queue=approvals');
    await page.getByText(`“${reason}”`).waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await go(approver.page, '/queues?queue=approvals');
    const approve = await act(approver.page, 'Approve', { Reason: reason });
    for (const told of [`#${stage.cases.held}`, '$8,200.00', 'Luis Mora', 'Ana Ruiz', clabe])
      await approve.window.getByText(told).first().waitFor({ timeout: 5_000 });
    await approve.finish();
    await done(approver.page);
    await approver.page.getByText('Nothing waits here.').waitFor();
  });
  test('a deposit in suspense is sent back', async () => {
    const { page } = operator;
    await go(page, '/queues?queue=suspense');
    const row = page.locator('tr', { hasText: '$123.45' });
    // No payment waits for it: that is said, and what else there is to do.
    await row.getByRole('button', { name: 'Assign' }).click();
    await page.getByRole('dialog').getByText('split the deposit, or send it back').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await row.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Send back' }).click();
    const back = await fill(page, { Reason: reason }, 'Send back');
    await would(back.window);
    await back.finish();
    await done(page);
    await row.waitFor({ state: 'detached' });
    const sent = async () => (await stage.world.outbox()).some((one) => one.amount_centavos === 12_345n);
    await vi.waitFor(async () => expect(await sent()).toBe(true), 30_000);
  });
  test('the kill switch asks twice, stops everything, and two people open it', async () => {
    const { page } = operator;
    await go(page, '/guards');
    const stop = await act(page, 'Stop', { Reason: reason });
    await stop.window.getByText('This would happen').waitFor();
    const told = await stop.window.getByRole('status').innerText();
    expect(told).toMatch(
      /Would wait where it is[\s\S]*Payments[\s\S]*\d+[\s\S]*\$[\d,]+\.\d\d[\s\S]*followed to its end/,
    );
    expect(await stop.window.getByRole('button', { name: 'Stop', exact: true }).isDisabled()).toBe(true);
    // What goes on is read in lines and not in syllables, above the fold with the word that is asked for.
    const goesOn = await stop.window
      .locator('.facts .facts dd', { hasText: 'What was sent is looked for' })
      .boundingBox();
    expect(goesOn?.width).toBeGreaterThan(200);
    const word = await stop.window.getByLabel('Type “stop” to go on').boundingBox();
    expect((word?.y ?? Number.NaN) + (word?.height ?? 0)).toBeLessThan(900);
    await stop.window.getByLabel('Type “stop” to go on').fill('stop');
    await stop.finish();
    await done(page);
    await page.getByText('No money moves', { exact: false }).waitFor();
    await go(approver.page, '/');
    await approver.page.getByRole('alert').filter({ hasText: 'Stopped: Everything' }).waitFor();
    const open = await act(page, 'Propose to open', { Reason: reason });
    await open.finish();
    await done(page);
    await go(approver.page, '/queues?queue=approvals');
    const approve = await act(approver.page, 'Approve', { Reason: reason });
    await approve.finish();
    await done(approver.page);
    await page.getByText('Money moves.', { exact: false }).waitFor();
  });
  test('a dispute is opened, decided by two, and the payment says so', async () => {
    const { page } = operator;
    await go(page, `/payments/${stage.cases.inCustody}`);
    const dispute = await act(page, 'Dispute', { 'What they say': 'It never came.', Reason: reason });
    await dispute.window.getByText('This would happen').waitFor();
    await dispute.finish();
    await done(page);
    await page.locator('.note.warn', { hasText: 'Dispute' }).waitFor();
    const actions = page.locator('main .head').first();
    expect(await actions.getByRole('button', { name: 'Dispute', exact: true }).count()).toBe(0);
    await go(page, '/queues?queue=disputes');
    const decide = await act(page, 'Decide', { Reason: reason });
    await decide.window.getByText('This would happen').waitFor();
    await decide.finish();
    await done(page);
    await go(approver.page, '/queues?queue=approvals');
    const approve = await act(approver.page, 'Approve', { Reason: reason });
    await approve.finish();
    await done(approver.page);
    await go(page, '/queues?queue=disputes');
    await page.getByText('decided', { exact: true }).waitFor();
  });
  test('a cap is lowered at once, and raised by two', async () => {
    const { page } = operator;
    await go(page, '/guards');
    const change = await act(page, 'Change', { Limit: '4000000', Reason: reason });
    await change.window.getByText('This would happen').waitFor();
    await change.finish();
    await done(page);
    await page.getByText('$4,000,000.00').waitFor();
    await does(page, 'Change', { Limit: '4500000' });
    await page.getByText('$4,000,000.00').waitFor();
    await approves({ stage, approver });
    await page.reload();
    await page.getByText('$4,500,000.00').waitFor();
  });
  test('an endpoint of webhooks is made, its secret shown once, and removed', async () => {
    const { page, context } = await signIn(stage, stage.keys.admin);
    await go(page, '/webhooks');
    const make = await act(page, 'New endpoint', { URL: 'http://127.0.0.1:9/hook', Reason: reason });
    await make.finish();
    await page
      .getByRole('dialog')
      .getByText(/^whsec_/)
      .waitFor();
    await done(page);
    expect(await page.locator('main').innerText()).not.toContain('whsec_');
    const remove = await act(page, 'Remove', { Reason: reason });
    await remove.window.getByText('This would happen').waitFor();
    await remove.finish();
    await done(page);
    await page.getByText('Nobody is told of payments.').waitFor();
    await context.close();
  });
  test('what they did is in the audit log', async () => {
    const { page } = operator;
    await go(page, '/audit');
    for (const words of ['Stop a switch', 'Hold', 'Cancel a payment'])
      await page.locator('tbody').getByText(words, { exact: true }).first().waitFor();
    expect(await page.locator('tbody').innerText()).toContain('Olga Operadora');
    await page.getByLabel('What', { exact: true }).selectOption('guard stop');
    await page.getByLabel('Who').fill('olga');
    await vi.waitFor(async () => {
      const acts = await page.locator('tbody tr td:nth-child(3)').allInnerTexts();
      expect(new Set(acts)).toEqual(new Set(['Stop a switch']));
    }, 10_000);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    const lines = readFileSync((await file.path()) ?? '', 'utf8');
    expect([lines.includes('guard stop'), lines.includes('hold open')]).toEqual([true, false]);
  });
  test('an administrator revokes a key: whoever is signed in with it is out', async () => {
    const { page, context } = await signIn(stage, stage.keys.second);
    await go(admin.page, '/keys');
    const row = admin.page.locator('tr', { hasText: 'Omar Operador' });
    await row.getByRole('button', { name: 'Revocar' }).click();
    const window = admin.page.getByRole('dialog');
    await window.getByLabel('Motivo').fill(reason);
    await window.getByRole('button', { name: 'Vista previa' }).click();
    await window.getByText('Esto pasaría').waitFor();
    await window.locator('button[type=submit]').click();
    await admin.page.getByText('Hecho', { exact: true }).waitFor();
    await page.reload();
    await page.getByLabel('API key').waitFor();
    await context.close();
  });
  test('signing out is signing out', async () => {
    const { page, context } = await signIn(stage, stage.keys.viewer);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    await page.reload();
    await page.getByLabel('API key').waitFor();
    await context.close();
  });
});

whatIsDoneSeldom(() => ({ stage, operator, approver, asAdmin: () => signIn(stage, stage.keys.admin) }));

describe('another site', () => {
  test('gets nowhere with a form, a script or a frame, whoever is signed in', async () => {
    const { reactor } = stage.world.urls;
    const page = await operator.context.newPage();
    // The same machine by another name is another site.
    const other = reactor.replace('127.0.0.1', 'localhost');
    await page.goto(`${other}/health`);
    const answers = await page.evaluate(async (url) => {
      const how = { method: 'PUT', credentials: 'include', headers: { 'x-kustodia-console': 'touched' } } as const;
      const asked = await fetch(`${url}/api/v1/guards/switches/all/stop`, how).then(
        () => 'answered',
        () => 'refused',
      );
      const read = await fetch(`${url}/api/v1/payments`, { credentials: 'include' }).then(
        () => 'answered',
        () => 'refused',
      );
      return [asked, read];
    }, reactor);
    expect(answers).toEqual(['refused', 'refused']);
    await page.setContent(`<form method="post" action="${reactor}/api/v1/holds"><input name="on"></form>`);
    const [response] = await Promise.all([
      page.waitForResponse('**/api/v1/holds'),
      page.evaluate(`document.querySelector('form').submit()`),
    ]);
    expect([401, 403]).toContain(response.status());
    await page.close();
  });
});

test('all was done that this world lets people do', async () => {
  expect(await acts.done()).toEqual([...IN_A_WORLD_THAT_IS_WELL].sort());
});
