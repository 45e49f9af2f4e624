import chromium from '@sparticuz/chromium';
import pg from 'pg';
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core';
import { vi } from 'vitest';
import { payoutClabe } from '../../src/local/drive.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import type { Role } from '../../src/reactor/people/roles.ts';

const DAY_S = 86_400;
const PATIENCE = { timeout: 90_000, interval: 250 };
/** As an earlier release or a hand in the database may have left it. */
export const INJECTED = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

export type Cases = Readonly<Record<'completed' | 'inCustody' | 'waiting' | 'injected' | 'held', number>>;
export type Stage = Readonly<{
  world: World;
  keys: Readonly<Record<Role | 'second', string>>;
  cases: Cases;
  browser: Browser;
  close: () => Promise<void>;
}>;

export const openBrowser = async (): Promise<Browser> =>
  playwright.launch({
    executablePath: await chromium.executablePath(),
    // Not those that come with it: they turn off what keeps sites apart.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    headless: true,
  });

/** One world with payments that are live: one that is paid, some in custody, one that waits, one in suspense. */
export async function openStage(): Promise<Stage> {
  const [world, browser] = await Promise.all([startWorld(), openBrowser()]);
  try {
    const cases = await play(world);
    return { world, keys: await makeKeys(world), cases, browser, close: () => close(world, browser) };
  } catch (error) {
    await close(world, browser);
    throw error;
  }
}

async function close(world: World, browser: Browser): Promise<void> {
  await browser.close();
  await world.stop();
}

async function makeKeys(world: World): Promise<Stage['keys']> {
  const db = openDatabase(world.urls.database, { max: 2 });
  const make = async (name: string, role: Role) => (await createApiKey(db, { name, role })).secret;
  const keys = {
    viewer: await make('Vera Viewer', 'viewer'),
    operator: await make('Olga Operadora', 'operator'),
    approver: await make('Aldo Aprobador', 'approver'),
    admin: await make('Ada Administradora', 'admin'),
    screener: await make('Fuente', 'screener'),
    agent: await make('Aplicación', 'agent'),
    second: await make('Omar Operador', 'operator'),
  };
  await db.$client.end();
  return keys;
}

async function play(world: World): Promise<Cases> {
  const { api } = world;
  const [payer, recipient, other] = await Promise.all([
    api.createUser({ fullName: 'Ana Ruiz', email: 'ana@example.com' }),
    api.createUser({ fullName: 'Luis Mora', email: 'luis@example.com' }),
    api.createUser({ fullName: 'Eva Sanz', email: 'eva@example.com' }),
  ]);
  const clabe = await vi.waitFor(async () => {
    const found = (await api.user(payer.id)).depositClabe;
    if (!found) throw new Error('no CLABE yet');
    return found;
  }, PATIENCE);
  const payout = { clabe: payoutClabe(1), legalName: 'Luis Mora' };
  const ask = (amount: string, concept: string, custodySeconds: number, custodyBasisPoints = 10_000) =>
    api.createPayment({
      ...{ payerId: payer.id, recipientId: recipient.id, amount, concept, custodySeconds, custodyBasisPoints, payout },
    });
  const [completed, inCustody, held, waiting, injected] = [
    await ask('1500.00', 'Renta de noviembre', 2),
    await ask('24350.75', 'Anticipo casa Roma 12', 30 * DAY_S, 8_000),
    await ask('8200.00', 'Motor usado', 30 * DAY_S),
    await ask('640.50', 'Flete Puebla', DAY_S),
    await ask('999.00', 'Inyectado', DAY_S),
  ];
  for (const { depositClabe, deposit } of [completed, inCustody, held]) await world.deposit(depositClabe, deposit);
  await world.deposit(clabe, '777.77');
  await world.deposit((await api.user(other.id)).depositClabe ?? clabe, '350.00');
  const client = new pg.Client({ connectionString: world.urls.database });
  await client.connect();
  await client.query(`SET session_replication_role = replica`);
  await client.query('UPDATE reactor.payment SET concept = $1 WHERE id = $2', [INJECTED, injected.id]);
  await client.end();
  const states = { [completed.id]: 'completed', [inCustody.id]: 'in_custody', [held.id]: 'in_custody' };
  await vi.waitFor(async () => {
    for (const { id, status } of await api.payments()) {
      const wanted = states[id];
      if (wanted !== undefined && wanted !== status) throw new Error(`payment ${id} is ${status}`);
    }
  }, PATIENCE);
  return {
    ...{ completed: completed.number, inCustody: inCustody.number, waiting: waiting.number },
    ...{ injected: injected.number, held: held.number },
  };
}

export type View = Readonly<{ language?: 'es' | 'en'; look?: 'light' | 'dark'; width?: number; height?: number }>;

/** Somebody at the console, signed in; whatever the page complains of is kept. */
export async function signIn(
  { world, browser }: Pick<Stage, 'world' | 'browser'>,
  key: string,
  { language = 'en', look = 'light', width = 1280, height = 900 }: View = {},
): Promise<{ page: Page; context: BrowserContext; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'es-MX' });
  await context.addInitScript(
    ([l, k]) => {
      localStorage.setItem('kustodia.language', l ?? '');
      localStorage.setItem('kustodia.look', k ?? '');
    },
    [language, look],
  );
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== world.urls.reactor) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(world.urls.reactor);
  await page.locator('input[type=password]').fill(key);
  await page.locator('button[type=submit]').click();
  await page.locator('main#main h1').waitFor();
  // That nobody was signed in is what the page first asks.
  complaints.length = 0;
  return { page, context, complaints };
}
