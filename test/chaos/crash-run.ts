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
import { readAttention, reasonsOf, waitForStories } from '../../src/chaos/wait.ts';
import { createApi } from '../../src/local/api.ts';
import { percentile } from '../../src/local/report.ts';
import { startWorld } from '../../src/local/world.ts';
import { ALL, prepareKinds } from './kinds.ts';
import { LINE, type Line, type Orders } from './orders.ts';

const POLL_MS = 100;
const PATIENCE_MS = 120_000;
const PAYERS = 6;
/** One may die while another is being started again, and a third goes on. */
const REACTORS = 3;
/** The reactor works on so many payments at once. */
const MOST_AT_A_POINT = 8;
/** So many stories are asked for between two new payers, so that the making of a CLABE is always among what is under way. */
const STORIES_A_PAYER = 12;
/** Nobody was seen at a new point for this long: there is none left. */
const QUIET_MS = 40_000;
/** Points of the start of a world, which no payment is under way at. */
const START =
  /chain_approve|chain_probe|deposit address proved|pinned|lane of (allowance|probe)|send of \w+ \/v4\/webhooks/;

export type CrashParameters = Readonly<{
  seed: string;
  /** So many payments are under way whenever a reactor dies. */
  inFlight: number;
  /** Dies at so many points, drawn from those that were seen first; at all, until no new one is seen, where it is left out. */
  points?: number | undefined;
  /** No new kill after this. */
  budget_ms: number;
  log: (line: string) => void;
}>;

export type Kill = Readonly<{ point: string; inFlight: number; stands: number }>;

export type CrashReport = Verdict &
  Readonly<{
    seed: string;
    crash_points: number;
    crash_points_hit: number;
    missed: readonly string[];
    kills: readonly Kill[];
    /** From a death until another process does the next thing for a payment that stood at the point. */
    recovery_ms: Readonly<{ p50: number; p99: number; max: number; measured: number }>;
    duration_ms: number;
  }>;

/**
 * One world, payments under way all the time, and reactors of which one after the other kills itself at a point where nobody died
 * before. What it leaves, one that lives goes on with; it is started again. Ends when all that was asked for is paid, or waits for a
 * person; judged at the far end.
 */
export async function runCrashes(parameters: CrashParameters): Promise<CrashReport> {
  const { seed, inFlight: wanted, points, budget_ms, log } = parameters;
  const began = performance.now();
  const draw = drawFrom(`${seed}|crashes`);
  const folder = mkdtempSync(join(tmpdir(), 'kustodia-crash-'));
  const orders = openOrders(folder);
  orders.give({ armed: null });
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
    let armed: string | null = null;
    let most = 1 + draw(MOST_AT_A_POINT);
    let lastNew = performance.now();
    let under = new Set<Story>();
    let isOver = false;
    let hasPaid = false;
    const failures: unknown[] = [];

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
      restarting.delete(port);
    };

    while (!isOver) {
      const now = await countInFlight();
      for (let missing = wanted + 5 - under.size; missing > 0; missing--) tellMore();
      for (const line of orders.read()) {
        lines.push(line);
        if ('name' in line) {
          if (!seen.has(line.name) && !START.test(line.name)) lastNew = performance.now();
          seen.add(line.name);
          continue;
        }
        const { killed, port, stands } = line;
        kills.push({ point: killed, inFlight: now, stands });
        if (now >= wanted) hit.add(killed);
        const left = missed(seen, hit).length;
        const at_s = Math.round((performance.now() - began) / 1000);
        log(
          `${at_s} s: died ${killed} (${stands} there, ${now} under way; ${hit.size} points hit, ${left} seen and left)`,
        );
        restarting.add(port);
        orders.give({ armed: null });
        telling.push(restart(port).catch((error: unknown) => failures.push(error)));
        most = 1 + draw(MOST_AT_A_POINT);
      }
      if (failures.length > 0) throw failures[0];
      const elapsed_ms = performance.now() - began;
      const isDone =
        points === undefined
          ? performance.now() - lastNew > QUIET_MS && missed(seen, hit).length === 0
          : hit.size >= points;
      isOver = isDone || elapsed_ms > budget_ms;
      const alive = ports.filter((port) => !restarting.has(port));
      if (armed === null || !alive.includes(armed)) armed = alive.length > 1 ? pick(draw, alive) : null;
      orders.give({
        armed: now >= wanted && !isOver ? armed : null,
        spared: [...hit, ...[...seen].filter((name) => START.test(name))],
        most,
        ...(points !== undefined && { wanted: orders.chosen(draw, seen, points, hasPaid) }),
      });
      await delay(POLL_MS);
    }
    orders.give({ armed: null });
    await Promise.all(telling);
    if (failures.length > 0) throw failures[0];
    log(`nobody dies any more; ${stories.all().length} stories come to their ends`);
    const reasons = await waitForStories(world, stories.all());
    lines.push(...orders.read());
    const verdict = judgeStories(stories.all(), await readFarEnd(world), reasons);
    const open = points === undefined ? missed(seen, hit) : [];
    const recoveries = recoveriesOf(lines);
    return {
      ...verdict,
      seed,
      crash_points: hit.size + open.length,
      crash_points_hit: hit.size,
      missed: open,
      kills,
      recovery_ms: {
        p50: percentile(recoveries, 50),
        p99: percentile(recoveries, 99),
        max: Math.max(0, ...recoveries),
        measured: recoveries.length,
      },
      duration_ms: Math.round(performance.now() - began),
    };
  } finally {
    ended.abort();
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const missed = (seen: ReadonlySet<string>, hit: ReadonlySet<string>) =>
  [...seen].filter((name) => !hit.has(name) && !START.test(name));

/** For each payment that stood where a process died: how long until another process did something for it again. */
function recoveriesOf(lines: readonly Line[]): number[] {
  const found: number[] = [];
  lines.forEach((line, i) => {
    if (!('killed' in line)) return;
    for (const payment of line.payments) {
      const again = lines
        .slice(i)
        .find(
          (one) =>
            'name' in one && one.pid !== line.pid && one.payments.includes(payment) && !one.name.includes('lane of'),
        );
      if (again) found.push(again.at - line.at);
    }
  });
  return found;
}

/** The folder by which a run and its reactors talk. */
function openOrders(folder: string) {
  const file = join(folder, 'orders.json');
  const logFile = join(folder, 'points.log');
  let current: Orders = { armed: null, spared: [], wanted: null, most: 8, patience_ms: 300 };
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
