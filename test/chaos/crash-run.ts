import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Draw, drawFrom, pick } from '../../src/chaos/draw.ts';
import { isPaid, judgeStories, paidByAccount, readFarEnd, type Verdict } from '../../src/chaos/judge.ts';
import { openStories, type Story } from '../../src/chaos/stories.ts';
import { readAttention, readSends, reasonsOf, waitForStories } from '../../src/chaos/wait.ts';
import { createApi } from '../../src/local/api.ts';
import { readFaults } from '../../src/local/juno.ts';
import type { LocalProcess } from '../../src/local/process.ts';
import { percentile } from '../../src/local/report.ts';
import { startWorld } from '../../src/local/world.ts';
import { ALL, prepareKinds } from './kinds.ts';
import { LINE, type Line, type Orders } from './orders.ts';
import { recoveriesOf } from './recovery.ts';

const POLL_MS = 100;
const PATIENCE_MS = 120_000;
const PAYERS = 6;
/** Whatever was begun is asked for by then, or never. */
const TELL_MS = 120_000;
/** One may die while another is being started again, and a third goes on: nobody dies while no other one works. */
const REACTORS = 3;
/** Who has passed the gate of its start, and takes what there is to do. */
const WORKS = 'before commit of lane of payment taken';
/** So many stories are asked for between two new payers, so that the making of a CLABE is always among what is under way. */
const STORIES_A_PAYER = 12;
/** Nobody was seen at a new point for this long: there is none left. */
const QUIET_MS = 40_000;
/** For so long no new point was hit: what is left is reached only by who takes over a send, so deaths at sends are wanted again. */
const DRY_MS = 12_000;
const SENDS = /^after commit of .* sending|(send|broadcast) of/;
/** A share of the points is drawn when so many were seen: then payments are on all their ways. */
const ENOUGH_SEEN = 120;
/** Points of the start of a world, or of a process that has begun nothing yet. */
const START =
  /chain_approve|chain_probe|deposit address proved|pinned|read recovery|lane of (allowance|probe|recovery)|send of \w+ \/v4\/webhooks/;

export type CrashParameters = Readonly<{
  seed: string;
  /** So many payments are under way whenever a reactor dies. */
  inFlight: number;
  /** Dies at so many points, drawn from those that were seen first; at all, until no new one is seen, where it is left out. */
  points?: number | undefined;
  /** Only at points whose name this pattern fits. */
  only?: RegExp | undefined;
  /** No new kill after this. */
  budget_ms: number;
  log: (line: string) => void;
}>;

/** One death: the points at which something stood, and how much of it. */
export type Kill = Readonly<{ points: readonly Readonly<{ name: string; stands: number }>[]; inFlight: number }>;

type Spread = Readonly<{ p50: number; p99: number; max: number; measured: number }>;

export type CrashReport = Verdict &
  Readonly<{
    seed: string;
    crash_points: number;
    crash_points_hit: number;
    missed: readonly string[];
    kills: readonly Kill[];
    /** Until another process had the lane of a payment that the dead one held. */
    recovery_ms: Spread;
    /** Until another process did something for a payment that stood at a point and was held by nobody. */
    woken_ms: Spread;
    /** Payments that nobody came back to after a death, though they were not at their end. */
    abandoned: readonly string[];
    duration_ms: number;
  }>;

/**
 * One world, payments under way all the time, and reactors of which one after the other kills itself at a point where nobody died
 * before. What it leaves, one that lives goes on with; it is started again. Ends when all that was asked for is paid, or waits for a
 * person; judged at the far end.
 */
export async function runCrashes(parameters: CrashParameters): Promise<CrashReport> {
  const { seed, inFlight: wanted, points, only = /./, budget_ms, log } = parameters;
  const began = performance.now();
  const draw = drawFrom(`${seed}|crashes`);
  const missed = (seen: ReadonlySet<string>, hit: ReadonlySet<string>) => missedOf(seen, hit, only);
  const folder = mkdtempSync(join(tmpdir(), 'kustodia-crash-'));
  const orders = openOrders(folder);
  orders.give({ armed: null, only: only.source });
  const ended = new AbortController();
  const world = await startWorld({
    reactors: REACTORS,
    reactorMain: join(import.meta.dirname, 'reactor.ts'),
    sandbox: {
      ratePerMinute: 60_000,
      delays: { issuance: 200, withdrawal: 300, credit: 300, redemption: 500, bitso: 300 },
    },
    settings: { CRASH_FOLDER: folder, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    log,
  });
  try {
    await prepareKinds(world.urls.database);
    const api = createApi(world.urls.reactors, world.apiKey, { patience_ms: PATIENCE_MS });
    const stories = openStories({ api, deposit: world.deposit, seed, signal: ended.signal });
    await Promise.all(Array.from({ length: PAYERS }, () => stories.addPayer()));

    const kills: Kill[] = [];
    const seen = new Set<string>();
    const hit = new Set<string>();
    const lines: Line[] = [];
    const ports = world.urls.reactors.map((url) => new URL(url).port);
    const restarting = new Set<string>();
    const working = new Set<string>();
    let armed: string | null = null;
    let lastNew = performance.now();
    let lastHit = performance.now();
    let under = new Set<Story>();
    let isOver = false;
    let hasPaid = false;
    const failures: unknown[] = [];
    /** Every process that ended, with a sentence of how. */
    const exits = new Map<number, string>();
    const killed = new Set<number>();
    const watch = (part: LocalProcess | undefined) =>
      part?.exited.then(({ code, signal }) =>
        exits.set(part.pid, `${part.name} ended by itself (${signal ?? `code ${code}`}): ${part.output().slice(-500)}`),
      );
    for (const part of [world.sandbox, world.anvil, world.indexer(), ...world.reactors()]) void watch(part);
    /** Those that did not kill themselves at a point; who does has said so before. */
    const deathsIn = (gone: readonly (readonly [number, string])[]): string[] =>
      gone.filter(([pid]) => !killed.has(pid)).map(([, how]) => how);

    const telling: Promise<unknown>[] = [];
    let told = 0;
    const tellMore = () => {
      const journey = told < 2 * ALL.length ? ALL[told % ALL.length] : pick(draw, ALL);
      if (!journey) return;
      if (told++ % STORIES_A_PAYER === 0) telling.push(stories.addPayer().catch((error) => failures.push(error)));
      telling.push(stories.tell(journey).catch((error: unknown) => failures.push(error)));
    };

    /** As the far end has it: deposited, not paid, and not left to a person. */
    const countInFlight = async (): Promise<number> => {
      const paid = paidByAccount(await world.outbox());
      hasPaid ||= paid.size > 0;
      const reasons = reasonsOf(stories.all(), await readAttention(world));
      under = new Set(stories.all().filter((one) => !isPaid(one, paid) && !reasons.has(one)));
      return [...under].filter(({ hasDeposited }) => hasDeposited).length;
    };
    const restart = async (port: string) => {
      await world.restartReactor(ports.indexOf(port));
      void watch(world.reactors()[ports.indexOf(port)]);
      restarting.delete(port);
    };

    while (!isOver) {
      const now = await countInFlight();
      for (let missing = wanted + 5 - under.size; missing > 0; missing--) tellMore();
      const gone = [...exits];
      for (const line of orders.read()) {
        lines.push(line);
        if ('name' in line) {
          if (!seen.has(line.name) && !START.test(line.name)) lastNew = performance.now();
          seen.add(line.name);
          if (line.name === WORKS) working.add(line.port);
          continue;
        }
        const { killed: points, port } = line;
        killed.add(line.pid);
        kills.push({ points, inFlight: now });
        if (now >= wanted && points.some(({ name }) => !hit.has(name))) lastHit = performance.now();
        if (now >= wanted) for (const { name } of points) hit.add(name);
        const at_s = Math.round((performance.now() - began) / 1000);
        log(
          `${at_s} s: death ${kills.length}, ${now} under way; ${hit.size} points hit, ${missed(seen, hit).length} left`,
        );
        for (const { name, stands } of points) log(`  ${name}${stands > 1 ? ` (${stands} there)` : ''}`);
        restarting.add(port);
        working.delete(port);
        orders.give({ armed: null });
        telling.push(restart(port).catch((error: unknown) => failures.push(error)));
      }
      if (failures.length > 0) throw failures[0];
      const strange = deathsIn(gone);
      if (strange.length > 0) throw new Error(strange.join('\n'));
      const elapsed_ms = performance.now() - began;
      const isDone =
        points === undefined
          ? performance.now() - lastNew > QUIET_MS && missed(seen, hit).length === 0
          : hit.size >= points;
      isOver = isDone || elapsed_ms > budget_ms;
      const isDry = points === undefined && performance.now() - lastHit > DRY_MS;
      const starts = [...seen].filter((name) => START.test(name));
      const alive = ports.filter((port) => !restarting.has(port));
      const mortal = alive.filter((port) => [...working].some((one) => one !== port));
      if (armed === null || !mortal.includes(armed)) armed = mortal.length > 0 ? pick(draw, mortal) : null;
      orders.give({
        armed: now >= wanted && !isOver ? armed : null,
        spared: [...hit].filter((name) => !isDry || !SENDS.test(name)).concat(starts),
        ...(points !== undefined && { wanted: orders.chosen(draw, seen, points, hasPaid || seen.size > ENOUGH_SEEN) }),
      });
      await delay(POLL_MS);
    }
    orders.give({ armed: null });
    const isTold = await Promise.race([Promise.all(telling).then(() => true), delay(TELL_MS, false, { ref: false })]);
    if (failures.length > 0) throw failures[0];
    if (!isTold) log('not every story could be told to its end: those count as stuck');
    log(`nobody dies any more; ${stories.all().length} stories come to their ends`);
    const reasons = await waitForStories(world, stories.all());
    const gone = [...exits];
    lines.push(...orders.read());
    const marked = [...reasons.keys()].flatMap(({ payments }) => payments);
    const blackouts = lines.flatMap((line) => ('killed' in line ? [{ from_ms: line.at, to_ms: line.at }] : []));
    const [{ strikes }, sends] = [await readFaults(world.sandboxBooks), await readSends(world, marked)];
    const farEnd = await readFarEnd(world);
    const suffered = { strikes, blackouts, sends };
    const verdict = judgeStories({ stories: stories.all(), farEnd, reasons, suffered, deaths: deathsIn(gone) });
    if (!isTold && verdict.stuck === 0) throw new Error('a payer waits for a CLABE, and nobody was told why');
    const open = points === undefined ? missed(seen, hit) : [];
    const { held_ms, woken_ms, abandoned } = recoveriesOf(lines);
    return {
      ...verdict,
      seed,
      crash_points: hit.size + open.length,
      crash_points_hit: hit.size,
      missed: open,
      kills,
      recovery_ms: spreadOf(held_ms),
      woken_ms: spreadOf(woken_ms),
      abandoned,
      duration_ms: Math.round(performance.now() - began),
    };
  } finally {
    ended.abort();
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const spreadOf = (values: readonly number[]): Spread => ({
  p50: percentile(values, 50),
  p99: percentile(values, 99),
  max: Math.max(0, ...values),
  measured: values.length,
});

const missedOf = (seen: ReadonlySet<string>, hit: ReadonlySet<string>, only: RegExp) =>
  [...seen].filter((name) => !hit.has(name) && !START.test(name) && only.test(name));

/** The folder by which a run and its reactors talk. */
function openOrders(folder: string) {
  const file = join(folder, 'orders.json');
  const logFile = join(folder, 'points.log');
  let current: Orders = { armed: null, spared: [], wanted: null, only: '', patience_ms: 2_000 };
  let offset = 0;
  let chosen: string[] | undefined;
  let given = '';
  return {
    give: (change: Partial<Orders>): void => {
      current = { ...current, ...change };
      const text = JSON.stringify(current);
      if (text === given) return;
      given = text;
      // Whoever reads it meanwhile sees the old or the new, never a half.
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    },
    /** The points of a share, drawn once it is time from those that were seen by then; more than are needed, for some come no more. */
    chosen: (draw: Draw, seen: ReadonlySet<string>, count: number, isTime: boolean): string[] => {
      if (chosen) return chosen;
      if (!isTime) return [];
      const left = [...seen].filter((name) => !START.test(name)).sort();
      chosen = [];
      while (chosen.length < 3 * count && left.length > 0) chosen.push(...left.splice(draw(left.length), 1));
      return chosen;
    },
    /** What was told since. */
    read: (): Line[] => {
      if (!existsSync(logFile)) return [];
      const descriptor = openSync(logFile, 'r');
      const bytes = Buffer.alloc(fstatSync(descriptor).size - offset);
      readSync(descriptor, bytes, 0, bytes.length, offset);
      closeSync(descriptor);
      const end = bytes.lastIndexOf('\n') + 1;
      offset += end;
      return bytes
        .subarray(0, end)
        .toString('utf8')
        .split('\n')
        .filter(Boolean)
        .map((one) => LINE.parse(JSON.parse(one)));
    },
  };
}
