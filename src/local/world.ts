import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildContracts } from '../../contracts/scripts/build.ts';
import type { EscrowVersion } from '../chain/escrow-versions.ts';
import { migrateDatabase, openDatabase } from '../reactor/db/client.ts';
import { makeLogin } from '../reactor/db/logins.ts';
import { createApiKey } from '../reactor/people/api-key.ts';
import { type LocalAnvil, startAnvil } from './anvil.ts';
import { type Api, createApi } from './api.ts';
import { deployContracts, type LocalContracts } from './contracts.ts';
import { settleOnFork } from './fork.ts';
import { payDeposit, readOutbox, readState, readTransactions, type SandboxBooks } from './juno.ts';
import { startKeeper } from './keeper.ts';
import { callsLeft, environmentsOf, type SandboxOptions, type Secrets } from './parts.ts';
import { claimPorts, FREE_PORTS, freePort, type Ports } from './ports.ts';
import { borrowPostgres, type LocalPostgres, startPostgres } from './postgres.ts';
import { type LocalProcess, startProcess } from './process.ts';
import { type Fork, openUpstream, type Upstream } from './upstream.ts';

const SOURCE = join(import.meta.dirname, '..');
const FETCH_TIMEOUT_MS = 2_000;

export type StartWorldParameters = Readonly<{
  /** How many reactors share the database; 1 unless told. The first one has the port that was asked for. */
  reactors?: number;
  /** Whether they run when the world is ready; true unless told. Those that do not are started by `restartReactor`. */
  hasReactorsRunning?: boolean;
  /** What a reactor runs, when not src/reactor/main.ts. */
  reactorMain?: string | undefined;
  sandbox?: SandboxOptions;
  /** Which escrow contracts are deployed: the first is in use, the others are indexed beside. Our own alone unless told. */
  escrows?: readonly EscrowVersion[] | undefined;
  /** The chain that the world stands on a fork of, with that chain's own contracts; on an empty one unless told. */
  fork?: Fork | undefined;
  /** Settings of the reactors beyond those that a world needs, by their names in .env.example. */
  settings?: Readonly<Record<string, string>>;
  /** The same of the indexer; an empty one takes a setting away. */
  indexerSettings?: Readonly<Record<string, string>>;
  /** Settings of our own Postgres beyond those that a world needs. */
  postgresSettings?: Readonly<Record<string, string>>;
  /** Puts something between the reactors and what they reach; answers the addresses to reach it by. */
  between?: ((reached: Reached) => Promise<Reached>) | undefined;
  /** All free ones unless told. */
  ports?: Ports;
  /** A server to make the world's database on, rather than a Postgres of our own. */
  databaseUrl?: string | undefined;
  /** Is told in a sentence of each part that is ready. */
  log?: (line: string) => void;
  /** Gives up starting and stops what was started. */
  signal?: AbortSignal | undefined;
}>;

/** Where a reactor finds its database, Juno and the chain. */
export type Reached = Readonly<{ database: string; sandbox: string; chain: string }>;

export type World = Readonly<{
  folder: string;
  /** `reactor` is the first of `reactors`. */
  urls: Readonly<{
    reactor: string;
    reactors: readonly string[];
    indexer: string;
    sandbox: string;
    chain: string;
    database: string;
  }>;
  contracts: LocalContracts;
  apiKey: string;
  /** Of the source that says who is cleared. */
  screenerKey: string;
  /** A file that a shell can source: all that the command line needs to reach this world, doctor included. */
  environmentFile: string;
  sandboxBooks: SandboxBooks;
  api: Api;
  postgres: LocalPostgres;
  anvil: LocalAnvil;
  sandbox: LocalProcess;
  /** As they are now: a restart puts another in the place. */
  indexer: () => LocalProcess;
  reactors: () => readonly LocalProcess[];
  /** Stops it, if it still runs, and starts it again with the same environment. */
  restartReactor: (index: number) => Promise<void>;
  restartIndexer: () => Promise<void>;
  outbox: () => ReturnType<typeof readOutbox>;
  state: () => ReturnType<typeof readState>;
  transactions: () => ReturnType<typeof readTransactions>;
  /** Plays the payer: pesos, as decimal text, arrive at a CLABE by SPEI, from that of the sender where one is named. */
  deposit: (clabe: string, amount: string, sender?: string) => Promise<void>;
  isStopping: () => boolean;
  /** Stops everything, the reactors first and the database last, and removes the folder. Safe to call again. */
  stop: () => Promise<void>;
}>;

/**
 * Starts a whole world on 127.0.0.1: Postgres, a chain with the contracts, the sandbox, the indexer, the approver, the reactors. Chain and
 * database are always new, and die together. If any part fails, everything already started is stopped before it throws.
 *
 * @example
 * const world = await startWorld({ reactors: 2 });
 * const payer = await world.api.createUser({ fullName: 'Ana Ruiz', email: 'ana@example.com' });
 * await world.stop();
 */
export async function startWorld(parameters: StartWorldParameters = {}): Promise<World> {
  const {
    reactors: count = 1,
    hasReactorsRunning = true,
    reactorMain = join(SOURCE, 'reactor', 'main.ts'),
    sandbox: options = {},
    settings = {},
    indexerSettings = {},
    postgresSettings = {},
    databaseUrl,
    log = () => undefined,
    signal,
  } = parameters;
  const ports = await claimPorts(parameters.ports ?? FREE_PORTS);
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-'));
  const keeper = startKeeper(folder);
  const secrets: Secrets = {
    apiKey: hex(8),
    apiSecret: hex(32),
    adminToken: hex(16),
    keySecret: hex(32),
    approverToken: hex(32),
  };

  // Stopped from the last to the first: whoever moves money goes before what it stands on.
  const running = {
    postgres: undefined as LocalPostgres | undefined,
    upstream: undefined as Upstream | undefined,
    anvil: undefined as LocalAnvil | undefined,
    sandbox: undefined as LocalProcess | undefined,
    indexer: undefined as LocalProcess | undefined,
    approver: undefined as LocalProcess | undefined,
    reactors: [] as LocalProcess[],
  };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      const { reactors, indexer, approver, sandbox, anvil, upstream, postgres } = running;
      const failures: unknown[] = [];
      for (const layer of [reactors, [indexer, approver], [sandbox], [anvil], [postgres]]) {
        const ended = await Promise.allSettled(layer.map((part) => part?.stop()));
        failures.push(...ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : [])));
      }
      await upstream?.close();
      await keeper.close();
      if (failures.length > 0) throw failures[0];
    })();
    return stopping;
  };
  const timed = async <T>(what: string, start: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const started = await start();
    log(`${what} ready in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    return started;
  };

  try {
    const local = { folder, keeper, signal };
    const upstream = parameters.fork && (await openUpstream(parameters.fork));
    running.upstream = upstream;
    const [, anvil, postgres] = await all([
      timed('Contracts', buildContracts),
      timed('Chain', async () => {
        running.anvil = await startAnvil({ ...local, port: ports.anvil, fork: upstream });
        return running.anvil;
      }),
      timed('Postgres', async () => {
        running.postgres =
          databaseUrl === undefined
            ? await startPostgres({ ...local, port: ports.postgres, settings: postgresSettings })
            : await borrowPostgres(databaseUrl);
        return running.postgres;
      }),
    ]);
    const [contracts, { apiKey, screenerKey, logins }] = await all([
      timed('Deployment', () =>
        upstream ? settleOnFork(anvil, upstream, log) : deployContracts(anvil, parameters.escrows),
      ),
      timed('Database', () => prepareDatabase(postgres.url, databaseUrl === undefined)),
    ]);

    const reactorPorts = [ports.reactor, ...(await Promise.all(Array.from({ length: count - 1 }, freePort)))];
    const reactorUrls = reactorPorts.map((port) => `http://127.0.0.1:${port}`);
    const urls = {
      reactor: `http://127.0.0.1:${ports.reactor}`,
      reactors: reactorUrls,
      indexer: `http://127.0.0.1:${ports.indexer}`,
      sandbox: `http://127.0.0.1:${ports.sandbox}`,
      chain: anvil.url,
      database: postgres.url,
    };
    const environments = environmentsOf({
      ...{ ports, urls, logins, anvil, contracts, secrets, options, settings },
      approver: { port: await freePort(), journal: join(folder, 'approver.jsonl') },
    });
    const near = { ...urls, database: logins.reactor };
    const reached = (await parameters.between?.(near)) ?? near;
    const through = {
      DATABASE_URL: reached.database,
      JUNO_BASE_URL: reached.sandbox,
      BITSO_BASE_URL: reached.sandbox,
      ETH_RPC_URL: reached.chain,
    };
    const isListening = (output: string) => output.includes('"event":"listening"');
    const startSandbox = () =>
      startProcess({
        ...local,
        name: 'sandbox',
        args: [join(SOURCE, 'sandbox', 'main.ts')],
        env: environments.sandbox,
        readyWhen: isListening,
      });
    const startIndexer = () =>
      startProcess({
        ...local,
        name: 'indexer',
        args: [join(SOURCE, 'indexer', 'main.ts')],
        env: { ...environments.indexer, ...indexerSettings },
        readyWhen: () => isOk(`${urls.indexer}/ready`),
        readyTimeoutMs: 120_000,
        // Ponder leaves its lock behind on SIGTERM, and takes some seconds to end.
        stopSignal: 'SIGINT',
        stopTimeoutMs: 20_000,
      });
    const startApprover = (env: Readonly<Record<string, string>>) =>
      startProcess({
        ...local,
        name: 'approver',
        args: [join(SOURCE, 'approver', 'main.ts')],
        env,
        readyWhen: isListening,
      });
    const startReactor = (index: number) =>
      startProcess({
        ...local,
        name: `reactor-${index + 1}`,
        args: [reactorMain],
        env: { ...environments.reactor(reactorPorts[index] ?? 0), ...(parameters.between && through) },
        readyWhen: isListening,
        stopTimeoutMs: 15_000,
      });

    const [sandbox] = await all([
      timed('Sandbox', async () => {
        running.sandbox = await startSandbox();
        return running.sandbox;
      }),
      timed('Indexer', async () => {
        running.indexer = await startIndexer();
      }),
      environments.approver &&
        timed('Approver', async () => {
          running.approver = await startApprover(environments.approver ?? {});
        }),
    ]);
    await all(
      (hasReactorsRunning ? reactorPorts : []).map((_, i) =>
        timed(count === 1 ? 'Reactor' : `Reactor ${i + 1}`, async () => {
          running.reactors[i] = await startReactor(i);
        }),
      ),
    );

    const environmentFile = join(folder, 'environment');
    const cli = {
      KUSTODIA_URL: urls.reactor,
      KUSTODIA_API_KEY: apiKey,
      KUSTODIA_SCREENER_KEY: screenerKey,
      INDEXER_URL: urls.indexer,
      AUDIT_DATABASE_URL: logins.auditor,
      DATABASE_OWNER_URL: postgres.url,
      AUDIT_RATE_PER_MINUTE: String(callsLeft(options)),
    };
    const lines = Object.entries({ ...environments.indexer, ...environments.reactor(ports.reactor), ...cli });
    // Readable by its owner alone: it holds the world's secrets, which are worth nothing beyond it.
    await writeFile(environmentFile, lines.map(([name, value]) => `${name}='${value}'\n`).join(''), { mode: 0o600 });
    const sandboxBooks = { url: urls.sandbox, adminToken: secrets.adminToken };
    const present = <T>(part: T | undefined): T => {
      if (part === undefined) throw new Error('the world has no such part');
      return part;
    };
    return {
      folder,
      urls,
      contracts,
      apiKey,
      screenerKey,
      environmentFile,
      sandboxBooks,
      api: createApi(urls.reactor, apiKey, { screenerKey }),
      postgres,
      anvil,
      sandbox,
      indexer: () => present(running.indexer),
      reactors: () => running.reactors,
      restartReactor: async (index) => {
        await running.reactors[index]?.stop();
        running.reactors[index] = await startReactor(index);
      },
      restartIndexer: async () => {
        await running.indexer?.stop();
        running.indexer = await startIndexer();
      },
      outbox: () => readOutbox(sandboxBooks),
      state: () => readState(sandboxBooks),
      transactions: () => readTransactions(sandboxBooks),
      deposit: (clabe, amount, sender) =>
        payDeposit(sandboxBooks, {
          clabe,
          amount,
          sender,
          amountAs: options.switches?.['requestAmount'] === 'number' ? 'number' : 'text',
        }),
      isStopping: () => stopping !== undefined,
      stop,
    };
  } catch (cause) {
    await stop().catch(() => undefined);
    throw cause;
  }
}

/** Where each process finds the database. */
export type Logins = Readonly<Record<'indexer' | 'reactor' | 'auditor' | 'approver', string>>;
type Prepared = Readonly<{ apiKey: string; screenerKey: string; logins: Logins }>;

/**
 * Brings the schema up to date and makes the keys by which people, the command line and the source of screenings get in. On a server of
 * our own each process has a login that may do its work alone: on a borrowed one they would outlive the world.
 */
async function prepareDatabase(url: string, isOurs: boolean): Promise<Prepared> {
  const db = openDatabase(url, { max: 2 });
  try {
    await migrateDatabase(db);
    const { secret: apiKey } = await createApiKey(db, { name: 'local world', role: 'admin' });
    const { secret: screenerKey } = await createApiKey(db, { name: 'local screening', role: 'screener' });
    const loginOf = async (role: keyof Logins): Promise<string> => {
      if (!isOurs) return url;
      const login = new URL(url);
      login.username = role;
      login.password = (await makeLogin(db, { name: role, role })).password;
      return login.href;
    };
    const logins = {
      indexer: await loginOf('indexer'),
      reactor: await loginOf('reactor'),
      auditor: await loginOf('auditor'),
      approver: await loginOf('approver'),
    };
    return { apiKey, screenerKey, logins };
  } finally {
    await db.$client.end();
  }
}

/** Like Promise.all, but waits for every one to end before it throws: what is half started cannot be stopped. */
async function all<const T extends readonly unknown[]>(parts: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(parts);
  return Promise.all(parts);
}

const hex = (size: number) => randomBytes(size).toString('hex');

const isOk = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
