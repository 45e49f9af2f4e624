import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openChannels } from '../../src/reactor/alerts/channels/index.ts';
import { deliverNotices } from '../../src/reactor/alerts/deliver.ts';
import { createReader } from '../../src/reactor/alerts/read.ts';
import { tellAlerts } from '../../src/reactor/alerts/tell.ts';
import type { Context } from '../../src/reactor/context.ts';
import { alert, alertNotice, guardSwitch, leg } from '../../src/reactor/db/schema.ts';
import { BREAKER } from '../../src/reactor/guards/breaker.ts';
import type { OpenBreaks } from '../../src/reactor/metrics/expose.ts';
import { createInstruments } from '../../src/reactor/metrics/instruments.ts';
import { type Funds, readBooks } from '../../src/reactor/metrics/readings.ts';
import { setRecovery } from '../../src/reactor/recovery/state.ts';
import { openWorld, type World } from '../http/world.ts';
import { givePayment } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startHook, startMailServer } from './receivers.ts';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const RICH: Funds = {
  gas: 0n,
  gasTransactions: 5_000,
  floatProofs: 3,
  mxnb: 0n,
  isAddressProved: true,
  finalityGap: null,
};
const POOR: Funds = { ...RICH, gasTransactions: 3 };

let postgres: TestPostgres;
let world: World;
let hook: Awaited<ReturnType<typeof startHook>>;
let slack: Awaited<ReturnType<typeof startHook>>;
let mail: Awaited<ReturnType<typeof startMailServer>>;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
});
beforeEach(async () => {
  world = await openWorld(await postgres.createDatabase());
  [hook, slack, mail] = await Promise.all([startHook(), startHook(), startMailServer()]);
});
afterEach(async () => {
  await Promise.all([hook, slack, mail].map((one) => one.stop()));
  await world.close();
});

/** One process that looks and tells, with what it sees of funds and breaks. */
function open({
  funds = async () => RICH,
  breaks = null,
  isHooked = true,
}: {
  funds?: () => Promise<Funds>;
  breaks?: OpenBreaks | null;
  /** Whether the settings name a webhook. */
  isHooked?: boolean;
} = {}) {
  const { operate, ...rest } = world.ctx.settings;
  const alerts = {
    ...{
      webhook: isHooked ? { url: hook.url, secret: SECRET } : null,
      slackUrl: slack.url,
      look_ms: 1_000,
      repeat_s: 3_600,
    },
    email: { smtpUrl: mail.url, from: 'alerts@kustodia.example', to: ['desk@kustodia.example'] },
    bounds: { ...operate.alerts.bounds, stuck_s: 60, unknown_s: 60, suspense_s: 60, silence_s: 600 },
  };
  const ctx: Context = {
    ...world.ctx,
    settings: { ...rest, operate: { ...operate, alerts } },
    // Nothing listens where the chain should be; here it is as if RPC and indexer agreed.
    watchdog: {
      ...world.ctx.watchdog,
      current: () => ({ ...world.ctx.watchdog.current(), trouble: null, behind_s: 0 }),
    },
  };
  const channels = openChannels(ctx);
  const read = createReader(ctx, createInstruments(ctx), { books: () => readBooks(ctx), funds: () => funds() }, breaks);
  return {
    ctx,
    look: () => tellAlerts(ctx, read, channels),
    send: () => deliverNotices(ctx, channels),
    turn: async () => {
      await tellAlerts(ctx, read, channels);
      await deliverNotices(ctx, channels);
    },
  };
}
const open_ = () => world.db.select().from(alert).where(sql`closed_at IS NULL`);
const events = () => hook.received.map(({ body }) => JSON.parse(body) as { type: string; data: { key: string } });
/** As if so much time had passed for what waits to be tried or told again. */
const passes = (interval: string) =>
  world.db.execute(
    sql.raw(
      `UPDATE reactor.alert_notice SET next_try_at = next_try_at - interval '${interval}' WHERE state = 'waiting'`,
    ),
  );

test('by every channel, once while it lasts, and over when it is gone; a library verifies the signature', async () => {
  let funds = POOR;
  const { turn } = open({ funds: async () => funds });
  await turn();
  await turn();
  expect(hook.received).toHaveLength(1);
  const [told] = hook.received;
  expect(new Webhook(SECRET).verify(told?.body ?? '', told?.headers ?? {})).toMatchObject({
    type: 'alert.opened',
    data: { key: 'gas-low', severity: 'warn', runbook: 'docs/runbook.md#gas-low' },
  });
  expect(() => new Webhook(SECRET).verify(`${told?.body} `, told?.headers ?? {})).toThrow();
  expect(JSON.parse(slack.received[0]?.body ?? '')).toEqual({ text: expect.stringContaining('gas-low') });
  expect(mail.received).toHaveLength(1);
  expect(mail.received[0]).toMatchObject({ to: ['desk@kustodia.example'], text: expect.stringContaining('gas-low') });
  expect(world.logged.filter((line) => line.includes('alert.opened'))).toHaveLength(1);

  funds = RICH;
  await turn();
  expect(events().map(({ type }) => type)).toEqual(['alert.opened', 'alert.closed']);
  expect([slack.received.length, mail.received.length]).toEqual([2, 2]);
  expect(await open_()).toEqual([]);
});

test('told again only when its time has come, and then later each time', async () => {
  let funds = POOR;
  const { turn } = open({ funds: async () => funds });
  await turn();
  funds = { ...POOR, gasTransactions: 2 };
  await turn();
  // What is read meanwhile has the figures of now.
  expect((await open_()).map(({ sentence, tellings }) => [/\b2 more/.test(sentence), tellings])).toEqual([[true, 1]]);
  expect(events()).toHaveLength(1);
  await world.db.update(alert).set({ repeatAt: sql`reactor.now()` });
  await turn();
  await turn();
  expect(events().map(({ type }) => type)).toEqual(['alert.opened', 'alert.repeated']);
  const [row] = await open_();
  expect(row?.tellings).toBe(2);
  expect(((row?.repeatAt.getTime() ?? 0) - (row?.toldAt.getTime() ?? 0)) / 1_000).toBeCloseTo(7_200, -1);
});

test('what cannot be read ends no alert', async () => {
  let isAway = false;
  const funds = async () => (isAway ? Promise.reject(new Error('no answer')) : POOR);
  const { turn } = open({ funds });
  await turn();
  isAway = true;
  await turn();
  expect(events().map(({ type }) => type)).toEqual(['alert.opened']);
  expect(await open_()).toHaveLength(1);
});

test('several processes at once tell it once', async () => {
  const processes = Array.from({ length: 4 }, () => open({ funds: async () => POOR }));
  for (const round of [1, 2])
    await Promise.all(processes.map(({ turn }) => turn()).concat(passes(`${round} s`).then(() => undefined)));
  await processes[0]?.turn();
  expect(events().map(({ data }) => data.key)).toEqual(['gas-low']);
});

test('a channel that takes nothing holds up no other; mended, it has all of it, in order', async () => {
  let funds = POOR;
  const { turn, send } = open({ funds: async () => funds });
  hook.answer(500);
  await turn();
  expect([hook.received.length, slack.received.length, mail.received.length]).toEqual([0, 1, 1]);
  funds = RICH;
  await turn();
  hook.answer(200);
  await send();
  expect(hook.received).toEqual([]);
  await passes('1 hour');
  // Each turn takes the next of an alert.
  for (let turns = 0; turns < 2; turns++) await send();
  expect(events().map(({ type }) => type)).toEqual(['alert.opened', 'alert.closed']);
  const rows = await world.db.select().from(alertNotice).where(eq(alertNotice.channel, 'webhook'));
  expect(rows.every(({ state }) => state === 'delivered')).toBe(true);
});

test('that it is over is never told before that it was, also where the first was put off', async () => {
  let funds = POOR;
  const { turn, send } = open({ funds: async () => funds });
  hook.answer(500);
  await turn();
  hook.answer(200);
  funds = RICH;
  await turn();
  expect(hook.received).toEqual([]);
  await passes('1 hour');
  // Each turn takes the next of an alert.
  for (let turns = 0; turns < 2; turns++) await send();
  expect(events().map(({ type }) => type)).toEqual(['alert.opened', 'alert.closed']);
});

test('a notice that a channel never takes keeps none of another alert from it', async () => {
  const { turn, send } = open({
    funds: async () => POOR,
    breaks: async () => [{ kind: 'account', count: 1, oldest_s: 90 }],
  });
  let refused: string | undefined;
  hook.answer((body) => {
    const { key } = (JSON.parse(body) as { data: { key: string } }).data;
    refused ??= key;
    return key === refused ? 400 : 200;
  });
  await turn();
  for (let tries = 0; tries < 2; tries++) {
    await passes('2 hours');
    await send();
  }
  expect(events().map(({ data }) => data.key)).toEqual([refused === 'gas-low' ? 'break:account' : 'gas-low']);
});

test('what one process alone sees of the indexer is told once, and is over once no process sees it', async () => {
  const [sick, well] = [open(), open()];
  let behind_s = 1_000;
  Object.assign(sick.ctx.watchdog, { current: () => ({ ...well.ctx.watchdog.current(), behind_s }) });
  for (let round = 0; round < 3; round++) {
    await sick.turn();
    await well.turn();
  }
  expect(events().map(({ type }) => type)).toEqual(['alert.opened']);
  behind_s = 0;
  await world.db.execute(sql`UPDATE reactor.heartbeat SET at = at - interval '1 minute'`);
  await sick.turn();
  await well.turn();
  expect(events().map(({ type }) => type)).toEqual(['alert.opened', 'alert.closed']);
});

test('what is given up is told by the others, until one is taken again', async () => {
  let funds = POOR;
  const { turn, look, send } = open({ funds: async () => funds });
  hook.answer(500);
  await look();
  for (let tries = 0; tries < 18; tries++) {
    await send();
    await passes('2 hours');
  }
  await turn();
  expect(slack.received.map(({ body }) => body).join()).toContain('notice-undelivered:webhook');
  hook.answer(200);
  funds = RICH;
  await passes('2 hours');
  await turn();
  await passes('2 hours');
  await send();
  await turn();
  expect(await open_()).toEqual([]);
});

test('a channel that the settings name no more is mended: what it did not take is no alert', async () => {
  const before = open({ funds: async () => POOR });
  await before.look();
  await world.db.update(alertNotice).set({ state: 'failed' }).where(eq(alertNotice.channel, 'webhook'));
  await before.look();
  expect((await open_()).map(({ key }) => key)).toContain('notice-undelivered:webhook');
  await open({ funds: async () => POOR, isHooked: false }).look();
  expect((await open_()).map(({ key }) => key)).toEqual(['gas-low']);
});

test('no notice and no line of the log holds a secret of a channel', async () => {
  const { turn } = open({ funds: async () => POOR });
  slack.answer(500);
  await mail.stop();
  await turn();
  const notices = JSON.stringify(await world.db.select().from(alertNotice));
  expect(notices).toContain('answered 500');
  for (const text of [notices, ...world.logged]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('/hook/');
  }
  mail = await startMailServer();
});

test('stuck: longer in its state than is usual, and neither held, barred nor with a person', async () => {
  const { legId, paymentId } = await givePayment(world.db);
  await world.db.update(leg).set({ state: 'deposited', cause: 'paid' }).where(eq(leg.id, legId));
  const { look } = open();
  await look();
  expect(await open_()).toEqual([]);
  await world.db.execute(
    sql`UPDATE reactor.leg SET entered_at = reactor.now() - interval '61 seconds' WHERE id = ${legId}`,
  );
  await world.db.update(leg).set({ barrier: 'switch:all' }).where(eq(leg.id, legId));
  await look();
  expect(await open_()).toEqual([]);
  await world.db.update(leg).set({ barrier: null }).where(eq(leg.id, legId));
  await look();
  const [row] = await open_();
  expect(row).toMatchObject({ key: `stuck:${legId}`, sentence: expect.stringContaining(paymentId) });
  await world.db.update(leg).set({ state: 'withdrawing', cause: 'sent' }).where(eq(leg.id, legId));
  await look();
  expect(await open_()).toEqual([]);
});

test('breaks of reconciliation, acts that are not known here, and a contract whose breaker is thrown', async () => {
  let count = 2;
  const { look, ctx } = open({ breaks: async () => [{ kind: 'account', count, oldest_s: 90 }] });
  const name = 'contract:0x1111111111111111111111111111111111111111';
  await setRecovery(world.db, ctx, 'Juno knows a redemption that is not known here');
  await world.db
    .insert(guardSwitch)
    .values({ name, isStopped: true, reason: 'the escrow contract is paused' })
    .onConflictDoUpdate({
      target: guardSwitch.name,
      set: { isStopped: true, reason: 'the escrow contract is paused' },
    });
  await look();
  expect((await open_()).map(({ key }) => key).sort()).toEqual([
    'break:account',
    'contract-stopped:0x1111111111111111111111111111111111111111',
    'money-off',
  ]);
  count = 0;
  await setRecovery(world.db, ctx, null);
  await world.db.update(guardSwitch).set({ isStopped: false }).where(eq(guardSwitch.name, name));
  await look();
  expect(await open_()).toEqual([]);
});

test('why a contract is stopped is told in the breaker’s words, and never in those of people', async () => {
  const { turn } = open();
  const stopped = (digit: string, reason: string, changedBy: string) => ({
    ...{ name: `contract:0x${digit.repeat(40)}`, isStopped: true, reason, changedBy },
  });
  await world.db
    .insert(guardSwitch)
    .values([stopped('2', 'the code is another', BREAKER), stopped('3', 'ask eustaquio@example.mx', 'Olga')]);
  await turn();
  const said = (await open_()).map(({ sentence }) => sentence).join();
  expect(said).toContain('the code is another');
  expect(said).toContain('people stopped it, and kustodia guard list says why');
  expect([said, ...hook.received.map(({ body }) => body), ...world.logged].join()).not.toContain('eustaquio');
});
