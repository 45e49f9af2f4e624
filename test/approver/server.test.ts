/** The approver's door and its journal by themselves: who may ask, how much and how often, and what is written down. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Booked } from '../../src/approver/books.ts';
import { JournalError, openJournal } from '../../src/approver/journal.ts';
import { createApproverServer } from '../../src/approver/server.ts';
import type { SigningParts } from '../../src/approver/sign.ts';
import { type EarlyApprovalData, earlyApprovalData, earlyApprovalText } from '../../src/chain/early-approval.ts';
import { call } from './call.ts';

const TOKEN = 't'.repeat(32);
const CONTRACT = `0x${'a'.repeat(40)}` as const;
const BRIDGE = `0x${'b'.repeat(40)}` as const;
const REFERENCE = `0x${'d'.repeat(64)}` as const;
const OWN = privateKeyToAccount(`0x${'1'.repeat(64)}`);
const OTHER = privateKeyToAccount(`0x${'2'.repeat(64)}`);
const ADDRESS = OWN.address.toLowerCase() as `0x${string}`;
const NOW_S = 1_800_000_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'approver-'));
});
afterAll(() => rm(folder, { recursive: true }));

const approvals = (['payer', 'recipient'] as const).map((party) => ({
  party,
  givenAt: new Date(NOW_S * 1000),
  valid_s: 60,
}));
const LEG: Booked = {
  ...{ legId: 'l', paymentId: 'p', kind: 'custody', state: 'in_custody', centavos: 100_00n, escrowContract: CONTRACT },
  ...{
    escrowId: 7n,
    deadline: NOW_S + 9_000,
    policy: 'approvals',
    now: new Date(NOW_S * 1000),
    ordered: null,
    approvals,
  },
  ...{ isBackDecided: false, isDisputeOver: false, isLetOut: false, held: null, closed: null },
};
const escrow = { reference: REFERENCE, disputes: 0, units: 100_000_000n, deadline: NOW_S + 9_000, payee: BRIDGE };

type Given = Readonly<{
  path?: string;
  most?: { signatures: number; centavos: bigint };
  ratePerMinute?: number;
  sign?: (data: EarlyApprovalData) => Promise<`0x${string}`>;
  read?: () => Promise<Booked | null>;
  now?: () => Date;
}>;
async function open({
  path = join(folder, randomUUID()),
  most = { signatures: 9, centavos: 9n ** 9n },
  ...given
}: Given = {}) {
  const logged: object[] = [];
  const traced: object[] = [];
  let minutes = 0;
  const journal = openJournal({ path, most, now: given.now ?? (() => new Date()) });
  const parts = {
    settings: {
      ...{
        token: TOKEN,
        chainId: 31_337,
        contracts: [CONTRACT],
        bridge: BRIDGE,
        releaseFourEyes: null,
        mxnPerUdi: null,
      },
      ...{ approver: { address: ADDRESS, signer: { key: '0x' } }, ratePerMinute: given.ratePerMinute ?? 100 },
    } as unknown as SigningParts['settings'],
    approver: { address: ADDRESS, sign: given.sign ?? ((data) => OWN.signTypedData(data)) },
    books: { read: given.read ?? (async () => LEG) },
    chain: {
      read: async () => ({ chainId: 31_337, head_s: NOW_S, isApprover: true, escrow }),
    } as SigningParts['chain'],
    journal,
    log: (level, line) => void logged.push({ level, ...line }),
    spans: {
      past: (name: string, { traceId }: { traceId: string }, _at: unknown, facts: object) =>
        void traced.push({ name, traceId, ...facts }),
    },
  } satisfies SigningParts;
  const server = createApproverServer(parts, () => minutes * 60_000);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    server.closeAllConnections();
    server.close();
    journal.close();
  };
  onTestFinished(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const post = async (body: string, token: string | null = TOKEN) => {
    const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
    const response = await fetch(url, { method: 'POST', body, headers });
    return {
      status: response.status,
      ...((await response.json()) as { result?: string; error?: { message: string } }),
    };
  };
  const nextMinute = () => {
    minutes += 1;
  };
  return { post, logged, traced, nextMinute, close };
}
const body = (more = 60) =>
  call(
    ADDRESS,
    earlyApprovalText(
      earlyApprovalData({
        ...{ act: 'release', chainId: 31_337, contract: CONTRACT, escrowId: 7n, reference: REFERENCE, disputes: 0 },
        expiry: NOW_S + more,
      }),
    ),
  );

test('who has the token is answered; a wrong one, a part of one and none are not', async () => {
  const { post, logged } = await open();
  for (const token of ['', 'x', `${TOKEN}x`, TOKEN.slice(1), null]) {
    const answer = await post(body(), token);
    expect(answer).toMatchObject({ status: 401, error: { code: -32_001 } });
    expect(answer.result).toBeUndefined();
  }
  expect(await post(body())).toMatchObject({ status: 200, result: expect.stringMatching(/^0x/) });
  expect(JSON.stringify(logged)).not.toContain(TOKEN);
});

test('what it is asked for is in the trace of the payment, whatever it answers; what is of none is in no trace', async () => {
  const of = { name: 'approver.sign', traceId: 'p', payment: 'p', leg: 'l', kind: 'release' };
  const given = await open();
  await given.post(body());
  expect(given.traced).toEqual([{ ...of, outcome: 'signed' }]);
  const held = await open({ read: async () => ({ ...LEG, held: 'hold' }) });
  await held.post(body());
  expect(held.traced).toEqual([{ ...of, outcome: 'held' }]);
  const unknown = await open({ sign: () => Promise.reject(new TypeError('646180157042875763 is an account')) });
  await unknown.post(body());
  expect(unknown.traced).toEqual([{ ...of, outcome: 'unknown' }]);
  const none = await open({ read: async () => null });
  await none.post(body());
  expect(none.traced).toEqual([]);
});

test('a body that is too large is refused', async () => {
  const { post } = await open();
  const answer = await post(body().padEnd(16 * 1024 + 1));
  expect(answer).toMatchObject({ status: 413 });
  expect(answer.result).toBeUndefined();
  expect(await post(body().padEnd(16 * 1024))).toMatchObject({ status: 200, result: expect.any(String) });
});

test('so many questions are taken in a minute', async () => {
  const { post, nextMinute } = await open({ ratePerMinute: 2 });
  const asked = [await post(body()), await post(body()), await post(body())];
  expect(asked.map(({ status }) => status)).toEqual([200, 200, 429]);
  nextMinute();
  expect((await post(body())).status).toBe(200);
});

test('so many are judged at once', async () => {
  let goOn = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let waiting = 0;
  let arrived = (): void => undefined;
  const four = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { post } = await open({
    read: async () => {
      waiting += 1;
      if (waiting === 4) arrived();
      await gate;
      return LEG;
    },
  });
  const first = Array.from({ length: 4 }, () => post(body()));
  await four;
  const fifth = post(body());
  const answer = await Promise.race([fifth, new Promise((resolve) => void setTimeout(resolve, 2_000, 'waits'))]);
  goOn();
  expect(answer).toMatchObject({ status: 429 });
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
});

test('what the signer behind it answers is compared before it is given out', async () => {
  const { post } = await open({ sign: (data) => OTHER.signTypedData(data) });
  const answer = await post(body());
  expect(answer).toMatchObject({ status: 503 });
  expect(answer.result).toBeUndefined();
});

test('an answer that does not come is no refusal, and its own words are not repeated', async () => {
  const { post, logged } = await open({
    read: async () => {
      throw new Error('postgresql://secret@db');
    },
  });
  expect(await post(body())).toMatchObject({
    status: 503,
    error: { message: expect.stringContaining('not known now') },
  });
  expect(JSON.stringify(logged)).not.toContain('secret');
});

describe('the cap of a day', () => {
  test('counts signatures, over a restart; the same one again is the same permission', async () => {
    const given = { path: join(folder, 'signatures'), most: { signatures: 2, centavos: 9n ** 9n } };
    const before = await open(given);
    for (const more of [60, 60, 61]) expect((await before.post(body(more))).result).toBeDefined();
    expect((await before.post(body(62))).error?.message).toContain('may sign in a day');
    before.close();
    const after = await open(given);
    expect((await after.post(body(62))).error?.message).toContain('may sign in a day');
    expect((await after.post(body(60))).result).toBeDefined();
  });

  const entryOf = (escrowId: number, digest: string, act = 'release') => ({
    ...{ act, contract: '0x', escrowId: String(escrowId), paymentId: 'p', legId: 'l' },
    ...{ disputes: 0, expiry: 1, centavos: '100', digest },
  });

  test('counts pesos, and begins anew with the day', () => {
    let day = 1;
    const now = () => new Date(Date.UTC(2026, 0, day));
    const path = join(folder, 'pesos');
    const journal = openJournal({ path, most: { signatures: 9, centavos: 200n }, now });
    onTestFinished(journal.close);
    journal.record(entryOf(1, '0xa'));
    journal.record(entryOf(2, '0xb'));
    expect(() => journal.record(entryOf(3, '0xc'))).toThrow('may sign in a day');
    expect(() => journal.record(entryOf(1, '0xd', 'cancel'))).toThrow('may sign in a day');
    day = 2;
    journal.record(entryOf(3, '0xc'));
  });

  test('counts the pesos of an escrow once, over a restart, and lets it be signed again so often and no more', () => {
    const given = { path: join(folder, 'again'), most: { signatures: 99, centavos: 200n }, now: () => new Date() };
    const before = openJournal(given);
    for (let n = 0; n < 6; n++) before.record(entryOf(1, `0xa${n}`));
    before.close();
    const after = openJournal(given);
    onTestFinished(after.close);
    after.record(entryOf(2, '0xb'));
    for (const digest of ['0xa6', '0xa7']) after.record(entryOf(1, digest));
    expect(() => after.record(entryOf(1, '0xa8'))).toThrow('in a day for one escrow');
    expect(() => after.record(entryOf(3, '0xc'))).toThrow('may sign in a day');
  });
});

describe('the journal', () => {
  test('is one process’s alone, until that ends, however it does', async () => {
    const path = join(folder, 'alone');
    const source = `import { openJournal } from ${JSON.stringify(import.meta.resolve('../../src/approver/journal.ts'))};
      openJournal({ path: ${JSON.stringify(path)}, most: { signatures: 9, centavos: 900n }, now: () => new Date() });
      console.log('has it');
      process.stdin.resume();`;
    const other = spawn(process.execPath, ['--input-type=module', '--eval', source]);
    onTestFinished(() => void other.kill('SIGKILL'));
    const ended = once(other, 'exit');
    const [said] = await Promise.race([once(other.stdout, 'data'), ended]);
    expect(String(said)).toBe('has it\n');
    const parameters = { path, most: { signatures: 9, centavos: 900n }, now: () => new Date() };
    expect(() => openJournal(parameters)).toThrow('Another process has the file');
    other.kill('SIGKILL');
    await ended;
    const journal = openJournal(parameters);
    expect(() => openJournal(parameters)).toThrow(JournalError);
    journal.close();
  });

  test('has each signature before it is made, and no signature', async () => {
    const path = join(folder, 'before');
    const seen: string[] = [];
    const { post } = await open({
      path,
      sign: async (data) => {
        seen.push(await readFile(path, 'utf8'));
        return OWN.signTypedData(data);
      },
    });
    const { result = 'none' } = await post(body());
    expect(seen[0]).toContain('"paymentId":"p"');
    expect(await readFile(path, 'utf8')).not.toContain(result);
  });

  test('is a chain: what was edited or taken out is found, and a torn last line was never signed', async () => {
    const path = join(folder, 'chain');
    const parameters = { path, most: { signatures: 9, centavos: 900n }, now: () => new Date() };
    const entry = {
      ...{ act: 'release', contract: '0x', escrowId: '1', paymentId: 'p', legId: 'l' },
      ...{ disputes: 0, expiry: 1, centavos: '100' },
    };
    const journal = openJournal(parameters);
    for (const digest of ['0xa', '0xb', '0xc']) journal.record({ ...entry, digest });
    journal.close();
    const whole = await readFile(path, 'utf8');
    await appendFile(path, '{"at":"2026-');
    const again = openJournal(parameters);
    again.record({ ...entry, digest: '0xd' });
    again.close();
    const sound = await readFile(path, 'utf8');
    openJournal(parameters).close();
    const lines = sound.split('\n');
    expect(lines).toHaveLength(5);
    for (const edited of [whole.replace('"100"', '"1"'), [lines[0], lines[2], ''].join('\n'), `${whole}x\n`]) {
      await writeFile(path, edited);
      expect(() => openJournal(parameters)).toThrow(JournalError);
    }
  });
});
