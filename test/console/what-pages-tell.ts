/** What a person reads on a page before they do anything: in the world that the tests of the console share. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { go, type Person } from './acts.ts';
import type { Stage } from './stage.ts';

export function whatPagesTell(of: () => Readonly<{ stage: Stage; operator: Person; admin: Person }>): void {
  const ask = async (statement: string, values: readonly unknown[]) => {
    const client = new pg.Client({ connectionString: of().stage.world.urls.database });
    await client.connect();
    await client.query(statement, [...values]);
    await client.end();
  };

  describe('what a page tells', () => {
    test('the indexer’s: how far finality is behind, and what a reorganisation took out and where it is now', async () => {
      const { stage, operator, admin } = of();
      await go(stage, operator.page, '/indexer');
      const gap = operator.page.getByRole('region', { name: 'Head, indexer and finality' });
      for (const words of ['The chain', 'The indexer', 'Safe', 'Finalized'])
        await gap.getByText(words, { exact: true }).waitFor();
      expect(await gap.locator('tbody tr').first().locator('td').nth(1).innerText()).toMatch(/^\d+$/);
      const row = operator.page.getByRole('region', { name: 'Reorganisations' }).locator('tbody tr').first();
      expect(await row.innerText()).toMatch(/4101 – 4103[\s\S]*\b3\b[\s\S]*escrow funded[\s\S]*in no block now/);
      await row.getByRole('link', { name: 'Open' }).click();
      await operator.page.locator('main#main h1', { hasText: '1,500.00' }).waitFor();
      await go(stage, admin.page, '/indexer');
      await admin.page.getByText('Punta, indexador y finalidad').waitFor();
      expect(await admin.page.getByRole('region', { name: 'Reorganizaciones' }).innerText()).toMatch(
        /garantía fondeada[\s\S]*hoy en ningún bloque/,
      );
    });

    test('the overview: that nothing is stopped, with an alert’s payment and its action one click away', async () => {
      const { stage, operator } = of();
      const { id, number } = await stage.world.api.payment(String(stage.cases.large));
      const effect = randomUUID();
      await ask(
        `INSERT INTO reactor.alert (id, key, kind, severity, sentence, opened_at, told_at, tellings, repeat_at, closed_at)
         VALUES ($1, $2, 'unknown-effect', 'warn', $3, now(), now(), 1, now() + interval '1 day', now())`,
        [
          ...[randomUUID(), `unknown-effect:${effect}`],
          `Effect ${effect} (juno_redemption) of payment ${id} was sent 5 min ago and its answer is lost. The system goes on looking and sends nothing twice. Ask where it looked: kustodia effect show ${effect}`,
        ],
      );
      await go(stage, operator.page, '/');
      await operator.page.getByText('Nothing is stopped: money moves.').waitFor();
      // A station of the map leads to the payments whose money it counts.
      await operator.page.getByRole('link', { name: /Failed or came back/ }).click();
      await operator.page.locator('tbody tr', { hasText: `#${stage.cases.returnedToo}` }).waitFor();
      expect(await operator.page.locator('tbody tr').count()).toBe(2);
      await go(stage, operator.page, '/');
      await operator.page.getByText('Alerts that are gone').click();
      const alert = operator.page.locator('details li', { hasText: 'Answer lost' });
      const text = await alert.innerText();
      expect([text.includes(id), text.includes(effect), text.includes('kustodia')]).toEqual([false, false, false]);
      await alert.getByRole('link', { name: `#${number}`, exact: true }).click();
      await operator.page.locator('main#main h1', { hasText: '1,700.00' }).waitFor();
    });

    test('the overview’s charts: drawn when the page is there, read out by the keyboard, and beside each the same as a table', async () => {
      const { stage, operator } = of();
      const { page } = operator;
      await page.setViewportSize({ width: 320, height: 700 });
      await go(stage, page, '/');
      const chart = page.getByRole('region', { name: 'Last 24 hours' });
      const bars = chart.getByRole('slider', { name: 'Last 24 hours: choose a bar' });
      await bars.focus();
      expect(await chart.locator('svg .of-made').count()).toBe(24);
      const now = await bars.getAttribute('aria-valuetext');
      expect(now).toMatch(/^\d+ \w+, \d\d:00: payments created \d+ · legs completed \d+$/);
      await page.keyboard.press('ArrowLeft');
      const before = await bars.getAttribute('aria-valuetext');
      expect(before).not.toBe(now);
      const rows = chart.getByRole('table', { name: 'Last 24 hours' }).locator('tbody tr');
      expect((await rows.nth(1).locator('th, td').allInnerTexts()).join()).toBe(
        before?.replace(/: payments created (\d+) · legs completed (\d+)$/, ',$1,$2'),
      );
      await page.getByRole('region', { name: 'Legs of payments by state over time' }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
      expect(operator.complaints).toEqual([]);
      await page.setViewportSize({ width: 1280, height: 900 });
    });

    test('a row of a queue: its one next step, which opens the window that does it', async () => {
      const { stage, operator, admin } = of();
      await go(stage, operator.page, '/queues?queue=returned');
      await operator.page
        .locator('tr', { hasText: `#${stage.cases.returned}` })
        .getByRole('link', { name: 'Pay again', exact: true })
        .click();
      const window = operator.page.getByRole('dialog', { name: 'Pay again' });
      await window.getByLabel('CLABE').waitFor();
      // It is asked for once: whoever comes back by the address is not asked again.
      expect(new URL(operator.page.url()).search).toBe('');
      await window.getByRole('button', { name: 'Cancel' }).click();
      await go(stage, admin.page, `/payments/${stage.cases.returned}`);
      const why = admin.page.getByRole('region', { name: 'Qué espera' });
      await why.getByRole('link', { name: 'Pagar de nuevo' }).waitFor();
      expect(await why.innerText()).not.toMatch(/kustodia|payout_returned/);
    });

    test('the ledger’s: each account three ways, in the words of the reader', async () => {
      const { stage, admin } = of();
      await go(stage, admin.page, '/ledger');
      const ways = admin.page.getByRole('region', { name: 'Tres vistas' });
      await ways.getByText('MXNB en la cartera puente').waitFor();
      expect(await ways.locator('thead th').allInnerTexts()).toEqual([
        ...['Cuenta', 'Nuestros libros', 'La cadena', 'Juno y Bitso', 'Diferencia'],
      ]);
      // The world took a peso out of the contract.
      const escrow = ways.locator('tbody tr', { hasText: 'MXNB en el contrato de garantía' });
      await escrow.locator('.badge.bad', { hasText: 'faltan 1.00' }).waitFor();
      const text = await admin.page.locator('main').innerText();
      expect(text).toContain('entra: depósitos de pagos');
      expect(text).not.toMatch(/\b(juno_pool|spei_in|paying out|deposit|payout|bridge)\b/);
      await go(stage, admin.page, '/wallet');
      await admin.page.getByText('sin límite').waitFor();
    });
  });
}
