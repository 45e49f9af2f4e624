import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Keeper } from './keeper.ts';
import { killGroup } from './kill-group.ts';

/** How much of what a process printed is remembered, in characters. All of it is in its log file. */
const REMEMBERED = 64 * 1024;
const SHOWN_LINES = 25;
const READY_POLL_MS = 50;
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

export class LocalError extends Error {
  override readonly name = 'LocalError';
}

export type Exit = Readonly<{ code: number | null; signal: NodeJS.Signals | null }>;

/** A process of the local world. */
export type LocalProcess = Readonly<{
  name: string;
  pid: number;
  /** What it printed last, at most 64 Ki characters. */
  output: () => string;
  /** Resolves when it has ended; never rejects. */
  exited: Promise<Exit>;
  /** Asks it to end, waits a bounded time, then kills it and all that it started. Safe to call again. */
  stop: (signal?: NodeJS.Signals) => Promise<Exit>;
  /** What a power cut does: SIGKILL to it and all that it started. */
  kill9: () => Promise<Exit>;
}>;

export type StartProcessParameters = Readonly<{
  name: string;
  /** Node 24 itself unless another binary is named. */
  command?: string;
  args: readonly string[];
  /** All of its environment but PATH, HOME and the like: nothing else of ours is inherited, so no credential is. */
  env?: Readonly<Record<string, string>>;
  /** Where its log file goes. */
  folder: string;
  /** Asked every 50 ms, with what it printed so far, until it says true. */
  readyWhen: (output: string) => boolean | Promise<boolean>;
  readyTimeoutMs?: number;
  stopSignal?: NodeJS.Signals;
  stopTimeoutMs?: number;
  /** Whom it runs as, when not as us. */
  owner?: Readonly<{ uid: number; gid: number }>;
  keeper: Keeper;
  /** Gives up waiting, and stops what was started. */
  signal?: AbortSignal | undefined;
}>;

const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot', 'LOG_LEVEL', 'NODE_COMPILE_CACHE'];
/** Where the tests keep every log, and beside them what no log may hold. */
const KEPT = process.env['KUSTODIA_LOGS'];
const SECRET_NAME = /KEY|SECRET|TOKEN|PASSWORD/;
const SHORTEST_SECRET = 12;

/** The little of our own environment that every process of the world gets. */
export function baseEnvironment(): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  return { ...Object.fromEntries(inherited), TZ: 'UTC', NODE_NO_WARNINGS: '1' };
}

/**
 * Starts a process and waits until it is ready. Its standard input is a pipe that we hold, so it can see our end; it has a
 * process group of its own, so a Ctrl-C at the terminal reaches us alone and we end things in order.
 *
 * Throws a LocalError with the last lines that it printed when it dies or is not ready in time; nothing is left running then.
 */
export async function startProcess(parameters: StartProcessParameters): Promise<LocalProcess> {
  const { name, command = process.execPath, args, keeper, signal, owner } = parameters;
  signal?.throwIfAborted();
  const child = spawn(command, args, {
    env: { ...baseEnvironment(), ...parameters.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...owner,
  });
  const handle = watch(child, parameters);
  const { pid } = child;
  if (pid === undefined) {
    await handle.exited;
    throw new LocalError(`${name} could not be started: ${handle.output().trim()}`);
  }
  keeper.watch(pid);
  void handle.exited.then(() => keeper.forget(pid));

  const timeoutMs = parameters.readyTimeoutMs ?? READY_TIMEOUT_MS;
  const deadline = performance.now() + timeoutMs;
  let exit: Exit | undefined;
  void handle.exited.then((how) => {
    exit = how;
  });
  try {
    while (!(await parameters.readyWhen(handle.output()))) {
      signal?.throwIfAborted();
      if (exit) throw new LocalError(`${name} ended ${howItEnded(exit)} before it was ready.`);
      if (performance.now() > deadline) throw new LocalError(`${name} was not ready after ${timeoutMs / 1000} s.`);
      await delay(READY_POLL_MS);
    }
    signal?.throwIfAborted();
    return { ...handle, pid };
  } catch (cause) {
    await handle.stop();
    if (!(cause instanceof LocalError)) throw cause;
    throw new LocalError(`${cause.message} The last that it printed:\n${tail(handle.output())}`);
  }
}

/** For the search of the logs: the values that the process was given in confidence, a line each. */
function keepSecrets(path: string, env: Readonly<Record<string, string>>): void {
  const secrets = Object.entries(env)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => value.split(/[\n",]/))
    .filter((value) => value.length >= SHORTEST_SECRET && !value.startsWith('-----'));
  writeFileSync(path, secrets.join('\n'), { mode: 0o600 });
}

function watch(child: ChildProcess, parameters: StartProcessParameters): Omit<LocalProcess, 'pid'> {
  const { name, folder, stopSignal = 'SIGTERM', stopTimeoutMs = STOP_TIMEOUT_MS } = parameters;
  // Where logs are kept beyond their world, many of one name meet.
  const file = createWriteStream(KEPT ? join(KEPT, `${name}-${child.pid}.log`) : join(folder, `${name}.log`), {
    flags: 'a',
  });
  if (KEPT) keepSecrets(join(KEPT, `${name}-${child.pid}.secrets`), parameters.env ?? {});
  // A log that cannot be written must not end the world; what was printed is remembered all the same.
  file.on('error', () => undefined);
  let remembered = '';
  const remember = (chunk: Buffer | string) => {
    remembered = (remembered + chunk.toString()).slice(-REMEMBERED);
    file.write(chunk);
  };
  child.stdout?.on('data', remember);
  child.stderr?.on('data', remember);
  // Written to by nobody; it breaks when the process ends, which `exited` tells.
  child.stdin?.on('error', () => undefined);

  const exited = new Promise<Exit>((resolve) => {
    const end = (exit: Exit) => {
      file.end();
      resolve(exit);
    };
    child.once('error', (error) => {
      remember(`${error.message}\n`);
      if (child.pid === undefined) end({ code: null, signal: null });
    });
    child.once('exit', (code, signal) => end({ code, signal }));
  });
  const kill9 = async () => {
    if (child.pid !== undefined) killGroup(child.pid);
    return exited;
  };
  const stop = async (signal: NodeJS.Signals = stopSignal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const patience = new AbortController();
    const timer = delay(stopTimeoutMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([exited, timer]);
    patience.abort();
    return kill9();
  };
  return { name, output: () => remembered, exited, stop, kill9 };
}

const howItEnded = ({ code, signal }: Exit) => (signal ? `by ${signal}` : `with code ${code}`);
const tail = (output: string) => output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
