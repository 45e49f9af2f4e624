import { randomUUID } from 'node:crypto';
import chromium from '@sparticuz/chromium';
import pg from 'pg';
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core';
import { concat, keccak256, pad, toHex } from 'viem';
import { vi } from 'vitest';
import { payoutClabe } from '../../src/local/drive.ts';
import { armFault, giveBack } from '../../src/local/juno.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { GIVE_APPROVAL, MAKE_LINK } from '../../src/reactor/http/routes/approvals.ts';
import { openClient } from '../../src/reactor/http/routes/client.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import type { Role } from '../../src/reactor/people/roles.ts';
import { watchActs } from './carried-out.ts';

const DAY_S = 86_400;
/** All that was done in whatever page. */
export const acts = watchActs();
const PATIENCE = { timeout: 90_000, interval: 250 };
/** As an earlier release or a hand in the database may have left it. */
export const INJECTED = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

export type Cases = Readonly<
  Record<
    | 'completed'
    | 'inCustody'
    | 'waiting'
    | 'injected'
    | 'held'
    | 'returned'
    | 'returnedToo'
    | 'failed'
    | 'large'
    | 'approved',
    number
  >
>;
/** Whom the acts of the tests name, by their ids, and an account of the recipient. */
export type People = Readonly<Record<'payer' | 'recipient' | 'other' | 'payoutClabe', string>>;
export type Stage = Readonly<{
  world: World;
  keys: Readonly<Record<Role | 'second', string>>;
  cases: Cases;
  people: People;
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
  const settings = {
    RELEASE_FOUR_EYES: '1600',
    JUNO_ISSUANCE_PATIENCE_S: '3',
    RECONCILE_INTERVAL_S: '10',
    RECONCILE_GRACE_S: '5',
  };
  const [world, browser] = await Promise.all([startWorld({ settings }), openBrowser()]);
  try {
    const keys = await makeKeys(world);
    const { cases, people } = await play(world, keys);
    return { world, keys, cases, people, browser, close: () => close(world, browser) };
  } catch (error) {
    await close(world, browser);
    throw error;
  }
}

async function close(world: World, browser: Browser): Promise<void> {
  await browser.close();
  await world.stop();
}

export async function makeKeys(world: World): Promise<Stage['keys']> {
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

async function play(world: World, keys: Stage['keys']): Promise<Pick<Stage, 'cases' | 'people'>> {
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
  const ask = (
    amount: string,
    concept: string,
    custodySeconds: number,
    more: Partial<Parameters<typeof api.createPayment>[0]> = {},
  ) =>
    api.createPayment({
      payerId: payer.id,
      recipientId: recipient.id,
      amount,
      concept,
      custodySeconds,
      payout,
      ...more,
    });
  await armFault(world.sandboxBooks, {
    ...{ name: 'fail_payout', endpoint: 'POST /mint_platform/v1/redemptions', text: '1222.00', count: 1 },
  });
  const [completed, inCustody, held, waiting, injected, returned, returnedToo, failed, large, approved] = [
    await ask('1500.00', 'Renta de noviembre', 2),
    await ask('24350.75', 'Anticipo casa Roma 12', 30 * DAY_S, { custodyBasisPoints: 8_000 }),
    await ask('8200.00', 'Motor usado', 30 * DAY_S),
    await ask('640.50', 'Flete Puebla', DAY_S),
    await ask('999.00', 'Inyectado', DAY_S),
    await ask('1111.00', 'Regresa', 2),
    await ask('1133.00', 'Regresa tambien', 2),
    await ask('1222.00', 'Falla', 2),
    await ask('1700.00', 'Grande', 2),
    await ask('900.00', 'Con visto bueno', 30 * DAY_S, { release: 'date_and_approvals' }),
  ];
  for (const { depositClabe, deposit } of [
    ...[completed, inCustody, held, returned, returnedToo, failed, large, approved],
  ])
    await world.deposit(depositClabe, deposit);
  await world.deposit(clabe, '777.77');
  await world.deposit(clabe, '123.45');
  await world.deposit((await api.user(other.id)).depositClabe ?? clabe, '350.00');
  const client = new pg.Client({ connectionString: world.urls.database });
  await client.connect();
  await client.query(`SET session_replication_role = replica`);
  await client.query('UPDATE reactor.payment SET concept = $1 WHERE id = $2', [INJECTED, injected.id]);
  // Of a leg that nobody has: its answer was lost, and stays so.
  const lost = randomUUID();
  await client.query(LOST, [lost, lost]);
  const events = [{ paymentId: completed.id, as: 'funded', txHash: `0x${'ab'.repeat(32)}`, block: 4_102 }];
  await client.query(REORGANISED, [randomUUID(), `0x${'cd'.repeat(32)}`, JSON.stringify(events)]);
  await client.end();
  const states = {
    ...{ [completed.id]: 'completed', [inCustody.id]: 'in_custody', [held.id]: 'in_custody' },
    ...{ [returned.id]: 'needs_attention', [returnedToo.id]: 'needs_attention', [failed.id]: 'needs_attention' },
    ...{ [large.id]: 'needs_attention', [approved.id]: 'in_custody' },
  };
  for (const amount of [111_100n, 113_300n])
    await vi.waitFor(async () => {
      const order = (await world.outbox()).find((one) => one.amount_centavos === amount);
      if (!order) throw new Error('it is not paid yet');
      // The bank that was paid sends it back.
      await giveBack(world.sandboxBooks, order.transaction_id);
    }, PATIENCE);
  await vi.waitFor(async () => {
    for (const { id, status } of await api.payments()) {
      const wanted = states[id];
      if (wanted !== undefined && wanted !== status) throw new Error(`payment ${id} is ${status}`);
    }
  }, PATIENCE);
  await lose(world);
  const application = openClient({ url: world.urls.reactor, timeout_ms: 20_000, key: keys.agent });
  const parameters = { id: approved.id };
  const body = { party: 'payer', reason: 'they signed in' } as const;
  await application.call(GIVE_APPROVAL, { parameters, body: { ...body, userId: payer.id } });
  await application.call(MAKE_LINK, { parameters, body: { ...body, party: 'recipient' } });
  const cases = {
    ...{ completed: completed.number, inCustody: inCustody.number, waiting: waiting.number },
    ...{ injected: injected.number, held: held.number, returned: returned.number, failed: failed.number },
    ...{ returnedToo: returnedToo.number, large: large.number, approved: approved.number },
  };
  const people = { payer: payer.id, recipient: recipient.id, other: other.id, payoutClabe: payout.clabe };
  return { cases, people };
}

/** The escrow contract has a peso less than the books say. The balances are the first variable of OpenZeppelin's ERC20. */
async function lose({ anvil, contracts }: World): Promise<void> {
  const slot = keccak256(concat([pad(contracts.escrow), pad('0x0')]));
  const had = await anvil.client.getStorageAt({ address: contracts.token, slot });
  const params = [contracts.token, slot, toHex(BigInt(had ?? 0) - 1_000_000n, { size: 32 })];
  await anvil.client.request({ method: 'anvil_setStorageAt', params } as never);
}

/** As a send whose answer was lost two days ago leaves it. */
const LOST = `INSERT INTO reactor.effect (id, subject_kind, subject_id, kind, attempt, state, key, request, amount, currency, lane, lane_epoch,
    sends, first_sent_at, failures, next_look_at, error)
  VALUES ($1::uuid, 'leg', $2, 'juno_withdrawal', 1, 'unknown', $2, '{"body": "{}"}', 9876540000, 'MXNB', 'payment:' || $2, 1,
    1, now() - interval '2 days', 3, now() + interval '9 days', '{"code": "look_found_none", "text": "its answer was lost and no trace of it is found outside"}')`;

/** As a process that saw it writes it down. */
const REORGANISED = `INSERT INTO reactor.reorganisation (id, chain_id, from_block, to_block, gone_hash, events, seen_at)
  VALUES ($1, 31337, 4101, 4103, $2, $3, now())`;

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
  acts.watch(page);
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
