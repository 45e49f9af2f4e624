import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Draw, drawFrom, pick } from '../../src/chaos/draw.ts';
import { isPaid, judgeStories, paidByAccount, readFarEnd, type Verdict } from '../../src/chaos/judge.ts';
import { openStories, type Story } from '../../src/chaos/stories.ts';
import { logSilent, readAttention, readSends, reasonsOf, waitForStories } from '../../src/chaos/wait.ts';
import { createApi } from '../../src/local/api.ts';
import { readFaults } from '../../src/local/juno.ts';
import type { LocalProcess } from '../../src/local/process.ts';
import { percentile } from '../../src/local/report.ts';
import { startWorld } from '../../src/local/world.ts';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { openOrders } from './folder.ts';
import { ALL, prepareKinds } from './kinds.ts';
import { openMishaps, strand } from './mishaps.ts';
import { ANY, type Line } from './orders.ts';
import { isOfStart, readPoints, START_SOURCE } from './points.ts';
import { recoveriesOf } from './recovery.ts';

const POLL_MS = 100;
const PATIENCE_MS = 120_000;
const PAYERS = 6;
/** Whatever was begun is asked for by then, or never. */
const TELL_MS = 200_000;
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
/** A share of the points is drawn when so many are often come to: then payments are on all their ways. */
const ENOUGH_OFTEN = 60;
/** One of so many stories does not go as it should. */
const STORIES_A_MISHAP = 6;
/** And one of so many has a twin. */
const STORIES_A_TWIN = 5;
/** A point of a share is one to which somebody comes again and again while somebody may die: what is only done while a world begins is not. */
const OFTEN = 3;
/** At its start a reactor that lives has come to all that there is after so long. */
const CALM_MS = 6_000;
const START_PATIENCE_MS = 50;
const PATIENCE_AT_POINT_MS = 2_000;
/** A transaction that is signed for a second time is no longer about to be sent: it was sent already. */
const REPLACED = /^(before|after) commit of (?!.* sending).*transaction signed/;
const STRAND_AFTER_MS = 90_000;
const STRAND_MOST_MS = 120_000;

export type CrashParameters = Readonly<{
  seed: string;
  /** So many payments are under way whenever a reactor dies. */
  inFlight: number;
  /** Dies at so many points, drawn from those that are often come to; at all that are written down, where it is left out. */
  points?: number | undefined;
  /** Only at points whose name this pattern fits. */
  only?: RegExp | undefined;
  /** Nothing is held against what is written down: ends when no new point was seen for a while. */
  isToBeWritten?: boolean | undefined;
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
    /** Not hit, though they were to be. */
    missed: readonly string[];
    /** Come to, though not written down. */
    unknown: readonly string[];
    /** All that were come to. */
    seen: readonly string[];
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
  const { seed, inFlight: wanted, points, only = /./, isToBeWritten = false, budget_ms, log } = parameters;
  const isWhole = points === undefined;
  const began = performance.now();
  const draw = drawFrom(`${seed}|crashes`);
  const listed = readPoints();
  const folder = mkdtempSync(join(tmpdir(), 'kustodia-crash-'));
  const orders = openOrders(folder);
  orders.give({ armed: null, only: only.source });
  const ended = new AbortController();
  const world = await startWorld({
    reactors: REACTORS,
    hasReactorsRunning: false,
    reactorMain: join(import.meta.dirname, 'reactor.ts'),
    sandbox: {
      ratePerMinute: 60_000,
      delays: { issuance: 200, withdrawal: 300, credit: 300, redemption: 500, bitso: 300 },
    },
    // Whether anything is an alert depends on when a reactor dies: test/alerts kills those that tell.
    settings: { CRASH_FOLDER: folder, NODE_COMPILE_CACHE: join(folder, 'compiled'), ALERT_LOOK_MS: '600000' },
    log,
  });
  try {
    await prepareKinds(world.urls.database);
    const kills: Kill[] = [];
    const seen = new Set<string>();
    const timesSeen = new Map<string, number>();
    const hit = new Set<string>();
    const lines: Line[] = [];
    const ports = world.urls.reactors.map((url) => new URL(url).port);
    const restarting = new Set<string>();
    const working = new Set<string>();
    let armed: string | null = null;
    let chosen: readonly string[] | undefined;
    let lastNew = performance.now();
    let lastHit = performance.now();
    let under = new Set<Story>();
    let hasPaid = false;
    const failures: unknown[] = [];
    const telling: Promise<unknown>[] = [];
    const begin = (work: Promise<unknown>) => telling.push(work.catch((error: unknown) => failures.push(error)));

    /** What is to be hit: what is written down, or all that is come to, or the share. */
    const toHit = (): readonly string[] =>
      isWhole
        ? [...(isToBeWritten ? seen : listed)].filter(
            (name) => only.test(name) && (!isToBeWritten || !isOfStart(name) || hit.has(name)),
          )
        : (chosen ?? []);
    const left = () => toHit().filter((name) => !hit.has(name));

    /** Every process that ended, with a sentence of how. */
    const exits = new Map<number, string>();
    const killed = new Set<number>();
    const watch = (part: LocalProcess | undefined) =>
      part?.exited.then(({ code, signal }) =>
        exits.set(part.pid, `${part.name} ended by itself (${signal ?? `code ${code}`}): ${part.output().slice(-500)}`),
      );
    for (const part of [world.sandbox, world.anvil, world.indexer()]) void watch(part);
    /** Those that did not kill themselves at a point; who does has said so before. */
    const deathsIn = (gone: readonly (readonly [number, string])[]): string[] =>
      gone.filter(([pid]) => !killed.has(pid)).map(([, how]) => how);
    const restart = async (port: string) => {
      await world.restartReactor(ports.indexOf(port));
      void watch(world.reactors()[ports.indexOf(port)]);
      restarting.delete(port);
    };

    /** Reads what the reactors told since; answers the ports of those that died. */
    const hear = (now: number, isEnough: boolean): string[] => {
      const dead: string[] = [];
      for (const line of orders.read()) {
        lines.push(line);
        if ('name' in line) {
          if (!seen.has(line.name) && !isOfStart(line.name)) lastNew = performance.now();
          seen.add(line.name);
          if (isEnough) timesSeen.set(line.name, (timesSeen.get(line.name) ?? 0) + 1);
          if (line.name === WORKS) working.add(line.port);
          continue;
        }
        killed.add(line.pid);
        kills.push({ points: line.killed, inFlight: now });
        const names = line.killed.map(({ name }) => name);
        if (isEnough && names.some((name) => !hit.has(name))) lastHit = performance.now();
        if (isEnough) for (const name of names) hit.add(name);
        const at_s = Math.round((performance.now() - began) / 1000);
        log(`${at_s} s: death ${kills.length}, ${now} under way; ${hit.size} points hit, ${left().length} left`);
        for (const { name, stands } of line.killed) log(`  ${name}${stands > 1 ? ` (${stands} there)` : ''}`);
        dead.push(line.port);
      }
      return dead;
    };

    /** The first reactor dies at one point of its start after the other, until it has come to all of them alive. */
    const dieAtTheStart = async (): Promise<void> => {
      for (;;) {
        orders.give({
          armed: ANY,
          only: `(?=.*(?:${START_SOURCE}))(?=.*(?:${only.source}))`,
          spared: [...hit],
          patience_ms: START_PATIENCE_MS,
        });
        const failure: unknown = await world.restartReactor(0).catch((error: unknown) => error);
        for (let dead = 0, calm_ms = 0; calm_ms < CALM_MS; calm_ms += POLL_MS) {
          dead += hear(0, true).length;
          if (dead > 0) break;
          if (failure instanceof Error) throw failure;
          await delay(POLL_MS);
          if (calm_ms + POLL_MS >= CALM_MS) return;
        }
      }
    };
    const hasStart = listed.size === 0 || [...listed].some((name) => isOfStart(name) && only.test(name));
    if (isWhole && hasStart) await dieAtTheStart();
    else await world.restartReactor(0);
    orders.give({ armed: null, only: only.source, patience_ms: PATIENCE_AT_POINT_MS });
    void watch(world.reactors()[0]);
    await Promise.all(ports.slice(1).map(restart));

    const api = createApi(world.urls.reactors, world.apiKey, {
      patience_ms: PATIENCE_MS,
      screenerKey: world.screenerKey,
    });
    const second = createApi(world.urls.reactors, await secondKey(world.urls.database), { patience_ms: PATIENCE_MS });
    const stories = openStories({ api, deposit: world.deposit, seed, signal: ended.signal });
    const mishaps = openMishaps({ world, stories, api, second, signal: ended.signal, isOver: () => isOver, log });
    await Promise.all(Array.from({ length: PAYERS }, () => stories.addPayer()));
    const started = performance.now();
    let isStranding = false;
    const hasReplacing = isToBeWritten || toHit().some((name) => REPLACED.test(name));
    let isOver = false;

    let told = 0;
    const tellMore = () => {
      const journey = told < 2 * ALL.length ? ALL[told % ALL.length] : pick(draw, ALL);
      if (!journey) return;
      told++;
      if (told % STORIES_A_PAYER === 0) begin(stories.addPayer());
      if (isWhole && told % STORIES_A_MISHAP === 0) begin(mishaps.tell());
      else begin(told % STORIES_A_TWIN === 0 ? stories.tellTwins(journey) : stories.tell(journey));
    };
    /** As the far end has it: deposited, not paid, and not left to a person. */
    const countInFlight = async (): Promise<number> => {
      const paid = paidByAccount(await world.outbox());
      hasPaid ||= paid.size > 0;
      const reasons = reasonsOf(stories.all(), await readAttention(world));
      under = new Set(stories.all().filter((one) => !isPaid(one, paid) && !reasons.has(one)));
      return [...under].filter(({ hasDeposited }) => hasDeposited).length;
    };

    while (!isOver) {
      const now = await countInFlight();
      for (let missing = wanted + 5 - under.size; missing > 0; missing--) tellMore();
      const gone = [...exits];
      for (const port of hear(now, now >= wanted)) {
        restarting.add(port);
        working.delete(port);
        orders.give({ armed: null });
        begin(restart(port));
      }
      if (failures.length > 0) throw failures[0];
      const strange = deathsIn(gone);
      if (strange.length > 0) throw new Error(strange.join('\n'));
      if (isWhole && !isStranding && performance.now() - started > STRAND_AFTER_MS && hasReplacing) {
        isStranding = true;
        const isReplaced = () => [...hit].filter((name) => REPLACED.test(name)).length > 1;
        begin(strand(world, isReplaced, { most_ms: STRAND_MOST_MS, signal: ended.signal }));
      }
      if (!isWhole && !chosen) {
        const often = [...timesSeen].filter(([name, times]) => times >= OFTEN && only.test(name) && !isOfStart(name));
        if (often.length >= ENOUGH_OFTEN || (hasPaid && often.length > 0)) chosen = drawSome(draw, often, points);
      }
      const isQuiet = isWhole ? !isToBeWritten || performance.now() - lastNew > QUIET_MS : chosen !== undefined;
      isOver = (isQuiet && left().length === 0) || performance.now() - began > budget_ms;
      const isDry = isWhole && performance.now() - lastHit > DRY_MS;
      const alive = ports.filter((port) => !restarting.has(port));
      const mortal = alive.filter((port) => [...working].some((one) => one !== port));
      if (armed === null || !mortal.includes(armed)) armed = mortal.length > 0 ? pick(draw, mortal) : null;
      orders.give({
        armed: now >= wanted && !isOver ? armed : null,
        spared: [...hit].filter((name) => !isDry || !SENDS.test(name)).concat([...seen].filter(isOfStart)),
        ...(!isWhole && { wanted: [...(chosen ?? [])] }),
      });
      await delay(POLL_MS);
    }
    orders.give({ armed: null });
    const isTold = await Promise.race([Promise.all(telling).then(() => true), delay(TELL_MS, false, { ref: false })]);
    if (failures.length > 0) throw failures[0];
    if (!isTold) log('not every story could be told to its end: one of them counts as stuck at least');
    log(`nobody dies any more; ${stories.all().length} stories come to their ends`);
    const reasons = await waitForStories(world, stories.all());
    await logSilent(world, api, stories.all(), reasons, log);
    const gone = [...exits];
    hear(0, false);
    const marked = [...reasons.keys()].flatMap(({ payments }) => payments);
    const blackouts = lines.flatMap((line) => ('killed' in line ? [{ from_ms: line.at, to_ms: line.at }] : []));
    const [{ strikes }, sends] = [await readFaults(world.sandboxBooks), await readSends(world, marked)];
    const farEnd = await readFarEnd(world);
    const suffered = { strikes, blackouts, sends };
    const verdict = judgeStories({ stories: stories.all(), farEnd, reasons, suffered, deaths: deathsIn(gone) });
    const { held_ms, woken_ms, abandoned } = recoveriesOf(lines);
    return {
      ...verdict,
      // Whoever could not even ask is nobody's story, and stuck all the same.
      stuck: Math.max(verdict.stuck, isTold ? 0 : 1),
      seed,
      crash_points: toHit().length,
      crash_points_hit: toHit().length - left().length,
      missed: left(),
      unknown: [...seen].filter((name) => !listed.has(name)),
      seen: [...seen].filter((name) => !isOfStart(name) || hit.has(name)),
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

/** The key of a second person: what one proposes, another approves. */
async function secondKey(url: string): Promise<string> {
  const db = openDatabase(url, { max: 1 });
  try {
    return (await createApiKey(db, { name: 'second person', role: 'admin' })).secret;
  } finally {
    await db.$client.end();
  }
}

/** So many of them, or all where there are no more. */
function drawSome(draw: Draw, items: readonly (readonly [string, number])[], count: number): string[] {
  const rest = items.map(([name]) => name).sort();
  const drawn: string[] = [];
  while (drawn.length < count && rest.length > 0) drawn.push(...rest.splice(draw(rest.length), 1));
  return drawn;
}

const spreadOf = (values: readonly number[]): Spread => ({
  p50: percentile(values, 50),
  p99: percentile(values, 99),
  max: Math.max(0, ...values),
  measured: values.length,
});
