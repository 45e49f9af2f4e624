import type { Logger } from 'pino';
import type { JunoClient } from '../../juno/client.ts';
import type { Db } from '../db/client.ts';
import { type CallEnd, collectEndings, endOf, WENT_WELL } from './endings.ts';
import { LimiterUnavailableError, RateLimitedError } from './errors.ts';
import { holdLeave, MOST_HELD } from './held.ts';
import { CALL_KINDS, kindOf, policyFor } from './policy.ts';
import { type Taken, take } from './take.ts';

export { LimiterUnavailableError, RateLimitedError } from './errors.ts';

/** A send holds a worker while it waits, so it soon gives its place to others and comes back when there is room. */
const PATIENCE_MS = { send: 400, look: 10_000 } as const;
const MOST_WAITING = 1_000;
/** Asked for at once, of each kind. */
const MOST_ASKED = 64;
const LEAST_WAIT_MS = 5;
const MOST_AWAY_WINDOWS = 10;
/** How long an ending waits for a statement that goes anyway. What others wait for is told at once. */
const FLUSH_MS = 2_000;
/** While less of the window is used, leave is taken for looks to come. */
const PLENTY = 0.5;

export type CreateJunoLimitParameters = Readonly<{
  db: Db;
  /** Calls that may reach Juno in any window: 80 % of what Juno allows, or the promise of no 429 does not hold. */
  most: number;
  /** Juno's window (A/general-concepts: a minute). */
  window_s: number;
  /** Names this process among the callers. */
  caller: string;
  sleep: (ms: number) => Promise<void>;
  /** Stands in for the database's clock, which all processes share, in a simulation. */
  now?: () => Date;
  log: Logger;
}>;

export type JunoLimit = Readonly<{
  /** Waits a little for room; throws a RateLimitedError when there is none. Who got leave must be watched to its end. */
  acquire: (call: { endpoint: string; kind: 'send' | 'look' }) => Promise<void>;
  /**
   * So many looks follow one another now. Leave for them is asked for together with the first, while there is plenty; what is not used
   * within two seconds is given back, though it stays counted in the window.
   */
  expectLooks: (calls: number) => void;
  /** The client whose `acquire` this is, its endings told to the limiter: for the breaker, and to know what is on its way. */
  watch: (client: JunoClient) => JunoClient;
  /** How much of the window's budget was used when this process last asked, from 0 to 1. */
  share: () => number;
}>;

type Waiter = Readonly<{ until_ms: number; go: () => void; refuse: (error: Error) => void }>;
/** Those of one kind that wait, when it makes sense to ask for them, and when the last that was sent away comes back. */
type Line = { readonly waiters: Waiter[]; askAt_ms: number; turnAt_ms: number };

const WHY = {
  throttled: 'Juno locked us out for too many calls and is left alone',
  failing: 'Juno does not answer and is left alone for a while',
} as const;

/**
 * One budget, one circuit breaker for all processes, kept in one row of Postgres. All who wait in a process ask together, in one
 * statement at a time, which also carries how earlier calls ended. policy.ts says who gets how much and why Juno never counts
 * too many.
 *
 * @example
 * const limit = createJunoLimit({ db, most: 240, window_s: 60, caller: holder, sleep, log });
 * const juno = limit.watch(createJunoClient({ ...rest, acquire: limit.acquire }));
 */
export function createJunoLimit(parameters: CreateJunoLimitParameters): JunoLimit {
  const { db, most, window_s, caller, sleep, now, log } = parameters;
  const policy = policyFor(most, window_s);
  const window_ms = window_s * 1000;
  const here_ms = now ? () => now().getTime() : () => performance.now();
  const lines: readonly Line[] = CALL_KINDS.map(() => ({ waiters: [], askAt_ms: 0, turnAt_ms: 0 }));
  const endings = collectEndings();
  const held = holdLeave({ now_ms: here_ms, sleep, onOver: () => giveBack() });
  let why = `no room in Juno’s budget of ${most} calls in ${window_s} s`;
  let lastReason: Taken['reason'] = null;
  let used = 0;
  let expected = 0;
  let isServing = false;
  let isUrgent = false;
  let isFlushPlanned = false;
  let wake: (() => void) | undefined;

  /** Those who are sent away come back one after the other, at the pace of the budget: a crowd does not return as a crowd. */
  function refusal(line: Line): RateLimitedError {
    const now_ms = here_ms();
    const turn_ms = Math.max(line.turnAt_ms + window_ms / most, line.askAt_ms, now_ms + 1);
    line.turnAt_ms = Math.min(turn_ms, now_ms + MOST_AWAY_WINDOWS * window_ms);
    return new RateLimitedError(why, Math.ceil(line.turnAt_ms - now_ms));
  }

  async function serve(): Promise<void> {
    if (isServing) return wake?.();
    isServing = true;
    try {
      for (;;) {
        for (const line of lines) sendAway(line);
        const now_ms = here_ms();
        const wants = lines.map(({ waiters, askAt_ms }) =>
          askAt_ms <= now_ms ? Math.min(waiters.length, MOST_ASKED) : 0,
        );
        if (isUrgent || wants.some((n) => n > 0)) {
          isUrgent = false;
          await ask(wants);
          continue;
        }
        const next_ms = Math.min(...lines.filter((line) => line.waiters.length > 0).map((line) => line.askAt_ms));
        if (next_ms === Number.POSITIVE_INFINITY) return;
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await Promise.race([sleep(Math.max(1, next_ms - now_ms)), woken]);
        wake = undefined;
      }
    } finally {
      isServing = false;
    }
  }

  function sendAway(line: Line): void {
    const staying = line.waiters.filter(({ until_ms }) => until_ms >= line.askAt_ms);
    const leaving = line.waiters.filter(({ until_ms }) => until_ms < line.askAt_ms);
    if (leaving.length === 0) return;
    line.waiters.splice(0, line.waiters.length, ...staying);
    for (const { refuse } of leaving) refuse(refusal(line));
  }

  async function ask(wants: readonly number[]): Promise<void> {
    const report = endings.take();
    const [looks = 0, ...sends] = wants;
    const ahead = looks > 0 && used < PLENTY * most ? expected : 0;
    if (looks > 0) expected = 0;
    let taken: Taken;
    try {
      taken = await take(db, caller, policy, { wants: [looks + ahead, ...sends], report, now: now?.() ?? null });
    } catch (cause) {
      endings.giveBack(report);
      planFlush();
      lines.forEach((line, i) => {
        for (const { refuse } of line.waiters.splice(0, wants[i])) refuse(new LimiterUnavailableError(cause));
      });
      return;
    }
    used = taken.used;
    noteReason(taken);
    const now_ms = here_ms();
    lines.forEach((line, i) => {
      const [wanted = 0, granted = 0, wait_ms = 0] = [wants[i], taken.granted[i], taken.wait_ms[i]];
      if (wanted > granted || taken.closed_ms > 0) line.askAt_ms = now_ms + Math.max(LEAST_WAIT_MS, wait_ms);
      const going = line.waiters.splice(0, granted);
      if (granted > going.length) held.put(granted - going.length);
      for (const { go } of going) go();
    });
  }

  /** What is held is on its way to nobody. */
  function giveBack(): void {
    const calls = held.drop();
    for (let n = 0; n < calls; n++) endings.isOver();
    if (calls > 0) planFlush();
  }

  function noteReason({ reason, closed_ms }: Taken): void {
    if (reason !== null) giveBack();
    why = reason ? WHY[reason] : `no room in Juno’s budget of ${most} calls in ${window_s} s`;
    if (reason === lastReason) return;
    lastReason = reason;
    if (reason === null) log.info({ event: 'juno_breaker_closed' }, 'Juno answers again; sending goes on');
    else
      log.error(
        { event: 'juno_breaker_open', reason, closed_ms: Math.round(closed_ms) },
        `${WHY[reason]}; looks try again by themselves, sends wait, and nothing is lost`,
      );
  }

  function planFlush(): void {
    if (isFlushPlanned) return;
    isFlushPlanned = true;
    void sleep(FLUSH_MS).then(() => {
      isFlushPlanned = false;
      if (endings.hasAny()) tell();
    });
  }

  function tell(): void {
    isUrgent = true;
    void serve();
  }

  function settle({ ending, mayStillArrive }: CallEnd): void {
    endings.add(ending);
    const isOver = mayStillArrive ? sleep(window_ms / 2) : Promise.resolve();
    void isOver.then(() => {
      endings.isOver();
      planFlush();
    });
    if (ending === 'throttled') {
      giveBack();
      for (const line of lines) line.askAt_ms = here_ms() + window_ms;
    }
    if (ending === 'throttled' || ending === 'failed' || lastReason !== null) tell();
  }

  return {
    share: () => used / most,
    expectLooks: (calls) => {
      expected = Math.min(calls, MOST_HELD);
    },
    acquire: ({ endpoint, kind }) =>
      new Promise<void>((go, refuse) => {
        if (kind === 'look' && held.use()) return go();
        const line = lines[CALL_KINDS.indexOf(kindOf({ endpoint, kind }))];
        if (!line) throw new Error(`no line for ${endpoint}`);
        const until_ms = here_ms() + PATIENCE_MS[kind];
        if (line.askAt_ms > until_ms || line.waiters.length >= MOST_WAITING) return refuse(refusal(line));
        line.waiters.push({ until_ms, go, refuse });
        if (line.waiters.length === 1 || line.askAt_ms <= here_ms()) void serve();
      }),
    watch: (client) => ({
      ...client,
      call: async (call, schema) => {
        try {
          const answer = await client.call(call, schema);
          settle(WENT_WELL);
          return answer;
        } catch (error) {
          const end = endOf(error);
          if (end) settle(end);
          throw error;
        }
      },
    }),
  };
}
