/** Deposits as people see them: over REST and by the command line. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { junoDeposit, suspense } from '../../src/reactor/db/schema.ts';
import { DEPOSIT_STATUSES } from '../../src/reactor/http/routes/deposits.ts';
import { startPostgres } from '../support/postgres.ts';
import { openDesk } from './desk.ts';
import { type IntakeWorld, openIntakeWorld, PAYOUT, SENDER } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let desk: Awaited<ReturnType<typeof openDesk>>;
let world: IntakeWorld;
let server: ServerType;
let stage: Server;
let environment: NodeJS.ProcessEnv;
let people: Awaited<ReturnType<IntakeWorld['people']>>;
/** The deposit of each status, and the payments behind them. */
let ids: Record<(typeof DEPOSIT_STATUSES)[number], string>;
let paidIn: string;
let broughtBack: string;
const asked: string[] = [];

const portOf = (one: ServerType | Server) => (one.address() as AddressInfo).port;

beforeAll(async () => {
  postgres = await startPostgres();
  desk = await openDesk();
  world = await openIntakeWorld(await postgres.createDatabase(), desk.juno);
  people = await world.people();
  server = serve({ fetch: world.app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  stage = createServer(async (request, response) => {
    asked.push(`${request.url} ${Buffer.concat(await request.toArray())}`);
    response.writeHead(asked.length > 1 ? 500 : 200, { 'content-type': 'application/json' });
    response.end('{"success":true,"payload":{}}');
  });
  await new Promise<void>((resolve) => stage.listen(0, '127.0.0.1', resolve));
  environment = {
    ...{ KUSTODIA_URL: `http://127.0.0.1:${portOf(server)}`, KUSTODIA_API_KEY: world.keys.operator },
    ...{ JUNO_ENV: 'sandbox', JUNO_BASE_URL: `http://127.0.0.1:${portOf(stage)}` },
    ...{ JUNO_STAGE_API_KEY: 'key', JUNO_STAGE_API_SECRET: 'secret' },
  };

  const { depositClabe: clabe } = people.payer;
  paidIn = await world.createPayment(people, '1500.00');
  const payment = desk.deposit(clabe, '1500.00', { ...SENDER, tracking_key: 'TRACK0001' });
  desk.issue(clabe, '1500.00');
  await world.look();
  broughtBack = (await world.paid('a redemption')).id;
  const payout_return = desk.deposit(clabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
  await world.look();
  const [given, held] = [desk.deposit(clabe, '700.00', SENDER), desk.deposit(clabe, '710.00', SENDER)];
  const sent_back = desk.deposit(clabe, '20.00', SENDER);
  for (const amount of ['700.00', '710.00']) desk.issue(clabe, amount);
  await world.look();
  expect((await world.post(`/api/v1/suspense/${given}/refund`, { reason: 'the payer called' })).status).toBe(201);
  const waiting = desk.deposit(clabe, '720.00', { ...SENDER, status: 'PENDING' });
  await world.look();
  const [explained, seen_again] = ['movement:1', 'bitso:1'];
  const seen = { clabe: 'not named', amount: 1_000n, status: 'complete' };
  await world.db.insert(junoDeposit).values([
    { id: explained, ...seen, isClaimed: true },
    { id: seen_again, ...seen, twinOf: payout_return },
  ]);
  const closedAt = new Date();
  await world.db
    .insert(suspense)
    .values({ depositId: explained, reason: 'unexplained', amount: 1_000n, closedAt, explainedBy: `deposit:${held}` });
  ids = { waiting, payment, payout_return, suspense: held, given, sent_back, explained, seen_again };
});
afterAll(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  stage?.close();
  await world?.close();
  await desk?.close();
  await postgres?.stop();
});

async function kustodia(args: readonly string[], given: NodeJS.ProcessEnv = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const more = { ...environment, ...given };
  const code = await run(args, more, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n'), last: () => JSON.parse(out.at(-1) ?? '') };
}
type Page = { items: { id: string; status: string }[]; nextCursor: string | null };

test('each deposit is in one status, is found by it, and says what became of it', async () => {
  // What is sent back is so once Juno says it.
  await world.db.update(suspense).set({ closedAt: new Date() }).where(eq(suspense.depositId, ids.sent_back));
  const shows: Record<string, RegExp> = {
    waiting: /Juno shows it as pending/,
    payment: new RegExp(`Payment ${paidIn} took it\\.\\n1500.00 MXN: kustodia payment show ${paidIn}`),
    payout_return: new RegExp(`brought back a payout of payment ${broughtBack}`),
    suspense: /No payment of this user waits for a deposit[\s\S]*Next: kustodia suspense show/,
    given: /people gave it to [0-9a-f-]{36}\.\n700.00 MXN: kustodia payment show/,
    sent_back: /Juno sent it back/,
    explained: new RegExp(`turned out to be deposit:${ids.suspense}`),
    seen_again: new RegExp(`shows deposit ${ids.payout_return} under this id`),
  };
  for (const status of DEPOSIT_STATUSES) {
    const { items } = (await kustodia(['deposit', 'list', '--status', status, '--json'])).last() as Page;
    expect(items.map((one) => [one.id, one.status])).toEqual([[ids[status], status]]);
    const { out } = await kustodia(['deposit', 'show', ids[status]]);
    expect(out, status).toMatch(shows[status] ?? /$^/);
  }
  expect((await kustodia(['deposit', 'show', ids.payment, '--json'])).last()).toMatchObject({
    ...{ issuanceId: expect.any(String), takenAt: expect.any(String), trackingKey: 'TRACK0001' },
    ...{ depositClabe: people.payer.depositClabe, userId: people.payer.id },
    payments: [{ id: paidIn, legId: null, amount: '1500.00' }],
  });
  expect((await kustodia(['deposit', 'show', 'none'])).err).toContain('kustodia juno sync');
});

test('the list goes on by its cursor, newest first and each once, and is narrowed by person and tracking key', async () => {
  const seen: string[] = [];
  for (let more: string[] = []; ; ) {
    const page = (await kustodia(['deposit', 'list', '--limit', '3', '--json', ...more])).last() as Page;
    expect(page.items.length).toBeLessThanOrEqual(3);
    seen.push(...page.items.map(({ id }) => id));
    if (page.nextCursor === null) break;
    more = ['--cursor', page.nextCursor];
  }
  expect(seen.toSorted()).toEqual(Object.values(ids).toSorted());
  const rows = await world.db.select().from(junoDeposit);
  const at = new Map(rows.map(({ id, observedAt }) => [id, observedAt.getTime()]));
  const times = seen.map((id) => at.get(id) ?? 0);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  const found = await kustodia(['deposit', 'list', '--tracking-key', 'TRACK0001']);
  expect(found.out.split('\n').slice(2)).toEqual([expect.stringMatching(new RegExp(`${ids.payment}.*${paidIn}`))]);
  expect((await kustodia(['deposit', 'list', '--user', people.recipient.id])).out).toBe('Nothing.');
  expect((await kustodia(['deposit', 'list', '--status', 'lost'])).err).toContain('is not what becomes of a deposit');
});

test('whole CLABEs are for those who may give commands', async () => {
  const { out } = await kustodia(['deposit', 'show', ids.payment], { KUSTODIA_API_KEY: world.keys.viewer });
  for (const whole of [SENDER.sender_clabe, people.payer.depositClabe]) expect(out).not.toContain(whole);
  expect(out).toMatch(/came to +710…\d{4}/);
});

test('a mock deposit is what the payment waits for, at its CLABE, and is made in no production', async () => {
  const waits = await world.createPayment(people, '801.00');
  const mock = ['deposit', 'mock', waits];
  expect((await kustodia([...mock, '--dry-run'])).out).toMatch(/Would pay in 801.00 MXN[\s\S]*Nothing was done/);
  for (const refused of [{ JUNO_ENV: 'production' }, { JUNO_BASE_URL: 'https://juno.example' }])
    expect((await kustodia(mock, refused)).code).toBe(1);
  expect((await kustodia(mock, { KUSTODIA_API_KEY: world.keys.viewer })).err).toContain('may not read CLABEs');
  expect((await kustodia([...mock, '--amount', 'much'])).code).toBe(2);
  expect(asked).toEqual([]);

  expect((await kustodia([...mock, '--json'])).last()).toMatchObject({ payment: waits, dryRun: false });
  const [said = ''] = asked;
  expect(said).toContain('/spei/test/deposits ');
  expect(said).toContain(`"receiver_clabe":"${people.payer.depositClabe}"`);
  expect(said).toContain('"amount":"801.00"');
  const lost = await kustodia([...mock, '--amount', '5.00']);
  expect([lost.code, lost.err]).toEqual([3, expect.stringContaining('It may have been paid in')]);
});
