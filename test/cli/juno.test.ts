import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { run } from '../../src/cli/run.ts';
import { openChain, type TestChain } from '../sandbox/support/chain.ts';
import { startSandbox, type TestSandbox, until } from '../sandbox/support/sandbox.ts';

const KEY = 'check-key';
const SECRET = 'a secret of the check tests';
const FINDING = z.object({ id: z.string(), state: z.string(), found: z.string(), evidence: z.string() });
const LAST = z.object({ settled: z.number(), open: z.number(), notAsked: z.number(), findings: z.array(FINDING) });

let chain: TestChain;
beforeAll(async () => {
  chain = await openChain();
});
afterAll(() => chain?.close());

async function kustodia(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** `kustodia juno check --json` against a sandbox whose silent points are answered like this. */
async function check(sandbox: TestSandbox, ...args: string[]) {
  const environment = {
    JUNO_ENV: 'sandbox',
    JUNO_BASE_URL: sandbox.url,
    JUNO_STAGE_API_KEY: KEY,
    JUNO_STAGE_API_SECRET: SECRET,
  };
  const told = await kustodia(['juno', 'check', '--json', '--wait', '10', ...args], environment);
  const last = LAST.parse(JSON.parse(told.out.split('\n').at(-1) ?? ''));
  const found = Object.fromEntries(last.findings.map((finding) => [finding.id, finding.found]));
  const evidence = Object.fromEntries(last.findings.map((finding) => [finding.id, finding.evidence]));
  return { ...told, last, found, evidence };
}

async function withSandbox<T>(switches: object, use: (sandbox: TestSandbox) => Promise<T>): Promise<T> {
  const environment = { SANDBOX_API_KEY: KEY, SANDBOX_API_SECRET: SECRET, SANDBOX_SWITCHES: JSON.stringify(switches) };
  const sandbox = await startSandbox(chain, environment);
  try {
    return await use(sandbox);
  } finally {
    await sandbox.stop();
  }
}

const SPEND = ['--spend', '--yes'];

describe('juno check', () => {
  test('only reads, unless it may spend: nothing is made, and what it would cost is told', async () => {
    await withSandbox({}, async (sandbox) => {
      const { last, evidence, out } = await check(sandbox);
      const { deposits, transactions, requests } = await sandbox.state();
      expect([deposits, transactions]).toEqual([0, {}]);
      expect(Object.keys(requests).every((endpoint) => endpoint.startsWith('GET '))).toBe(true);
      expect(last.notAsked).toBe(6);
      expect(evidence['redemption-amount']).toBe('costs two redemptions of 100 MXN to the Bitso balance');
      expect(out).toMatch(/^question +found +evidence$/m);
      expect(out).toMatch(/\d settled, \d open, 6 not asked \(they need --spend\)/);
    });
  });

  test('settles everything with what it may spend, and takes its webhook away again', async () => {
    await withSandbox({}, async (sandbox) => {
      const folder = await mkdtemp(join(tmpdir(), 'kustodia-check-'));
      try {
        const { code, last, found, evidence, out } = await check(sandbox, ...SPEND, '--keep', folder);
        expect([code, last.open, last.notAsked]).toEqual([0, 0, 0]);
        expect(found).toMatchObject({
          'signed-query': 'with it',
          'transactions-list': 'items under `content`, counts from 0, amounts are numbers',
          'movements-list': expect.stringMatching(/^items under `content`, says .*COMPLETED/),
          balances: 'a list under `balances`, amounts are text',
          'deposits-list': expect.stringContaining('newest first, times without a zone'),
          'page-maximum': 'refused',
          'mock-deposits': '99: FAILED; 100: COMPLETE',
          'mock-refund': expect.stringMatching(/^yes, /),
          'redemption-amount': 'either',
          idempotency: 'twice: the original; another body: refused (409 34009)',
          'earlier-paths': 'no',
          webhook: expect.stringMatching(/^not signed; its id is read, its status is /),
        });
        expect(evidence['transaction-details']).toMatch(/ISSUANCE \{.*steps \[\{step, receipt\}\]; REDEMPTION \{/);
        expect((await sandbox.call('GET', '/v4/webhooks', undefined, { key: KEY, secret: SECRET })).body).toEqual({
          webhooks: [],
        });

        const kept = await readdir(folder);
        expect(kept.toSorted()).toEqual(['issuance.json', 'redemption.json']);
        const texts = await Promise.all(kept.map((file) => readFile(join(folder, file), 'utf8')));
        for (const text of [out, ...texts]) {
          expect(text).not.toMatch(/(?<!\d)\d{18}(?!\d)/);
          expect(text).not.toMatch(/Paula|"Kustodia"/);
          expect(text).not.toContain(SECRET);
        }
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

  test('finds other answers where the other ones are given', async () => {
    const other = {
      balancesLayout: 'bare',
      balanceAmount: 'number',
      transactionAmount: 'string',
      transactionsPageBase: 1,
      movementsEnvelope: 'bare',
      movementComplete: 'COMPLETE',
      oversizePage: 'clamp',
      speiListOrder: 'oldest_first',
      depositTime: 'utc',
      requestAmount: 'number',
      idempotencyMismatch: 'original',
      webhookSigned: true,
    };
    await withSandbox(other, async (sandbox) => {
      // Where amounts are numbers alone, mock deposits are refused as well: the money is made from outside.
      const { payload } = (await sandbox.call('POST', '/mint_platform/v1/clabes', {}, { key: KEY, secret: SECRET }))
        .body;
      for (let i = 0; i < 3; i++) {
        const names = { receiver_name: 'Kustodia', sender_name: 'Paula' };
        const second = Math.floor(Date.now() / 1000);
        // Within one, the list would not tell its order.
        if (i === 2) await until('the next second', async () => Math.floor(Date.now() / 1000) > second);
        await sandbox.admin('POST', '/deposits', { amount: 1000, receiver_clabe: payload.clabe, ...names });
      }
      await until('the issuances', async () => (await sandbox.state())['balance_centavos'] === '300000');
      const { code, found } = await check(sandbox, ...SPEND, '--wait', '1');
      expect(found).toMatchObject({
        'transactions-list': 'items under `content`, counts from 1, amounts are text',
        'movements-list': expect.stringMatching(/^a bare list, says .*COMPLETE$/),
        balances: 'a bare list, amounts are numbers',
        'deposits-list': expect.stringMatching(/^oldest first, times with a zone/),
        'page-maximum': 'cut to 100',
        'redemption-amount': 'a number only',
        idempotency: 'twice: the original; another body: the original',
      });
      // The three that need a mock deposit are open, which the exit code tells.
      expect([code, found['mock-deposits'], found['webhook']]).toEqual([1, 'not settled', 'not settled']);
    });
  });

  test('tells a signed webhook, and checks it where it knows the keys', async () => {
    await withSandbox({ webhookSigned: true, webhookShape: 'event_payload' }, async (sandbox) => {
      const keys = ['--webhook-keys', '/v4/webhooks/public-keys'];
      const { found, evidence } = await check(sandbox, ...SPEND, ...keys);
      expect(found['webhook']).toMatch(/^signed, valid; its id is read/);
      expect(evidence['webhook']).toContain('x-bitso-webhook-event-signature');
    });
  });

  test('finds that the query is not signed where it is not, and opens what it then cannot ask', async () => {
    await withSandbox({ signedPath: 'without_query' }, async (sandbox) => {
      const { code, found, last, evidence } = await check(sandbox);
      expect(found['signed-query']).toBe('without it');
      expect(evidence['transactions-list']).toContain('0215');
      expect([code, last.open > 0]).toEqual([1, true]);
    });
  });
});

describe('juno check asks nobody', () => {
  const environment = { JUNO_ENV: 'stage', JUNO_STAGE_API_KEY: KEY, JUNO_STAGE_API_SECRET: SECRET };
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
  ])('%s', async (_, change, args) => {
    const { code, err } = await told(change, ...args);
    expect(code).toBe(2);
    expect(err).not.toContain(SECRET);
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
