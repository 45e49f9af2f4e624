import type { Logger } from 'pino';
import { openChain } from '../chain/door.ts';
import type { ExchangeParameters, ExchangeReturnType } from '../juno/transport.ts';
import type { Context } from '../reactor/context.ts';
import { openDoors } from '../reactor/doors.ts';
import { assertPins, newestKept, PinMismatchError, repin } from '../reactor/guards/pins.ts';
import type { Job } from '../reactor/queue/port.ts';
import { createJunoLimit } from '../reactor/rate/juno-limit.ts';
import { type Outside, type Reactor, startReactor } from '../reactor/reactor.ts';
import { openApprover } from '../reactor/release/approver.ts';
import type { Settings } from '../reactor/settings.ts';
import { openSigning } from '../reactor/signing.ts';
import { openSigner } from '../reactor/wallet/open-signer.ts';
import { createWatchdog } from '../reactor/watch/watchdog.ts';
import { alarmsOf, type OwnAlarm } from './alarms.ts';
import type { Chain } from './chain.ts';
import type { Chance } from './chance.ts';
import type { Fate, Store } from './database.ts';
import type { Faults } from './faults.ts';
import type { Time } from './time.ts';
import type { Wire } from './wire.ts';

/** The loop of the head looks no more rarely than this. Here it is asked for just before somebody relies on it, which is the same and less work. */
const LOOK_MS = 1_000;
const HEAD_MS = 5_000;
const RELY_ON_HEAD: ReadonlySet<string> = new Set(['wallet', 'rescan', 'probe', 'reconcile']);
/** While nothing happens outside, a loop rests this many times as long as nothing has happened. */
const RESTS = 12;
/** What is of no news to a loop: it would look and find what it found before. */
const DEAF: Readonly<Record<string, readonly News[]>> = {
  intake: ['chain'],
  orphans: ['chain', 'juno'],
  head: ['juno', 'people'],
  contract: ['juno', 'people'],
  recovery: ['chain', 'juno', 'people'],
};
const MOST_PAUSE_MS = 30 * 86_400_000;
const RESTART_MS = 10_000;
const REFUSALS_BEFORE_A_PERSON = 6;
const NEVER = new Promise<never>(() => undefined);

/** What happened outside: at the chain, at Juno, by somebody who pays or asks for a payment, or a fault that struck or ended. */
export type News = 'chain' | 'juno' | 'people' | 'strike';

export type ProcessParameters = Readonly<{
  name: string;
  store: Store;
  time: Time;
  chance: Chance;
  faults: Faults;
  chain: Chain;
  wire: Wire;
  settings: Settings;
  log: Logger;
  /** This process's clock less the true one. */
  skew_ms: number;
  /** When something last happened outside that is not of these kinds: the longer ago, the rarer the looks. */
  stirredAt: (except: readonly News[]) => number;
  /** Gives a job to whichever process takes it. */
  enqueue: (job: Job, wait_ms: number) => void;
  /** Tells that it takes jobs from now on. */
  onWork: () => void;
  /** Tells that it did something. */
  onStep: (what: string) => void;
  say: (line: string) => void;
}>;

/** One reactor of the world, wired as the product wires it, on simulated time, until it dies. */
export type Process = Readonly<{
  name: string;
  /** By which people ask for something. */
  ctx: Context;
  start: () => Promise<void>;
  /** Looks at a subject; undefined while it takes no jobs. */
  handler: () => ((job: Job) => Promise<void>) | undefined;
  pokeIntake: () => void;
  pokeIndexed: () => void;
  /** Something happened outside: loops that rest for long and may find something look again soon. */
  stir: (news: News) => void;
  /** Dies at a query some way ahead: before it is sent, or after it was carried out and before the answer is heard. */
  dieAt: (query: number, isHeard: boolean, onDead: () => void) => void;
  pauseUntil: (at_ms: number) => void;
  isDead: () => boolean;
  drop: () => Promise<void>;
}>;

export function createProcess(parameters: ProcessParameters): Process {
  const { name, time, chance, faults, chain, wire, settings, log, skew_ms, say } = parameters;
  let isDead = false;
  let paused_ms = 0;
  let countdown = Number.POSITIVE_INFINITY;
  let isHeard = false;
  let onDead: () => void = () => undefined;

  const after = alarmsOf({ time, name, isDead: () => isDead, pausedUntil_ms: () => paused_ms });
  const sleep = (wait_ms: number, what = 'sleep') =>
    new Promise<void>((resolve) => {
      after(wait_ms, what, resolve);
    });

  const loops: Loop[] = [];
  const die = () => {
    isDead = true;
    wire.stopped(name);
    for (const { alarm } of loops) alarm?.turnOff();
    // At once, or others would wait for its turn while time stands still.
    void time.track(new Promise((resolve) => setImmediate(resolve)).then(drop));
    onDead();
  };
  const fateOf = (): Fate => {
    if (isDead) return 'never_sent';
    if (--countdown > 0) return 'run';
    die();
    return isHeard ? 'never_sent' : 'answer_lost';
  };
  const pace = chance.of(`database ${name}`);
  /** A turn at the database takes a moment now and then, in which the others go on; a paused process takes none. */
  const delay = () => {
    const wait_ms = Math.max(faults.strikes('slow_query', pace) ? pace.int(1, 50) : 0, paused_ms - time.now_ms());
    return wait_ms > 0 ? sleep(wait_ms, 'database') : undefined;
  };
  const { db, drop } = parameters.store.open({ fateOf, delay });

  const now = () => new Date(time.now_ms() + skew_ms);
  const exchange = async (asked: ExchangeParameters): Promise<ExchangeReturnType> => {
    const answer = await wire.exchange(asked, { name, sleep, isDead: () => isDead });
    return isDead ? NEVER : answer;
  };
  const junoLimit = createJunoLimit({
    db,
    most: settings.junoRatePerMinute,
    window_s: settings.junoRateWindow_s,
    caller: name,
    sleep: (ms) => sleep(ms, 'limit'),
    now: () => new Date(time.now_ms()),
    log,
  });
  let handle: ((job: Job) => Promise<void>) | undefined;
  const enter = async (method: string): Promise<void> => {
    if (isDead) return NEVER;
    if (method === 'eth_sendRawTransaction') await sleep(chance.next(`${name} rpc`).int(5, 200), 'rpc');
    if (wire.isChainAway()) throw new Error('the RPC does not answer');
  };
  const door = openChain({ ...settings, transport: chain.transport(enter) });
  let reactor: Reactor | undefined;
  const ctx: Context = {
    settings,
    db,
    ...openDoors({
      settings,
      signing: openSigning(db, settings, () => now().getTime()),
      junoLimit,
      monotonic: () => time.now_ms(),
      exchange,
      now: () => time.now_ms(),
      log: () => undefined,
    }),
    junoLimit,
    chain: door,
    approver: openApprover(settings),
    queue: {
      enqueue: async (job, options) => {
        const wait_ms = options?.at ? options.at.getTime() - now().getTime() : 0;
        if (!isDead) parameters.enqueue(job, Math.max(0, wait_ms));
      },
      work: async (work) => {
        handle = work;
        parameters.onWork();
      },
      cancel: async () => undefined,
      stats: async () => ({ waiting: 0, active: 0 }),
      stop: async () => undefined,
    },
    watchdog: createWatchdog({
      db,
      chain: door,
      lagBound_s: settings.indexerLagBound_s,
      now,
      onHead: ({ headTimestamp }) => reactor?.onHead(headTimestamp),
      onReorg: ({ kept }) => reactor?.onReorg(kept),
    }),
    log,
    holder: name,
    now,
    monotonic: () => time.now_ms(),
    newId: () => chance.uuid('id'),
    every: (interval_ms, work) => {
      let alarm: OwnAlarm;
      const again = () => {
        work();
        alarm = after(interval_ms, 'every', again);
      };
      alarm = after(interval_ms, 'every', again);
      return () => alarm.turnOff();
    },
  };

  let lookedAt = Number.NEGATIVE_INFINITY;
  /** The look that the loop of the head would have made just now. */
  const freshen = async (): Promise<void> => {
    if (time.now_ms() - lookedAt < LOOK_MS) return;
    lookedAt = time.now_ms();
    await ctx.watchdog.look();
  };

  type Loop = { what: string; alarm: OwnAlarm | undefined; poke: () => void; stir: () => void };
  /** The product's loop on this time; while nothing happens outside it rests for as long as nothing has. */
  const startLoop: Outside['startLoop'] = (what, { interval_ms: usual_ms, gap_ms = () => 0 }, turn) => {
    const interval_ms = what === 'head' ? HEAD_MS : usual_ms;
    let isRunning = false;
    let isPoked = false;
    let startedAt = Number.NEGATIVE_INFINITY;
    let failures = 0;
    let rest_ms = interval_ms;
    const schedule = (wait_ms: number) => {
      self.alarm?.turnOff();
      self.alarm = after(wait_ms, what, run);
    };
    const untilGap = () => Math.max(0, startedAt + gap_ms() - time.now_ms());
    const quiet_ms = () => Math.min(RESTS * (time.now_ms() - parameters.stirredAt(DEAF[what] ?? [])), MOST_PAUSE_MS);
    const run = async () => {
      isRunning = true;
      isPoked = false;
      startedAt = time.now_ms();
      let pause_ms: number | undefined;
      try {
        if (RELY_ON_HEAD.has(what)) await freshen();
        pause_ms = await turn();
        failures = 0;
      } catch (error) {
        log.debug({ event: 'loop_failed', loop: what, err: error });
        pause_ms = Math.min(250 * 2 ** failures++, interval_ms);
      }
      isRunning = false;
      parameters.onStep(what);
      pause_ms ??= interval_ms;
      rest_ms = Math.max(interval_ms, pause_ms);
      schedule(isPoked ? untilGap() : Math.max(pause_ms, quiet_ms()));
    };
    const self: Loop = {
      what,
      alarm: undefined,
      poke: () => {
        isPoked = true;
        if (!isRunning) schedule(untilGap());
      },
      stir: () => {
        if (!isRunning && (self.alarm?.at_ms() ?? 0) > time.now_ms() + rest_ms) schedule(rest_ms);
      },
    };
    loops.push(self);
    schedule(0);
    return { poke: self.poke, stop: async () => undefined };
  };
  /**
   * As each start of the product: first whether this is still the chain and the secret that the database was born with. Where the
   * chain was reorganised while nothing ran, a person accepts it, as the refusal says.
   */
  const start = async (refusals = 0): Promise<void> => {
    try {
      await assertPins(db, door, settings);
    } catch (error) {
      say(`${name} did not start: ${error instanceof Error ? error.message : error}`);
      if (error instanceof PinMismatchError && refusals >= REFUSALS_BEFORE_A_PERSON && !wire.isChainAway())
        await repin(db, door, await newestKept(db, door));
      after(RESTART_MS, 'start', () => start(refusals + 1));
      return;
    }
    reactor = await startReactor(ctx, openSigner(settings), {
      startLoop,
      listen: () => ({ stop: async () => undefined }),
    });
  };
  const poke = (what: string) => loops.find((one) => one.what === what)?.poke();

  return {
    name,
    ctx,
    start,
    handler: () =>
      handle &&
      (async (job) => {
        await freshen();
        await handle?.(job);
        parameters.onStep(`${job.lane} ${job.id}`);
      }),
    pokeIntake: () => poke('intake'),
    pokeIndexed: () => poke('rescan'),
    stir: (news) => {
      for (const one of loops) if (!DEAF[one.what]?.includes(news)) one.stir();
    },
    dieAt: (query, heard, dead) => {
      countdown = query;
      isHeard = heard;
      onDead = dead;
    },
    pauseUntil: (at_ms) => {
      paused_ms = at_ms;
      wire.stopped(name);
    },
    isDead: () => isDead,
    drop,
  };
}
