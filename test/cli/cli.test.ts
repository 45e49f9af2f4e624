import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ServerType, serve } from '@hono/node-server';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { alert, heartbeat, leg, payment, user, webhookIn } from '../../src/reactor/db/schema.ts';
import { createApiKey, findApiKey } from '../../src/reactor/people/api-key.ts';
import { clabeOf, openWorld, type World } from '../http/world.ts';
import { startPostgres } from '../support/postgres.ts';

const NOWHERE = 'http://127.0.0.1:9';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let databaseUrl: string;
let world: World;
let server: ServerType;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = await postgres.createDatabase();
  world = await openWorld(databaseUrl);
  server = serve({ fetch: world.app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  environment = { KUSTODIA_URL: `http://127.0.0.1:${port}`, KUSTODIA_API_KEY: world.keys.operator };
});

afterAll(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  await world?.close();
  await postgres?.stop();
});

async function kustodia(args: readonly string[], env: NodeJS.ProcessEnv = environment) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, env, { out: (line) => out.push(line), err: (line) => err.push(line) });
  const last = () => JSON.parse(out.join('\n').split('\n').at(-1) ?? '');
  return { code, out: out.join('\n'), err: err.join('\n'), last };
}

const createArgs = (payer: string, recipient: string, change: Record<string, string> = {}) =>
  Object.entries({
    payer,
    recipient,
    amount: '250.00',
    custody: '5',
    clabe: clabeOf('64618011041234567'),
    name: 'Juan López',
    concept: 'Renta',
    ...change,
  }).flatMap(([name, value]) => [`--${name}`, value]);

const people = async () => {
  const make = async (name: string) =>
    (await kustodia(['user', 'create', '--name', name, '--email', 'a@example.mx', '--json'])).last() as { id: string };
  return [(await make('Ana Torres')).id, (await make('Juan López')).id] as const;
};

describe('payments', () => {
  test('create, show, list and why, for people and for machines', async () => {
    const [payer, recipient] = await people();
    const made = await kustodia(['payment', 'create', ...createArgs(payer, recipient)]);
    expect([made.code, made.err]).toEqual([0, '']);
    expect(made.out).toMatch(/paid out to\s+646…\d{4}, Juan López/);
    expect(made.out).toMatch(/The payer sends 250\.00 MXN by SPEI to \d{18} before/);

    const { payments } = (await kustodia(['payment', 'list', '--json'])).last();
    expect(payments[0]).toMatchObject({ payerId: payer, amount: '250.00', status: 'requested' });
    const { id } = payments[0] as { id: string };
    expect((await kustodia(['payment', 'list', '--status', 'requested'])).out).toContain(id);
    expect((await kustodia(['payment', 'show', id])).out).toContain('requested: created');
    expect((await kustodia(['payment', 'show', id, '--json'])).last()).toMatchObject({
      id,
      legs: [{ state: 'requested' }],
    });
    expect((await kustodia(['payment', 'why', id])).out).toContain('It waits for the payer’s SPEI deposit');
  });

  test('--dry-run shows it, checks it and creates nothing', async () => {
    const [payer, recipient] = await people();
    const before = await world.db.$count(payment);
    const dry = await kustodia(['payment', 'create', ...createArgs(payer, recipient), '--dry-run', '--json']);
    expect([dry.code, dry.last()]).toMatchObject([0, { dryRun: true, amount: '250.00' }]);
    const wrong = await kustodia([
      'payment',
      'create',
      ...createArgs(payer, recipient, { amount: '99.99' }),
      '--dry-run',
    ]);
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('amount: is under 100.00 MXN')]);
    expect(await world.db.$count(payment)).toBe(before);
  });

  test('preview shows every leg to the centavo and creates nothing; create takes the same terms', async () => {
    const [payer, recipient] = await people();
    const before = await world.db.$count(payment);
    const fee = `${recipient},${clabeOf('01218011041234567')},Corredora, SA de CV`;
    const terms = [
      ...createArgs(payer, recipient, { amount: '1000.01' }),
      ...['--custody-share', '5000', '--platform-fee', `250bp,payer,${fee}`, '--broker', `130.00,recipient,${fee}`],
    ];
    const shown = await kustodia(['payment', 'preview', ...terms]);
    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(shown.out).toMatch(/the payer sends\s+1025\.01 MXN, of which fees 25\.00/);
    expect(shown.out).toMatch(
      /custody +recipient +435\.00[\s\S]*immediate +recipient +435\.01[\s\S]*commission +platform +25\.00/,
    );
    expect(shown.out).toContain('rounded down to the centavo');
    expect((await kustodia(['payment', 'preview', ...terms, '--json'])).last()).toMatchObject({ accrued: '25.00' });
    expect(await world.db.$count(payment)).toBe(before);

    const dry = await kustodia(['payment', 'create', ...terms, '--dry-run', '--json']);
    expect(dry.out).toMatch(/commission +broker +130\.00/);
    expect(JSON.stringify(dry.last())).not.toMatch(/\d{18}/);
    expect((await kustodia(['payment', 'create', ...terms, '--json'])).last()).toMatchObject({ deposit: '1025.01' });
    const bad = await kustodia(['payment', 'preview', ...terms, '--release', 'approvals']);
    expect([bad.code, bad.err]).toEqual([1, expect.stringContaining('release: would end the custody before its date')]);
  });

  test('the same --idempotency-key creates once', async () => {
    const [payer, recipient] = await people();
    const args = ['payment', 'create', ...createArgs(payer, recipient), '--json', '--idempotency-key', randomUUID()];
    const [first, second] = [await kustodia(args), await kustodia(args)];
    expect(second.last()).toEqual(first.last());
  });

  test('a refusal is told with its fields, and exits 1', async () => {
    const [payer, recipient] = await people();
    const args = ['payment', 'create', ...createArgs(payer, recipient, { custody: '-5', amount: '1.005' }), '--json'];
    const refused = await kustodia(args);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /Some fields are wrong[\s\S]*amount: has more than two decimals[\s\S]*custodySeconds: is more than 0/,
    );
    expect(refused.last().error).toMatchObject({ code: 'invalid_request', status: 422 });
  });
});

describe('exit codes', () => {
  test('2 for what is not understood', async () => {
    for (const args of [
      ['nothing'],
      ['payment', 'create'],
      ['payment', 'show'],
      ['key', 'create', '--name', 'x', '--role', 'god'],
    ])
      expect([args, (await kustodia(args)).code]).toEqual([args, 2]);
    expect((await kustodia(['payment', 'list'], {})).code).toBe(2);
    expect((await kustodia(['--help'])).code).toBe(0);
  });

  test('3 when nobody answers, with the key to repeat the command', async () => {
    const args = ['user', 'create', '--name', 'Ana', '--email', 'a@example.mx', '--idempotency-key', 'again'];
    const gone = await kustodia(args, { ...environment, KUSTODIA_URL: NOWHERE });
    expect([gone.code, gone.err]).toEqual([3, expect.stringContaining('--idempotency-key again')]);
  });

  test('1 for a key that nobody knows', async () => {
    const unknown = await kustodia(['payment', 'list'], { ...environment, KUSTODIA_API_KEY: `kus_${'a'.repeat(43)}` });
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('An API key is needed')]);
  });
});

describe('keys', () => {
  test('are the same in another cell, by a file with the secret; what is none is refused unread', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kustodia-key-'));
    try {
      const [good, bad] = [join(folder, 'good'), join(folder, 'bad')];
      const secret = `kus_${randomBytes(32).toString('base64url')}`;
      await writeFile(good, `${secret}\n`);
      await writeFile(bad, 'something else that is secret');
      const args = ['key', 'create', '--name', 'the application', '--role', 'operator', '--json', '--secret-file'];
      const made = await kustodia([...args, good], { DATABASE_URL: databaseUrl });
      expect([made.code, (made.last() as { secret: string }).secret]).toEqual([0, secret]);
      expect(await findApiKey(world.db, secret)).toMatchObject({ role: 'operator' });
      const refused = await kustodia([...args, bad], { DATABASE_URL: databaseUrl });
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('holds no secret of a key')]);
      expect(refused.err).not.toContain('something else');
      const gone = await kustodia([...args, join(folder, 'gone')], { DATABASE_URL: databaseUrl });
      expect([gone.code, gone.err]).toEqual([1, expect.stringContaining('cannot be read')]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('are made in the database, and work', async () => {
    const made = await kustodia(['key', 'create', '--name', 'console', '--role', 'viewer', '--json'], {
      DATABASE_URL: databaseUrl,
    });
    const { secret } = made.last() as { secret: string };
    expect(secret).toMatch(/^kus_[A-Za-z0-9_-]{43}$/);
    expect(await findApiKey(world.db, secret)).toMatchObject({ name: 'console', role: 'viewer' });
  });

  test('cannot be made where there is no database or no table', async () => {
    const args = ['key', 'create', '--name', 'x', '--role', 'viewer'];
    expect((await kustodia(args, { DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:9/none' })).code).toBe(3);
    const empty = await kustodia(args, { DATABASE_URL: await postgres.createDatabase('empty') });
    expect([empty.code, empty.err]).toEqual([1, expect.stringContaining('start the reactor once')]);
  });
});

describe('what the house knows', () => {
  const seen = async (...args: string[]) => {
    const { code, out, err } = await kustodia(args, { ...environment, KUSTODIA_API_KEY: world.keys.admin });
    expect([args, code, err]).toEqual([args, 0, '']);
    return out;
  };

  test('where all money is and what is wrong; each alert that is open, and those that are gone', async () => {
    const at = new Date();
    const told = { openedAt: at, toldAt: at, repeatAt: at, tellings: 1 };
    const opened = { key: 'x', kind: 'gas-low', severity: 'warn', ...told } as const;
    await world.db.insert(alert).values({ ...opened, id: randomUUID(), sentence: 'Gas is low.' });
    const gone = { ...opened, key: 'y', sentence: 'Juno was slow.', closedAt: at };
    await world.db.insert(alert).values({ ...gone, id: randomUUID(), kind: 'juno-slow' });
    const [payer, recipient] = await people();
    const made = await kustodia(['payment', 'create', ...createArgs(payer, recipient, { amount: '777.00' }), '--json']);
    const { id } = made.last() as { id: string };
    await world.db
      .update(leg)
      .set({ attentionCode: 'juno_holds_deposit', attentionText: 'Juno holds it.', attentionOwner: 'operations' })
      .where(eq(leg.paymentId, id));
    const overview = await seen('overview');
    expect(overview).toMatch(/gas-low[\s\S]*Gas is low\.[\s\S]*for a person +1 legs[\s\S]*the RPC is silent/);
    expect(await seen('alert', 'list')).toMatch(/warn +gas-low.*open +Gas is low\./);
    expect(await seen('alert', 'list', '--gone')).toMatch(/juno-slow.*Juno was slow\./);
    expect(await seen('payment', 'attention')).toMatch(
      new RegExp(`${id} +requested +777.00.*operations +Juno holds it\\.`),
    );
    expect(await seen('payment', 'attention', '--which', 'returned')).toBe('Nothing.');
    expect(await seen('payment', 'search', '777')).toMatch(new RegExp(`amount +\\d+ +${id} +needs_attention +777.00`));
    expect((await seen('payment', 'export', '--status', 'needs_attention')).split('\n')).toContainEqual(
      expect.stringContaining(id),
    );
    expect(await seen('payment', 'list', '--from', '2001-01-01', '--to', '2001-01-02')).toBe('No payments.');
  });

  test('who would be added and when Juno was last read, and nothing is done', async () => {
    const users = await world.db.$count(user);
    expect(await seen('user', 'create', '--name', 'Eva Luz', '--email', 'eva@example.mx', '--dry-run')).toMatch(
      /^Eva Luz, eva@example\.mx, would be added[\s\S]*Nothing was changed/,
    );
    expect(await world.db.$count(user)).toBe(users);
    expect((await kustodia(['user', 'create', '--name', 'Eva', '--email', 'eva', '--dry-run'])).code).toBe(1);
    const sync = ['juno', 'sync', '--reason', 'a drill', '--dry-run'] as const;
    expect(await seen(...sync)).toMatch(/^It was last read never[\s\S]*Nothing was changed/);
    await world.db
      .insert(heartbeat)
      .values({ name: 'intake', at: new Date(0), detail: {} })
      .onConflictDoNothing();
    expect(await seen(...sync)).toContain('It was last read 1970-01-01T00:00:00.000Z');
  });

  test('what was done, what came in, how Juno answers, and what the wallet sent', async () => {
    await world.db.insert(webhookIn).values({
      ...{ source: 'juno', digest: 'd', body: new Uint8Array(3), size: 3, headers: {}, hint: { id: 'tx-1' } },
      ...{ signature: 'unsigned', isReadable: true },
    });
    expect(await seen('webhook', 'received')).toMatch(/juno.*unsigned +3 bytes +\{"id":"tx-1"\}/);
    expect(await seen('audit', 'list', '--limit', '1')).toMatch(/who +role +what[\s\S]*\nMore: --cursor a\d+/);
    expect(await seen('audit', 'list', '--subject', 'switch:all')).toBe('Nothing.');
    expect(await seen('juno', 'rails')).toMatch(/The breaker is closed[\s\S]*0 of \d+ calls/);
    expect(await seen('chain', 'show')).toMatch(/head +not known[\s\S]*No reorganisation was seen/);
    expect(await seen('wallet', 'transactions')).toBe('None.');
    await seen('guard', 'stop', 'rail:chain', '--reason', 'a drill');
    expect(await seen('guard', 'show', 'rail:chain')).toMatch(/^“rail:chain” is off: a drill \(the admin at /);
    expect(await seen('guard', 'show', 'rail:juno')).toMatch(/^“rail:juno” is open/);
  });

  test('whose each key is, and a key is revoked', async () => {
    const { id } = await createApiKey(world.db, { name: 'lost', role: 'viewer' });
    expect(await seen('key', 'list')).toMatch(
      new RegExp(`${id} +lost +viewer .* no +0\\n[\\s\\S]*the admin +admin .*yours`),
    );
    expect(await seen('key', 'revoke', id, '--reason', 'it was lost', '--dry-run')).toContain('Nothing was changed');
    expect(await seen('key', 'revoke', id, '--reason', 'it was lost')).toMatch(/“lost” is revoked/);
    expect(await seen('key', 'list')).toMatch(new RegExp(`${id} +lost +viewer +\\S+ +20`));
    expect((await kustodia(['key', 'list'])).code).toBe(1);
  });
});

describe('doctor', () => {
  test('says what is wrong of the settings, and no secret', async () => {
    const told = await kustodia(['doctor', '--json'], { CHAIN_ID: 'x', KUSTODIA_KEY_SECRET: 'much-too-short' });
    expect(told.code).toBe(1);
    expect(told.out).toContain('✗ DATABASE_URL: not set, and needed');
    expect(told.out).toMatch(/✗ CHAIN_ID: /);
    expect(told.out).toMatch(/✗ KUSTODIA_KEY_SECRET: /);
    expect(told.out).not.toContain('much-too-short');
    expect(told.last()).toMatchObject({ ok: false });
  });

  test('tells what answers from what does not, and what to do', async () => {
    const told = await kustodia(['doctor'], {
      ...environment,
      DATABASE_URL: databaseUrl,
      CHAIN_ID: '31337',
      ETH_RPC_URL: NOWHERE,
      ESCROW_CONTRACT_ADDRESS: `0x${'1'.repeat(40)}`,
      MXNB_CONTRACT_ADDRESS: `0x${'2'.repeat(40)}`,
      ESCROW_BRIDGE_WALLET: `0x${'3'.repeat(40)}`,
      ESCROW_PRIVATE_KEY: `0x${'4'.repeat(64)}`,
      JUNO_DEPOSIT_ADDRESS: `0x${'5'.repeat(40)}`,
      JUNO_ENV: 'sandbox',
      JUNO_BASE_URL: NOWHERE,
      JUNO_STAGE_API_KEY: 'key',
      JUNO_STAGE_API_SECRET: 'a-secret-of-juno',
      KUSTODIA_KEY_SECRET: 'a secret for tests that is long enough',
      INDEXER_URL: NOWHERE,
    });
    expect(told.code).toBe(1);
    expect(told.out).toMatch(/✓ database: Postgres \d+/);
    expect(told.out).toMatch(/✓ migrations: all \d+ are applied/);
    expect(told.out).toMatch(/✓ reactor: /);
    for (const name of ['RPC', 'chain id', 'bridge gas', 'Juno', 'indexer ready', 'indexer lag'])
      expect(told.out).toMatch(new RegExp(`^✗ ${name}: .+ → .+`, 'm'));
    expect(told.out).not.toMatch(/4{64}|a-secret-of-juno|long enough/);
  });
});

test('the command runs through a link, from anywhere, whatever node is first in the path', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-'));
  try {
    const link = join(folder, 'kustodia');
    await symlink(fileURLToPath(new URL('../../src/cli/kustodia.sh', import.meta.url)), link);
    const { stdout } = await promisify(execFile)(link, ['--help'], { cwd: folder, env: { PATH: '/usr/bin:/bin' } });
    expect(stdout).toContain('Usage: kustodia');
  } finally {
    await rm(folder, { recursive: true });
  }
});
