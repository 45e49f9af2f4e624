/** Who sits down after whom, and at what: in the world that the tests of the console share. */
import { describe, expect, test, vi } from 'vitest';
import { go } from './acts.ts';
import { type Stage, signIn } from './stage.ts';

/** What of these words is in the page, looked for at each frame from now on. */
const watched = (words: readonly string[]) => `((words) => {
  window.seen = [];
  const look = () => {
    const text = document.body.innerText;
    window.seen.push(...words.filter((word) => text.includes(word) && !window.seen.includes(word)));
    requestAnimationFrame(look);
  };
  look();
})(${JSON.stringify(words)})`;

export function atTheDoor(stage: () => Stage): void {
  describe('whoever comes next', () => {
    test('reads nothing that was shown to the one before, at no time', async () => {
      const { page, context } = await signIn(stage(), stage().keys.operator);
      await go(stage(), page, `/payments/${stage().cases.inCustody}`);
      await page.getByText('ana@example.com').first().waitFor();
      await page.getByText(stage().people.payoutClabe).first().waitFor();
      await page.evaluate(async () =>
        fetch('/session', { method: 'DELETE', headers: { 'x-kustodia-console': 'touched' } }),
      );
      await page.getByLabel('API key').fill(stage().keys.viewer);
      await page.evaluate(watched(['ana@example.com', stage().people.payoutClabe]));
      await page.locator('button[type=submit]').click();
      await page.locator('main#main h1', { hasText: '24,350.75' }).waitFor();
      await page.getByText('Vera Viewer').waitFor();
      await vi.waitFor(async () => expect(await page.getByText('Reading…').count()).toBe(0), 20_000);
      expect(await page.evaluate('window.seen')).toEqual([]);
      await context.close();
    });
    test('reads no English where the page is Spanish, not even before its sentences are there', async () => {
      const { page, context } = await signIn(stage(), stage().keys.viewer, { language: 'es' });
      const said = Promise.withResolvers<void>();
      await page.route(/\/assets\/said-[^/]*\.js/, async (route) => {
        await said.promise;
        await route.continue();
      });
      await page.evaluate(watched(['is at block']));
      await page.getByRole('navigation').getByRole('link', { name: 'Indexador' }).click();
      await page.locator('main#main h1', { hasText: 'Indexador' }).waitFor();
      await page.locator('main#main dl dt').first().waitFor();
      said.resolve();
      await page.getByText('El indexador está en el bloque', { exact: false }).waitFor();
      expect(await page.evaluate('window.seen')).toEqual([]);
      await context.close();
    });
  });

  describe('a phone', () => {
    test('has a menu that leads on, and that Escape closes', async () => {
      const { page, context, complaints } = await signIn(stage(), stage().keys.viewer, { width: 390, height: 844 });
      const menu = page.getByRole('button', { name: 'Menu' });
      await menu.click();
      await page.keyboard.press('Escape');
      expect(await menu.getAttribute('aria-expanded')).toBe('false');
      await menu.click();
      await page.getByRole('navigation').getByRole('link', { name: 'Guards' }).click({ timeout: 5_000 });
      await page.locator('main#main h1', { hasText: 'Guards' }).waitFor();
      expect([await menu.getAttribute('aria-expanded'), complaints]).toEqual(['false', []]);
      await context.close();
    });
  });
}
