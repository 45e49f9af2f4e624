/** What people do when something went wrong for good, each once, in a browser, in a world where it did. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { payoutClabe } from '../../src/local/drive.ts';
import { armFault, clearFaults } from '../../src/local/juno.ts';
import { startWorld } from '../../src/local/world.ts';
import { LIST_EFFECTS } from '../../src/reactor/http/routes/effects.ts';
import { GET_TOKEN } from '../../src/reactor/http/routes/operate.ts';
import { GET_RECOVERY } from '../../src/reactor/http/routes/recovery.ts';
import { LIST_FORMER_WALLETS, LIST_NONCES } from '../../src/reactor/http/routes/wallet.ts';
import { takeBackup } from '../support/backup.ts';
import { act, approves, does, done, go, type Players, readerOf, reason, seldom, would } from './acts.ts';
import { AFTER_A_FAULT } from './carried-out.ts';
import { mishapsOf, NEXT } from './mishaps.ts';
import { acts, makeKeys, openBrowser, signIn } from './stage.ts';

const DAY_S = 86_400;
const TIMEOUT_MS = 300_000;
const PATIENCE = { timeout: 120_000, interval: 250 };
/** Read anew whenever a process is started. */
const settings: Record<string, string> = { JUNO_REPLAY_WINDOW_S: '15' };
const indexerSettings: Record<string, string> = {};

let stage: Pick<Players['stage'], 'world' | 'keys' | 'browser'>;
let mishaps: ReturnType<typeof mishapsOf>;
let operator: Players['operator'];
let approver: Players['approver'];
let [payer, recipient, clabe] = ['', '', ''];

beforeAll(async () => {
  const sandbox = { delays: { issuance: 200, withdrawal: 2_000, credit: 300, redemption: 500 } };
  const [world, browser] = await Promise.all([startWorld({ settings, indexerSettings, sandbox }), openBrowser()]);
  stage = { world, browser, keys: await makeKeys(world) };
  mishaps = mishapsOf(world);
  operator = await signIn(stage, stage.keys.operator);
  approver = await signIn(stage, stage.keys.approver);
  payer = (await world.api.createUser({ fullName: 'Ana Ruiz', email: 'ana@example.com' })).id;
  recipient = (await world.api.createUser({ fullName: 'Luis Mora', email: 'luis@example.com' })).id;
  clabe = await vi.waitFor(async () => {
    const found = (await world.api.user(payer)).depositClabe;
    if (!found) throw new Error('no CLABE yet');
    return found;
  }, PATIENCE);
}, TIMEOUT_MS);
afterAll(async () => {
  await stage?.browser.close();
  await stage?.world.stop();
}, 60_000);

const pay = async (amount: string, custodySeconds: number) => {
  const payout = { clabe: payoutClabe(1), legalName: 'Luis Mora' };
  const terms = { payerId: payer, recipientId: recipient, amount, custodySeconds, concept: 'Falla', payout };
  const { id, number } = await stage.world.api.createPayment(terms);
  await stage.world.deposit(clabe, amount);
  return { id, number };
};
/** Keeps a payment where it is; answers what lets it go. */
const hold = async (id: string) => {
  const word = { reasonCode: 'under_review', owner: 'operations', sentence: reason };
  const held = (await stage.world.api.call('/holds', { on: `payment:${id}`, ...word })) as { id: string };
  return () => stage.world.api.call(`/holds/${held.id}/close`, { reason });
};
const at = (path: string, who = operator) => go(stage, who.page, path);
const reader = () => readerOf(stage).call;
/** Of the reactor, as it is now. */
const environment = () => ({ ...parseEnv(readFileSync(stage.world.environmentFile, 'utf8')), ...settings });
/** Its page says so, and so does the interface. */
const sees = async (number: number, status: 'completed' | 'in custody') => {
  await at(`/payments/${number}`);
  await operator.page.locator('main h1 ~ p .badge', { hasText: status }).waitFor({ timeout: 90_000 });
  expect((await stage.world.api.payment(String(number))).status).toBe(status.replace(' ', '_'));
};

/** As if it had been sent before: what was sent of late may still show, and nobody says yet that it did not happen. */
async function sentLongAgo(): Promise<void> {
  const client = new pg.Client({ connectionString: stage.world.urls.database });
  await client.connect();
  await client.query('SET session_replication_role = replica');
  await client.query(
    `UPDATE reactor.effect SET first_sent_at = first_sent_at - interval '1 hour' WHERE state = 'unknown'`,
  );
  await client.end();
}

test(
  'what was sent, whose answer was lost and of which there is no trace: people say that it did not happen',
  async () => {
    const { page } = operator;
    const endpoint = 'POST /mint_platform/v1/withdrawals';
    await armFault(stage.world.sandboxBooks, {
      name: 'connection_reset_before',
      endpoint,
      text: '741.37',
      count: 1_000,
    });
    const { number } = await pay('741.37', 2);
    const unknown = async () => (await reader()(LIST_EFFECTS, { query: { state: 'unknown' } })).effects;
    await vi.waitFor(async () => expect((await unknown())[0]?.error?.code).toBe('look_found_none'), PATIENCE);
    await clearFaults(stage.world.sandboxBooks);
    await sentLongAgo();
    await at('/queues?queue=unknown');
    await (await seldom(page, 'Say what became of it', { 'What became of it': 'not_happened' })).finish();
    await done(page);
    await approves({ stage, approver });
    await sees(number, 'completed');
    expect(await unknown()).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'a backup is restored: an administrator rebuilds what it lacks, and money is on again',
  async () => {
    const { world } = stage;
    const { id, number } = await pay('742.00', 20);
    await mishaps.until(id, 'withdrawn', 'funding', 'in_custody');
    const [reactor] = world.reactors();
    await reactor?.stop();
    const backup = await takeBackup(world.urls.database);
    await world.restartReactor(0);
    await mishaps.until(id, 'completed');
    await world.reactors()[0]?.stop();
    await backup.restore();
    await world.restartReactor(0);
    const state = async () => (await reader()(GET_RECOVERY, {})).state;
    await vi.waitFor(async () => expect(await state()).toBe('needed'), PATIENCE);
    const admin = await signIn(stage, stage.keys.admin);
    await at('/guards', admin);
    await admin.page.getByText('Money is off', { exact: false }).first().waitFor();
    await vi.waitFor(async () => {
      await does(admin.page, 'Recover');
      expect(await state()).toBe('clear');
    }, PATIENCE);
    await admin.page.getByRole('region', { name: 'Recover' }).waitFor({ state: 'detached' });
    await admin.context.close();
    await sees(number, 'completed');
  },
  TIMEOUT_MS,
);

test(
  'the contract may take nothing any more: it is allowed to again',
  async () => {
    const { page } = operator;
    await at('/wallet');
    const allowance = page.locator('dl > div', { hasText: 'May take' });
    await allowance.getByText('without a bound').waitFor();
    await mishaps.forgetAllowance();
    await at('/wallet');
    await allowance.getByText('0.00 MXNB').waitFor();
    await does(page, 'Allow the contract');
    await vi.waitFor(async () => {
      await page.reload();
      await allowance.getByText('without a bound').waitFor({ timeout: 2_000 });
    }, PATIENCE);
    const { allowances } = await reader()(GET_TOKEN, {});
    expect(allowances.map(({ allowance: units }) => units)).toEqual(['without a bound']);
  },
  TIMEOUT_MS,
);

test(
  'which transfer paid an escrow cannot be told: two people name it',
  async () => {
    const { page } = operator;
    await mishaps.admit();
    await mishaps.accept(environment());
    const held = [await pay('744.00', 60), await pay('745.00', 60)];
    await Promise.all(held.map(({ id }) => mishaps.until(id, 'in_custody')));
    const letGo = await Promise.all(held.map(({ id }) => hold(id)));
    await mishaps.makeTalkative();
    await mishaps.bury();
    const ids = await Promise.all(held.map(async ({ id }) => BigInt((await mishaps.legOf(id)).escrow.id ?? 0)));
    const { hash, logs } = await mishaps.endTogether(ids);
    await mishaps.bury();
    await Promise.all(letGo.map((go) => go()));
    for (const [i, { number }] of held.entries()) {
      await at(`/payments/${number}`);
      await page
        .getByText('which Transfer paid it cannot be told', { exact: false })
        .first()
        .waitFor({ timeout: 90_000 });
      const named = await seldom(page, 'Name a transfer', {
        ...{ 'Hash of the transaction': hash, 'Number of the log in its block': String(logs[i]) },
      });
      await would(named.window);
      await named.finish();
      await done(page);
      await approves({ stage, approver });
    }
    for (const { number } of held) await sees(number, 'completed');
  },
  TIMEOUT_MS,
);

test(
  'the bridge wallet is changed while money lies in it: two people record that it was carried over',
  async () => {
    const { page } = operator;
    const { world } = stage;
    const { id, number } = await pay('746.00', DAY_S);
    await mishaps.until(id, 'withdrawing');
    const letGo = await hold(id);
    await mishaps.until(id, 'withdrawn');
    const hash = await mishaps.moveOn(settings, indexerSettings);
    await world.restartReactor(0);
    await mishaps.accept(environment());
    await letGo();
    await mishaps.bury();
    await at('/wallet');
    const carry = await act(page, 'Carry over', { 'Hashes of the transactions': hash, Reason: reason });
    await would(carry.window);
    await carry.finish();
    await done(page);
    await approves({ stage, approver });
    await mishaps.until(id, 'in_custody');
    await at('/wallet');
    await page.getByText('Nothing lies in a wallet of before.').waitFor();
    expect((await reader()(LIST_FORMER_WALLETS, {})).former).toEqual([]);
    await sees(number, 'in custody');
  },
  TIMEOUT_MS,
);

test(
  'another transaction used a nonce of the wallet of now: two people clear it, and the call is made anew',
  async () => {
    const { page } = operator;
    const { id, number } = await pay('743.00', DAY_S);
    await mishaps.until(id, 'withdrawing');
    const letGo = await hold(id);
    await mishaps.until(id, 'withdrawn');
    const taker = await mishaps.robNonce(NEXT, letGo);
    const taken = async () => (await reader()(LIST_NONCES, {})).nonces;
    await vi.waitFor(async () => expect((await taken())[0]).toMatchObject({ problem: null }), PATIENCE);
    expect((await taken())[0]?.takenBy?.hash).toBe(taker);
    await at('/wallet');
    await does(page, 'Clear the nonce');
    await approves({ stage, approver });
    await sees(number, 'in custody');
    await at('/wallet');
    await page.getByRole('button', { name: 'Clear the nonce' }).waitFor({ state: 'detached' });
    expect(await taken()).toEqual([]);
  },
  TIMEOUT_MS,
);

test('all was done that is only done after a fault', async () => {
  expect(await acts.done()).toEqual([...AFTER_A_FAULT].sort());
});
