import { setTimeout as delay } from 'node:timers/promises';
import { createApi } from '../local/api.ts';
import { armFault, clearFaults, readFaults } from '../local/juno.ts';
import { startWorld, type World } from '../local/world.ts';
import { measureTakeover, waitForPoint } from './coverage.ts';
import { judgeStories, readFarEnd, type Verdict } from './judge.ts';
import { type Blow, describeBlow, type Plan, REACTORS, type Wire } from './plan.ts';
import { openProxy, type TcpProxy } from './proxy.ts';
import type { Blackout } from './reasons.ts';
import { openStories } from './stories.ts';
import { type Supervisor, supervise } from './supervise.ts';
import { logSilent, readSends, waitForStories } from './wait.ts';

const PATIENCE_MS = 120_000;
const PAYERS = 5;
/** Who cannot even ask by then never will: the run breaks off and says so. */
const TELL_MS = 180_000;
/** A kill waits for so long for the point that it is meant for. */
const AIM_MS = 4_000;
/** Short enough for a run, and in the same order as the true ones. */
const SETTINGS = {
  JUNO_TIMEOUT_MS: '2000',
  JUNO_CREDIT_BOUND_S: '30',
  JUNO_RATE_WINDOW_S: '1',
  JUNO_RATE_PER_MINUTE: '80',
};
const DELAYS = { issuance: 200, withdrawal: 300, credit: 300, redemption: 500, bitso: 300 };

export type RunReport = Verdict & Readonly<{ recoveries_ms: readonly number[]; points: ReadonlySet<string> }>;

/** One run: a world of its own, its plan carried out upon it, and the verdict of its far end. */
export async function runPlan(plan: Plan, log: (line: string) => void, signal?: AbortSignal): Promise<RunReport> {
  const wires = new Map<Wire, TcpProxy>();
  const ended = new AbortController();
  const open = async (wire: Wire, address: string): Promise<string> => {
    const url = new URL(address);
    const proxy = await openProxy(Number(url.port));
    wires.set(wire, proxy);
    url.port = String(proxy.port);
    return url.href.replace(/\/$/, '');
  };
  let world: World | undefined;
  try {
    world = await startWorld({
      reactors: REACTORS.length,
      sandbox: { ratePerMinute: 6_000, delays: DELAYS },
      settings: SETTINGS,
      between: async ({ database, sandbox, chain }) => ({
        database: await open('postgres', database),
        sandbox: await open('juno', sandbox),
        chain: await open('chain', chain),
      }),
      log,
      signal,
    });
    return await tell(world, wires, plan, log, ended.signal);
  } finally {
    ended.abort();
    for (const proxy of wires.values()) proxy.resume();
    await world?.stop();
    await Promise.all([...wires.values()].map((proxy) => proxy.close()));
  }
}

async function tell(
  world: World,
  wires: ReadonlyMap<Wire, TcpProxy>,
  plan: Plan,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<RunReport> {
  const api = createApi(world.urls.reactors, world.apiKey, {
    patience_ms: PATIENCE_MS,
    screenerKey: world.screenerKey,
    signal,
  });
  const stories = openStories({
    api,
    deposit: world.deposit,
    seed: plan.seed,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TELL_MS)]),
  });
  await Promise.all(Array.from({ length: PAYERS }, () => stories.addPayer()));
  const supervisor = supervise(world, log);
  const points = new Set<string>();
  const takeovers: Promise<number[]>[] = [];
  const blackouts: Blackout[] = [];
  const began = performance.now();
  const since = () => performance.now() - began;
  const at = async (at_ms: number) => delay(Math.max(0, at_ms - since()), undefined, { signal });
  try {
    await together([
      ...plan.stories.map(async (story) => {
        await at(story.at_ms);
        await (story.hasTwin ? stories.tellTwins(story) : stories.tell(story));
      }),
      ...plan.blows.map(async (one) => {
        await at(one.at_ms);
        log(`${Math.round(since())} ms: ${describeBlow(one)}`);
        if (one.do === 'kill' && 'aim' in one) {
          for (const point of await waitForPoint(world, one.aim, AIM_MS)) points.add(point);
          const { pid, exited } = supervisor.process(one.what);
          takeovers.push(exited.then(() => measureTakeover(world, pid)));
        }
        const from_ms = Date.now();
        const died_ms = await strike(world, wires, supervisor, one, signal);
        // Whom a reactor's death interrupted was being sent at that moment; the others work on while it is down.
        if (!isAboutSends(one)) return;
        blackouts.push(died_ms === null ? { from_ms, to_ms: Date.now() } : { from_ms: died_ms, to_ms: died_ms });
      }),
    ]);
    await clearFaults(world.sandboxBooks);
    log('nothing strikes any more; the stories come to their ends');
    const reasons = await waitForStories(world, stories.all());
    await logSilent(world, api, stories.all(), reasons, log);
    const marked = [...reasons.keys()].flatMap(({ payments }) => payments);
    const [{ strikes }, sends] = [await readFaults(world.sandboxBooks), await readSends(world, marked)];
    const farEnd = await readFarEnd(world);
    const suffered = { strikes, blackouts, sends };
    const verdict = judgeStories({ stories: stories.all(), farEnd, reasons, suffered, deaths: supervisor.deaths() });
    return { ...verdict, points, recoveries_ms: (await Promise.all(takeovers)).flat() };
  } finally {
    await supervisor.stop();
  }
}

/** Whether a send, or its answer, or what is written down of it, can be lost by it. What Juno does of itself says so itself. */
const isAboutSends = (one: Blow): boolean => one.do !== 'fault' && !['indexer', 'anvil', 'chain'].includes(one.what);

/** Answers when a reactor died, where one was killed (epoch milliseconds). */
async function strike(
  world: World,
  wires: ReadonlyMap<Wire, TcpProxy>,
  supervisor: Supervisor,
  one: Blow,
  signal: AbortSignal,
): Promise<number | null> {
  switch (one.do) {
    case 'kill': {
      const died_ms = await supervisor.kill(one.what, one.down_ms);
      return 'aim' in one ? died_ms : null;
    }
    case 'restart':
      await supervisor.restart(one.what);
      return null;
    case 'pause': {
      const { pid } = one.what === 'anvil' ? world.anvil : supervisor.process(one.what);
      signalGroup(pid, 'SIGSTOP');
      await delay(one.ms, undefined, { signal }).finally(() => signalGroup(pid, 'SIGCONT'));
      return null;
    }
    case 'cut':
      wires.get(one.what)?.cut();
      return null;
    case 'silence': {
      const wire = wires.get(one.what);
      wire?.pause();
      await delay(one.ms, undefined, { signal }).finally(() => wire?.resume());
      return null;
    }
    case 'fault':
      await armFault(world.sandboxBooks, one.fault);
      return null;
  }
}

/** It may have been killed meanwhile. */
function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits for all of them; then throws the first failure, if there was one. */
async function together(all: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(all);
  await Promise.all(all);
}
