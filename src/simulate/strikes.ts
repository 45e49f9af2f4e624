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
const DAY_MS = 24 * HOUR_MS;
/** So long after the last thing that happened, what strikes the world waits for the next. */
const QUIET_MS = 10 * MINUTE_MS;

/** How many minutes lie between two strikes of a kind, on the average, while much is under way. */
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
  /** One that lives, if any does. */
  alive: (name: string) => Process | undefined;
  /** The process of a slot dies at a query and is born anew. */
  restart: (of: Draws) => void;
  stirredAt: () => number;
  stir: () => void;
  say: (line: string) => void;
}>;

/** What strikes the world as a whole, at moments of its own: often while much is under way, rarely in the long quiet. */
export function startStrikes(parameters: StrikesParameters): void {
  const { time, chance, faults, withoutFaults, chain, wire, indexer, stops, alive, restart, say } = parameters;
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
  };
  const strike = (name: keyof typeof EVERY_MINUTES): void => {
    if (faults.isOver() || withoutFaults.has(name)) return;
    faults.count(name);
    say(`fault: ${name}`);
    STRIKES[name](chance.next(`strike ${name}`));
    parameters.stir();
  };
  for (const [name, minutes] of Object.entries(EVERY_MINUTES) as [keyof typeof EVERY_MINUTES, number][]) {
    const again = () => {
      const isQuiet = time.now_ms() - parameters.stirredAt() > QUIET_MS;
      if (!isQuiet) strike(name);
      const of = chance.next(`next ${name}`);
      time.after(of.int(1, minutes * 2) * MINUTE_MS + (isQuiet ? of.int(0, DAY_MS) : 0), `strike ${name}`, again);
    };
    time.after(chance.next(`first ${name}`).int(1, minutes * 2) * MINUTE_MS, `strike ${name}`, again);
  }
}
