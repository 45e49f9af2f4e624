import { createHash, randomUUID } from 'node:crypto';
import { openChain } from '../../src/chain/door.ts';
import { createJunoClient } from '../../src/juno/client.ts';
import { clabeControlDigit } from '../../src/money/clabe.ts';
import { idsOf } from '../../src/reactor/cell.ts';
import type { Context } from '../../src/reactor/context.ts';
import { migrateDatabase, openDatabase } from '../../src/reactor/db/client.ts';
import { depositClabe } from '../../src/reactor/db/schema.ts';
import { createApp } from '../../src/reactor/http/app.ts';
import type { Health } from '../../src/reactor/http/health.ts';
import { openBankAccounts } from '../../src/reactor/intake/bank-accounts.ts';
import { createLogger } from '../../src/reactor/log.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { readSettings } from '../../src/reactor/settings.ts';
import { openSigning } from '../../src/reactor/signing.ts';
import { createWatchdog } from '../../src/reactor/watch/watchdog.ts';
import { clear } from '../support/fixtures.ts';
import { NO_LIMIT } from '../support/no-limit.ts';

const address = (digit: string) => `0x${digit.repeat(40)}`;
/** Nothing listens here: whatever a request asks of chain or Juno has to wait or to be left out. */
const NOWHERE = 'http://127.0.0.1:9';

/** A CLABE of 17 chosen digits with its right control digit. */
export const clabeOf = (first17: string): string => `${first17}${clabeControlDigit(first17)}`;

export const ALL_WELL: Health = {
  status: 'ok',
  timestamp: '2026-01-01T00:00:00.000Z',
  automation: { ok: true, sentence: 'Nothing is stuck.' },
  database: { ok: true, sentence: 'Postgres answers.' },
  indexer: { ok: true, sentence: 'The indexer is at the head.' },
  chain: { ok: true, sentence: 'The RPC answers.' },
  juno: { ok: true, sentence: 'Juno answers.' },
};

/** The reactor's outside over a fresh, migrated database, with a key for each role and a queue that only remembers. */
export async function openWorld(databaseUrl: string, environment: Readonly<Record<string, string>> = {}) {
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    CHAIN_ID: '31337',
    ETH_RPC_URL: NOWHERE,
    ESCROW_CONTRACT_ADDRESS: address('1'),
    MXNB_CONTRACT_ADDRESS: address('2'),
    ESCROW_BRIDGE_WALLET: address('3'),
    ESCROW_PRIVATE_KEY: `0x${'4'.repeat(64)}`,
    JUNO_DEPOSIT_ADDRESS: address('5'),
    JUNO_ENV: 'sandbox',
    JUNO_BASE_URL: NOWHERE,
    JUNO_STAGE_API_KEY: 'key',
    JUNO_STAGE_API_SECRET: 'secret',
    KUSTODIA_KEY_SECRET: 'a secret for tests that is long enough',
    ...environment,
  });
  const db = openDatabase(databaseUrl, { max: 8 });
  await migrateDatabase(db);
  const queue = memoryQueue();
  const logged: string[] = [];
  let health = ALL_WELL;
  let measured = 0;
  let passed_ms = 0;
  const now = () => new Date();
  const chain = openChain({ chainId: 31337, rpcUrl: NOWHERE, escrow: settings.escrow, token: settings.token });
  const juno = createJunoClient({
    ...{ baseUrl: NOWHERE, apiKey: 'unused', apiSecret: 'unused', timeout_ms: 1_000 },
    ...openSigning(db, settings),
    acquire: async () => undefined,
    log: () => undefined,
  });
  const ctx: Context = {
    settings,
    db,
    // Juno is nowhere: whatever asks it is told that it does not answer.
    juno,
    bitso: null,
    bankAccounts: openBankAccounts({ juno, monotonic: () => performance.now() }),
    junoLimit: NO_LIMIT,
    chain,
    queue,
    watchdog: createWatchdog({
      db,
      chain,
      lagBound_s: settings.indexerLagBound_s,
      now,
      onHead: () => undefined,
      onReorg: () => undefined,
    }),
    log: createLogger('test', 'debug', { write: (line: string) => void logged.push(line) }),
    holder: 'test',
    now,
    monotonic: () => performance.now() + passed_ms,
    newId: idsOf(settings.cell, randomUUID),
  };
  const app = createApp(ctx, {
    health: async () => {
      measured += 1;
      return health;
    },
  });
  const [viewer, operator, approver, admin, screener, agent] = await Promise.all(
    (['viewer', 'operator', 'approver', 'admin', 'screener', 'agent'] as const).map(
      async (role) => (await createApiKey(db, { name: `the ${role}`, role })).secret,
    ),
  );
  const keys = {
    ...{ viewer: viewer ?? '', operator: operator ?? '', approver: approver ?? '', admin: admin ?? '' },
    ...{ screener: screener ?? '', agent: agent ?? '' },
  };

  const get = (path: string, key = keys.operator) => app.request(path, { headers: { authorization: `Bearer ${key}` } });
  const post = (path: string, body: unknown, { key = keys.operator, idempotencyKey = randomUUID() as string } = {}) =>
    app.request(path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  /** Does what the reactor's user lane does once Juno has answered. */
  const assignClabe = async (userId: string): Promise<string> => {
    const digits = BigInt(`0x${createHash('sha256').update(userId).digest('hex').slice(0, 12)}`)
      .toString()
      .padStart(14, '0');
    const clabe = clabeOf(`710${digits.slice(-14)}`);
    await db.insert(depositClabe).values({ clabe, userId });
    return clabe;
  };
  const restoreQueue = () =>
    queue.work(async (job) => void (job.lane === 'user' && (await assignClabe(job.id))), { concurrency: 4 });
  await restoreQueue();

  const createUser = async (fullName = 'María Pérez'): Promise<{ id: string; depositClabe: string }> => {
    const response = await post('/api/v1/users', { fullName, email: 'maria@example.mx' });
    const made = (await response.json()) as { id: string; depositClabe: string };
    await clear(db, made.id);
    return made;
  };

  return {
    app,
    ctx,
    db,
    queue,
    logged,
    keys,
    get,
    post,
    createUser,
    assignClabe,
    restoreQueue,
    setHealth: (next: Health) => {
      health = next;
    },
    /** How often the health was measured. */
    measured: () => measured,
    /** Time of this process that goes by at once. */
    pass: (ms: number) => {
      passed_ms += ms;
    },
    close: () => db.$client.end(),
  };
}

export type World = Awaited<ReturnType<typeof openWorld>>;
