import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { useDesk } from './desk.ts';

const desk = useDesk();
let server: ServerType;
let url: string;
beforeAll(async () => {
  server = serve({ fetch: desk().app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

async function as(key: string, ...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const environment = { KUSTODIA_URL: url, KUSTODIA_API_KEY: key, KUSTODIA_SCREENER_KEY: desk().keys.screener };
  const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n'), last: () => JSON.parse(out.at(-1) ?? '') };
}
const kustodia = (...args: string[]) => as(desk().keys.operator, ...args);
const REASON = ['--reason', 'a drill of the team'];

test('a switch is stopped, listed and opened; nothing is done without a reason or with --dry-run', async () => {
  expect((await kustodia('guard', 'stop', 'all')).code).toBe(2);
  expect((await kustodia('guard', 'stop', 'all', ...REASON, '--dry-run')).out).toContain('Nothing was changed');
  expect((await kustodia('guard', 'list')).out).toMatch(/^all +open/m);
  expect((await kustodia('guard', 'stop', 'all', ...REASON)).out).toBe('“all” is off: nothing new leaves under it.');
  expect((await kustodia('guard', 'list')).out).toMatch(/^all +OFF +a drill of the team +the operator at /m);
  const opening = await kustodia('guard', 'open', 'all', ...REASON, '--json');
  const { proposal } = opening.last() as { proposal: string };
  expect((await kustodia('guard', 'list')).out).toMatch(/^all +OFF/m);
  expect((await as(desk().keys.approver, 'effect', 'approve', proposal, ...REASON)).out).toBe('Approved and done.');
  expect((await kustodia('guard', 'list')).out).toMatch(/^all +open/m);
  expect((await kustodia('guard', 'stop', 'nothing', ...REASON)).code).toBe(1);
});

test('before a switch is thrown it is told what would wait under it, and what goes on', async () => {
  const { paymentId } = await desk().givenDeposited();
  await desk().givenDeposited();
  const { payerId } = (await desk().look(`/payments/${paymentId}`)) as { payerId: string };
  const foreseen = async (name: string) => {
    const told = await kustodia('guard', 'stop', name, ...REASON, '--dry-run');
    return /^(\S+) MXN in (\d+) legs of (\d+) payments would wait\.\nWhat was sent is looked for/m
      .exec(told.out)
      ?.slice(1);
  };
  const own = await foreseen(`user:${payerId}`);
  expect(own?.slice(1)).toEqual(['1', '1']);
  const all = await foreseen('all');
  expect(Number(all?.[2])).toBeGreaterThan(1);
  for (const name of ['rail:juno', 'rail:chain', 'rail:bank_redemption']) expect(await foreseen(name)).toEqual(all);
  expect((await foreseen('rail:bitso_spei'))?.slice(1)).toEqual(['0', '0']);
  expect((await kustodia('guard', 'list')).out).toMatch(/^all +open/m);
});

test('a cap is lowered at once, and raised by two', async () => {
  expect((await kustodia('guard', 'cap', 'payment', '1000', ...REASON)).out).toContain('is 1000 from now on');
  expect((await kustodia('guard', 'list')).out).toMatch(/^payment +1000.00 MXN +1000.00/m);
  const raised = await kustodia('guard', 'cap', 'payment', '2000', ...REASON);
  expect(raised.out).toMatch(/^To raise “payment” to 2000 is proposed.\nSomebody else does it .*effect approve /);
  expect((await kustodia('guard', 'cap', 'payment', 'much', ...REASON)).err).toContain('is not an amount');
});

test('a hold is opened, listed and closed by its owner', async () => {
  const { paymentId } = await desk().givenDeposited();
  const on = `payment:${paymentId}`;
  const opened = await kustodia('hold', 'open', on, '--code', 'drill', '--owner', 'compliance', ...REASON, '--json');
  const { id } = opened.last() as { id: string };
  const { holds } = (await kustodia('hold', 'list', '--json')).last() as { holds: { payment: object }[] };
  const { number, amount } = (await desk().look(`/payments/${paymentId}`)) as { number: number; amount: string };
  expect(holds.map(({ payment }) => payment)).toEqual([{ id: paymentId, number, amount }]);
  expect((await kustodia('hold', 'list')).out).toContain(`${id}  hold  ${on}  compliance  drill`);
  expect((await kustodia('hold', 'close', id, ...REASON)).err).toContain('another team’s');
  expect((await as(desk().keys.approver, 'hold', 'close', id, ...REASON)).out).toBe(`The hold on ${on} is closed.`);
  expect((await kustodia('hold', 'list')).out).toBe('None.');
});

test('a screening is said by its source and seen by all; an erasure is proposed once it can be', async () => {
  const { id } = await desk().createUser();
  const found = ['--kyc', 'verified', '--blacklist', 'listed', '--reference', 'check-9'];
  expect((await kustodia('user', 'screen', id, ...found)).out).toBe('Not cleared: nothing of theirs moves.');
  expect((await kustodia('user', 'screening', id)).out).toMatch(/cleared +no: nothing of theirs moves/);
  expect((await kustodia('user', 'unscreened')).code).toBe(0);
  expect((await kustodia('user', 'erase', id, ...REASON, '--dry-run')).out).toContain('they can be erased');
  const { proposal } = (await kustodia('user', 'erase', id, ...REASON, '--json')).last() as { proposal: string };
  await as(desk().keys.admin, 'effect', 'approve', proposal, ...REASON);
  expect((await kustodia('user', 'show', id, '--json')).last()).toMatchObject({
    fullName: 'erased',
    clabeStatus: 'erased',
  });
});
