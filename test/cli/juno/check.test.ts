import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SWITCH_NAMES, SWITCHES } from '../../../src/sandbox/switches.ts';
import { openChain, type TestChain } from '../../sandbox/support/chain.ts';
import { startReceiver } from '../../sandbox/support/receiver.ts';
import { until } from '../../sandbox/support/sandbox.ts';
import {
  agrees,
  answerOf,
  bounce,
  check,
  depositAddress,
  environmentOf,
  kustodia,
  rowOf,
  SETTLED,
  SPEND,
  UNSETTLED,
  withSandbox,
} from './support.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 150_000 });

const SECRET = 'a secret of the check tests';
const KEYS = ['--webhook-keys', '/v4/webhooks/public-keys'];

let chain: TestChain;
beforeAll(async () => {
  chain = await openChain();
});
afterAll(() => chain?.close());

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-check-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('juno check', () => {
  test('only reads, unless it may spend: nothing is made, and what it would cost is told', async () => {
    await withSandbox(chain, {}, async (sandbox) => {
      const { last, evidence, out } = await check(sandbox);
      const { deposits, transactions, requests } = await sandbox.state();
      expect([deposits, transactions]).toEqual([0, {}]);
      // What is of no endpoint is a path with a slash at its end.
      expect(Object.keys(requests).filter((endpoint) => !/^(GET |unknown$)/.test(endpoint))).toEqual([]);
      expect(evidence['redemption-amount']).toBe('costs two redemptions of 100 MXN to the Bitso balance');
      expect(evidence['over-the-limit']).toContain('locks the account');
      expect(out).toMatch(/^question +found +evidence$/m);
      expect(out).toContain(
        `${last.settled} settled, ${last.open} open, ${last.notAsked} not asked (most need --spend)`,
      );
      // A table that fits no window is read by nobody.
      expect(
        Math.max(
          ...out
            .split('\n')
            .slice(0, -1)
            .map(({ length }) => length),
        ),
      ).toBeLessThan(240);
    });
  });

  test('settles everything with what it may spend, keeps one of each, and leaves no webhook or bank account', async () => {
    await withSandbox(chain, {}, async (sandbox) => {
      await withFolder(async (folder) => {
        const to = await depositAddress(sandbox);
        const { code, open, found, out } = await check(sandbox, ...SPEND, '--keep', folder, '--withdraw-to', to);
        expect([code, open]).toEqual([0, []]);
        expect(found).toMatchObject({
          'mock-deposits': '99: FAILED; 100: COMPLETE',
          'redemption-amount': 'either',
          idempotency: 'twice: the original as it is now; another body: refused (409 34009)',
          'earlier-paths': 'no',
          'detail-conversion': 'nothing to see',
        });
        expect(found['webhooks']).toMatch(/never: CONVERSION, funding, withdrawal;/);
        expect((await sandbox.call('GET', '/v4/webhooks')).body).toEqual({ webhooks: [] });
        expect(await sandbox.get('/mint_platform/v1/accounts/banks')).toEqual([]);

        const types = ['crypto_deposit', 'crypto_withdrawal', 'issuance', 'redemption'];
        const kept = (await readdir(folder)).toSorted();
        expect(kept).toEqual([...types, ...types.map((type) => `webhook-${type}`)].map((name) => `${name}.json`));
        const texts = await Promise.all(kept.map((file) => readFile(join(folder, file), 'utf8')));
        for (const text of texts) expect(() => JSON.parse(text)).not.toThrow();
        expect(texts.at(-1)).toMatch(/"headers":\{.*"body":\{"event":"TRANSACTION","payload":\{"id":"[0-9a-f]{8}…"/);
        for (const text of [out, ...texts]) {
          expect(text).not.toMatch(/(?<!\d)\d{16,18}(?!\d)/);
          expect(text).not.toMatch(/0x[0-9a-f]{40}/i);
          expect(text).not.toMatch(/Juno Revisi|Juno Check|"Kustodia"|JUNO CHECK/);
        }
      });
    });
  });

  test('touches no CLABE, no money and no webhook that was there before', async () => {
    await withSandbox(chain, {}, async (sandbox) => {
      const [receiver, customer] = [await startReceiver(), await sandbox.clabe()];
      await sandbox.deposit('5000', customer);
      await sandbox.call('POST', '/v4/webhooks', { callback_url: receiver.url, events: ['TRANSACTION'] });
      await sandbox.registerBankAccount('646180157042875763');
      const older = new Set([
        customer,
        ...(await sandbox.get('/spei/v1/clabes')).response.map((c: { clabe: string }) => c.clabe),
      ]);
      const { open } = await check(sandbox, ...SPEND, '--withdraw-to', await depositAddress(sandbox));
      receiver.close();
      expect(open).toEqual([]);
      const { deposits } = (await sandbox.admin('GET', '/deposits')).body;
      const received = deposits.filter((deposit: { receiver_clabe: string }) => older.has(deposit.receiver_clabe));
      expect(received.map(({ amount }: { amount: string }) => amount)).toEqual(['5000.00']);
      // All that it redeemed and withdrew it had brought: what is there is still the customer's, at least.
      expect(BigInt((await sandbox.state())['balance_centavos'])).toBeGreaterThanOrEqual(500_000n);
      const { webhooks } = (await sandbox.call('GET', '/v4/webhooks')).body;
      expect(webhooks.map((webhook: { callback_url: string }) => webhook.callback_url)).toEqual([receiver.url]);
      expect(await sandbox.get('/mint_platform/v1/accounts/banks')).toHaveLength(1);
    });
  });

  test('asks on as its first answers teach it: without the query in signatures, amounts as numbers, nonces in order', async () => {
    const other = { signedPath: 'without_query', requestAmount: 'number', nonceForm: 'v1_only', webhookSigned: true };
    await withSandbox(chain, other, async (sandbox) => {
      const to = await depositAddress(sandbox);
      const { code, found, open } = await check(sandbox, ...SPEND, ...KEYS, '--withdraw-to', to);
      expect([code, open]).toEqual([0, []]);
      expect(found).toMatchObject({
        'signed-query': 'without it',
        nonces: 'each greater than the last',
        'redemption-amount': 'a number only',
        'mock-deposits': '99: FAILED; 100: COMPLETE',
        webhooks: expect.stringMatching(/^signed, valid, keys a bare list;/),
      });
    });
  });

  test('tells the other answer to nearly every silent point at once', async () => {
    // What takes its time, and what hides another; each is asked for alone in the long tests.
    const apart =
      /_ms$|^(belowMinimumIssuance|bankAccountDuplicate|returnShown|returnMoney|nonceForm|requestAmount|idempotencyKeyFormat|accountHasFirstClabe|movementRefundOf|depositTrackingKey|mockDepositNames|webhookShape|webhookAttempts|transactionsSort|redemptionDetails|withdrawal(Answer|Hash|Fee_centavos|Minimum_centavos))$/;
    const chosen = Object.entries(SETTLED)
      .filter(([name]) => !apart.test(name))
      .map(([text, settled]) => {
        const name = text as keyof typeof SETTLED;
        const other = Object.keys(settled.says).find((answer) => answer !== String(SWITCHES[name].answers[0])) ?? '';
        return { name, row: settled.row, answer: answerOf(name, other), says: settled.says[other] ?? '' };
      });
    expect(chosen.length).toBeGreaterThan(60);
    const switches = Object.fromEntries(chosen.map(({ name, answer }) => [name, answer]));
    await withSandbox(chain, { ...switches, redemptionTrackingKey: true }, async (sandbox) => {
      await bounce(sandbox);
      const told = await check(sandbox, ...SPEND, ...KEYS, '--withdraw-to', await depositAddress(sandbox));
      const wrong = chosen.filter(({ row, says }) => !agrees(rowOf(told, row), says));
      expect(wrong.map(({ name, row }) => `${name}: ${rowOf(told, row)}`)).toEqual([]);
    });
  });

  test('tells which webhook is there already, and deletes none of it', async () => {
    await withSandbox(chain, { webhookDuplicate: 'refuse_same_event' }, async (sandbox) => {
      await sandbox.call('POST', '/v4/webhooks', { callback_url: 'https://example.com/ours', events: ['TRANSACTION'] });
      const { code, evidence } = await check(sandbox, ...SPEND, '--wait', '0');
      expect(code).toBe(1);
      expect(evidence['webhook-registration']).toContain('the account tells another address already');
      const webhooks = async () => (await sandbox.call('GET', '/v4/webhooks')).body['webhooks'];
      expect(await webhooks()).toMatchObject([{ callback_url: 'https://example.com/ours' }]);
      const same = await check(sandbox, ...SPEND, '--wait', '0', '--webhook-url', 'https://example.com/ours');
      expect(same.evidence['webhook-registration']).toContain('name another address, or delete that webhook');
      expect(await webhooks()).toHaveLength(1);
    });
  });

  test('stops at once where it is over the limit, and says to leave Juno alone', async () => {
    await withSandbox(chain, {}, async (sandbox) => {
      await sandbox.arm('throttle', 'GET /mint_platform/v1/balances');
      const { code, err } = await kustodia(['juno', 'check'], environmentOf(sandbox));
      expect([code, err]).toEqual([1, expect.stringMatching(/over its limit.* Leave it alone for a minute/)]);
      const { requests } = await sandbox.state();
      expect(requests['GET /mint_platform/v1/balances']).toEqual({ 429: 1 });
      expect(requests).not.toHaveProperty('GET /spei/v1/deposits');
    });
  });

  test('deletes what it registered when it is stopped in the middle', async () => {
    await withSandbox(chain, {}, async (sandbox) => {
      const args = ['src/cli/main.ts', 'juno', 'check', '--webhook-retries', '60', '--spend', '--yes'];
      const child = spawn('node_modules/.bin/node', args, { env: { ...process.env, ...environmentOf(sandbox) } });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      let told = '';
      child.stdout.on('data', (chunk: Buffer) => {
        told += chunk.toString();
      });
      const webhooks = async () => (await sandbox.call('GET', '/v4/webhooks')).body['webhooks'];
      await until('its webhook and a redemption', async () => {
        const made = (await sandbox.transactions()).some(({ type }) => type === 'REDEMPTION');
        return made && (await webhooks()).length > 0;
      });
      child.kill('SIGINT');
      expect(await ended).toBe(1);
      expect(await webhooks()).toEqual([]);
      expect(told).toMatch(/it was stopped before\n.*It was stopped before its end/s);
    });
  });

  test('at a terminal it says what it costs and asks first: without a yes nothing is asked of Juno', async () => {
    await withSandbox(chain, {}, async (sandbox) => {
      // A terminal of Debian's own: `script` runs the command at one, and ends as it ended.
      const command = 'node_modules/.bin/node src/cli/main.ts juno check --spend';
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        env: { ...process.env, ...environmentOf(sandbox) },
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      let told = '';
      child.stdout.on('data', (chunk: Buffer) => {
        told += chunk.toString();
      });
      await until('the question', async () => told.includes('Go on? (yes/no)'));
      child.stdin.write('no\n');
      expect(await ended).toBe(1);
      expect(told).toMatch(/At 127\.0\.0\.1:\d+ this costs:\r?\n.*two redemptions of 100 MXN.*Nothing was asked\./s);
      expect((await sandbox.state())['requests']).toEqual({});
    });
  });

  test('tells what to do where it is not let in, and asks nothing else', async () => {
    await withSandbox(chain, {}, async (sandbox) => {
      const environment = { ...environmentOf(sandbox), JUNO_STAGE_API_KEY: 'nobody' };
      const { code, err } = await kustodia(['juno', 'check'], environment);
      expect([code, err]).toEqual([
        1,
        'Juno lets nobody in with this key (401 0201). Look at JUNO_STAGE_API_KEY: no such key is known. Nothing else was asked.',
      ]);
      expect((await sandbox.state())['requests']).toEqual({ 'GET /spei/v1/clabes': { 401: 2 } });
    });
  });
});

test('every silent point of the sandbox is settled by a row, or there is a reason why none can', () => {
  const [settled, unsettled] = [Object.keys(SETTLED), Object.keys(UNSETTLED)];
  expect([...settled, ...unsettled].toSorted()).toEqual(SWITCH_NAMES.toSorted());
});

describe('juno check asks nobody', () => {
  const environment = { JUNO_ENV: 'stage', JUNO_STAGE_API_KEY: 'check-key', JUNO_STAGE_API_SECRET: SECRET };
  const told = (change: NodeJS.ProcessEnv, ...args: string[]) =>
    kustodia(['juno', 'check', ...args], { ...environment, ...change });

  test.each<[string, NodeJS.ProcessEnv]>([
    ['the environment of production', { JUNO_ENV: 'production', JUNO_API_KEY: 'k', JUNO_API_SECRET: 's' }],
    ['the address of production', { JUNO_BASE_URL: 'https://buildwithjuno.com' }],
    ['another address of production', { JUNO_BASE_URL: 'https://API.buildwithjuno.com./x' }],
    ['the address of Bitso', { JUNO_BASE_URL: 'https://api.bitso.com' }],
  ])('with %s', async (_, change) => {
    expect(await told(change)).toMatchObject({ code: 1, err: expect.stringContaining('never speaks with production') });
  });

  test.each<[string, NodeJS.ProcessEnv, string[]]>([
    ['without a key', { JUNO_STAGE_API_KEY: '' }, []],
    ['of the sandbox without its address', { JUNO_ENV: 'sandbox' }, []],
    ['without knowing which Juno', { JUNO_ENV: '' }, []],
    ['that it may spend where there is no terminal to confirm at', {}, ['--spend']],
    ['with a time to wait that is none', {}, ['--wait', 'long']],
    ['to withdraw to what is no address', {}, ['--withdraw-to', '0x1']],
  ])('%s', async (_, change, args) => {
    const { code, err } = await told(change, ...args);
    expect(code).toBe(2);
    expect(err).not.toContain(SECRET);
  });

  test.each(['https://juno.example.com', 'http://stage.buildwithjuno.com.example.com'])(
    'to spend at %s, which could stand before production',
    async (url) => {
      const { code, err } = await told({ JUNO_BASE_URL: url }, '--spend', '--yes');
      expect([code, err]).toEqual([1, expect.stringContaining('at a sandbox on this machine alone')]);
    },
  );

  test('where the port for its webhooks is taken', async () => {
    const taken = await startReceiver();
    const port = new URL(taken.url).port;
    const args = ['--spend', '--yes', '--webhook-url', 'https://example.com', '--webhook-port', port];
    const { code, err } = await told({}, ...args);
    taken.close();
    expect([code, err]).toEqual([2, `Port ${port} of this machine is taken: name another --webhook-port.`]);
  });

  test('where nobody answers', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await told({ JUNO_BASE_URL: `http://127.0.0.1:${port}` })).toMatchObject({
      code: 3,
      err: expect.stringContaining('Nobody answers'),
    });
  });
});
