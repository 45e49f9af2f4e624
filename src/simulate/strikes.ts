import type { BackOffice } from './back-office.ts';
import type { Chain } from './chain.ts';
import type { Chance, Draws } from './chance.ts';
import type { FaultName, Faults } from './faults.ts';
import type { Indexer } from './indexer.ts';
import type { Process } from './process.ts';
import type { Stops } from './stops.ts';
import type { Time } from './time.ts';
import type { Wire } from './wire.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** So long after the last thing that happened, what strikes the world sleeps until the next. */
const QUIET_MS = 10 * MINUTE_MS;

/** How many minutes lie between two strikes of a kind, on the average, while something is under way. */
const EVERY_MINUTES = {
  reorg: 40,
  restart: 10,
  pause: 25,
  throttled: 120,
  outage: 240,
  rpc_outage: 90,
  indexer_lag: 60,
  hold: 15,
  kill_switch: 90,
  listed: 60,
  cap: 120,
} as const satisfies Partial<Record<FaultName, number>>;

export type StrikesParameters = Readonly<{
  time: Time;
  chance: Chance;
  faults: Faults;
  withoutFaults: ReadonlySet<string>;
  chain: Chain;
  wire: Wire;
  indexer: Indexer;
  stops: Stops;
  backOffice: BackOffice;
  /** One that lives, if any does. */
  alive: (name: string) => Process | undefined;
  /** The process of a slot dies at a query and is born anew. */
  restart: (of: Draws) => void;
  /** When something last happened that is no strike. */
  newsAt: () => number;
  stir: () => void;
  say: (line: string) => void;
}>;

export type Strikes = Readonly<{
  /** Something happened: what sleeps in the quiet may strike again. */
  wake: () => void;
}>;

/** What strikes the world as a whole while something is under way, at moments of its own; in the long quiet nothing does. */
export function startStrikes(parameters: StrikesParameters): Strikes {
  const { time, chance, faults, withoutFaults, chain, wire, indexer, stops, backOffice, alive, restart, say } =
    parameters;
  const until = (wait_ms: number) => time.now_ms() + wait_ms;
  const STRIKES: Record<keyof typeof EVERY_MINUTES, (of: Draws) => void> = {
    reorg: (of) => chain.reorganise(of.pick([1, 2, 5, 12, 40, 300])),
    restart,
    pause: (of) => alive('pause')?.pauseUntil(until(of.int(1_000, 90_000))),
    throttled: (of) => wire.set('throttled', until(of.int(1_000, 60_000))),
    outage: (of) => wire.set('outage', until(of.int(MINUTE_MS, 3 * HOUR_MS))),
    rpc_outage: (of) => wire.set('rpc_outage', until(of.int(1_000, 20 * MINUTE_MS))),
    indexer_lag: (of) => indexer.lag(of.int(5_000, 30 * MINUTE_MS)),
    hold: (of) => stops.hold(of, of.int(MINUTE_MS, 6 * HOUR_MS)),
    kill_switch: (of) => stops.throwSwitch(of, of.int(MINUTE_MS, HOUR_MS)),
    listed: (of) => stops.list(of, of.int(MINUTE_MS, 6 * HOUR_MS)),
    cap: (of) => backOffice.lowerCap(of.int(MINUTE_MS, 3 * HOUR_MS)),
  };
  const strike = (name: keyof typeof EVERY_MINUTES): void => {
    if (faults.isOver() || withoutFaults.has(name)) return;
    faults.count(name);
    say(`fault: ${name}`);
    STRIKES[name](chance.next(`strike ${name}`));
    parameters.stir();
  };
  const dormant = new Set(Object.keys(EVERY_MINUTES) as (keyof typeof EVERY_MINUTES)[]);
  const arm = (name: keyof typeof EVERY_MINUTES): void => {
    dormant.delete(name);
    time.after(chance.next(`next ${name}`).int(1, EVERY_MINUTES[name] * 2) * MINUTE_MS, `strike ${name}`, () => {
      if (time.now_ms() - parameters.newsAt() > QUIET_MS) return dormant.add(name);
      strike(name);
      return arm(name);
    });
  };
  return {
    wake: () => {
      for (const name of dormant) arm(name);
    },
  };
}
