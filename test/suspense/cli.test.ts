import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { openDesk } from '../intake/desk.ts';
import { type IntakeWorld, openIntakeWorld, PAYOUT, SENDER } from '../intake/world.ts';
import { startPostgres } from '../support/postgres.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let desk: Awaited<ReturnType<typeof openDesk>>;
let world: IntakeWorld;
let server: ServerType;
let environment: NodeJS.ProcessEnv;
let people: Awaited<ReturnType<IntakeWorld['people']>>;

beforeAll(async () => {
  postgres = await startPostgres();
  desk = await openDesk();
  world = await openIntakeWorld(await postgres.createDatabase(), desk.juno);
  people = await world.people();
  server = serve({ fetch: world.app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  environment = { KUSTODIA_URL: `http://127.0.0.1:${port}`, KUSTODIA_API_KEY: world.keys.operator };
});
afterAll(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  await world?.close();
  await desk?.close();
  await postgres?.stop();
});

async function kustodia(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return {
    code,
    out: out.join('\n'),
    err: err.join('\n'),
    last: () => JSON.parse(out.join('\n').split('\n').at(-1) ?? ''),
  };
}
const held = async (amount: string): Promise<string> => {
  const id = desk.deposit(people.payer.depositClabe, amount, SENDER);
  desk.issue(people.payer.depositClabe, amount);
  await world.look();
  await world.cameLater(id);
  return id;
};
const REASON = ['--reason', 'the payer called'];

test('list and show say what waits, why, and what to do', async () => {
  expect((await kustodia('suspense', 'list')).out).toBe('Nothing.');
  const id = await held('1500.00');
  await world.createPayment(people, '333.00');
  const wanted = await world.createPayment(people, '1500.00');
  expect((await kustodia('suspense', 'list')).out).toMatch(new RegExp(`${id} +open +no_open_payment +1500.00`));
  const { out } = await kustodia('suspense', 'show', id);
  expect(out).toContain('Create one and assign it, or refund it.');
  expect(out).toContain(`Waits here: payment ${wanted}, 1500.00 MXN`);
  expect((await kustodia('suspense', 'list', '--json')).last()).toMatchObject({ items: [{ id, status: 'open' }] });
});

test('assign with --dry-run does nothing; without it, it does; a second time says to whom it went', async () => {
  const { items } = (await kustodia('suspense', 'list', '--json')).last() as { items: { id: string }[] };
  const id = items[0]?.id ?? '';
  const { openPayments } = (await kustodia('suspense', 'show', id, '--json')).last() as {
    openPayments: { id: string; number: number; amount: string }[];
  };
  // What waits for exactly it comes first.
  expect(openPayments).toMatchObject([
    { amount: '1500.00', number: 2 },
    { amount: '333.00', number: 1 },
  ]);
  const wanted = openPayments[0]?.id ?? '';
  const args = ['suspense', 'assign', id, '--payment', wanted, ...REASON];
  const dry = await kustodia(...args, '--dry-run');
  expect([dry.code, dry.out]).toEqual([0, expect.stringMatching(/Would give 1500.00 MXN[\s\S]*Nothing was done/)]);
  expect((await kustodia(...args)).out).toContain(`1500.00 MXN to payment ${wanted}`);
  const again = await kustodia(...args);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining(`given to payment ${wanted}`)]);
});

test('split takes payments and refunds; refund goes to the sender, or by two people to a stranger’s account', async () => {
  const [one, two] = [await held('1700.00'), await held('900.00')];
  const wanted = await world.createPayment(people, '1600.00');
  const refund = `100.00,${SENDER.sender_clabe},Ana Torres`;
  const split = await kustodia('suspense', 'split', one, '--payment', wanted, '--refund', refund, ...REASON, '--json');
  expect(split.last()).toMatchObject({
    parts: [
      { kind: 'payment', paymentId: wanted },
      { kind: 'refund', amount: '100.00' },
    ],
  });
  const toStranger = ['suspense', 'refund', two, '--clabe', PAYOUT.clabe, '--name', PAYOUT.legalName, ...REASON];
  const dry = await kustodia(...toStranger, '--dry-run');
  expect(dry.out).toMatch(
    /Would propose to give 900.00 MXN[\s\S]*A second person is needed: 646…5679 is neither[\s\S]*Nothing was done/,
  );
  const proposed = await kustodia(...toStranger);
  expect(proposed.out).toMatch(/Proposed to give 900.00 MXN[\s\S]*kustodia effect approve [0-9a-f-]{36}/);
  const back = await kustodia('suspense', 'refund', two, ...REASON);
  expect([back.code, back.out]).toEqual([0, expect.stringMatching(/900.00 MXN back by payment /)]);
  expect((await kustodia('suspense', 'split', one, '--refund', 'all of it', ...REASON)).code).toBe(2);
  expect((await kustodia('suspense', 'refund', one)).code).toBe(2);
});

test('standing terms are set, shown and stopped; each change is a version', async () => {
  const set = (minimum: string, ...more: string[]) =>
    kustodia(
      ...['user', 'terms', 'set', people.payer.id, '--recipient', people.recipient.id, '--clabe', PAYOUT.clabe],
      ...[
        '--name',
        PAYOUT.legalName,
        '--custody',
        '60',
        '--concept',
        'Renta',
        '--minimum',
        minimum,
        '--maximum',
        '2000.00',
      ],
      ...REASON,
      ...more,
    );
  const dry = await set('100.00', '--dry-run');
  expect([dry.err, dry.out]).toEqual(['', expect.stringContaining('Nothing was changed')]);
  expect(dry.out).toContain('Nothing was changed');
  expect((await kustodia('user', 'terms', 'show', people.payer.id)).out).toBe('None.');
  expect((await set('100.00')).out).toContain('Version 1');
  expect(
    (await set('200.00', '--refund-clabe', SENDER.sender_clabe, '--refund-name', 'Paula', '--json')).last(),
  ).toMatchObject({ version: 2 });
  expect((await kustodia('user', 'terms', 'show', people.payer.id, '--json')).last()).toMatchObject({
    versions: [
      { version: 2, isActive: true, minimum: '200.00', refund: { clabe: SENDER.sender_clabe } },
      { version: 1, isActive: false, minimum: '100.00', refund: null },
    ],
  });
  expect((await kustodia('user', 'terms', 'show', people.payer.id)).out).toMatch(/2 +in force +200.00 to 2000.00/);
  const wrong = await set('2000.01', '--refund-clabe', PAYOUT.clabe);
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('refund.legalName')]);
  expect((await set('2000.01')).err).toContain('is less than the minimum');
  expect((await kustodia('user', 'terms', 'stop', people.payer.id, ...REASON)).out).toContain('Version 2');
  expect((await kustodia('user', 'terms', 'stop', people.payer.id, ...REASON)).err).toContain('no standing terms');
});
