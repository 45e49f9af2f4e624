import type { Draws } from './chance.ts';

/** What can go wrong, and how often in a thousand chances. The rates that the proof names stand first. */
export const RATES = {
  timeout_after_success: 50,
  webhook_duplicated: 200,
  webhook_reordered: 200,
  webhook_lost: 100,
  spei_returned: 10,
  deposit_late: 15,
  deposit_over: 10,
  deposit_under: 10,
  deposit_duplicate: 10,
  deposit_missing: 10,
  request_lost: 15,
  refused_connection: 10,
  server_error: 15,
  slow_answer: 20,
  list_lag: 50,
  wakeup_lost: 100,
  slow_query: 80,
  slow_block: 5,
  forgotten: 300,
  withdrawal_failed: 2,
  redemption_failed: 3,
  bitso_failed: 5,
} as const;

/** What strikes a world as a whole, at moments of its own. */
export const EVENTS = [
  'reorg',
  'restart',
  'pause',
  'throttled',
  'outage',
  'rpc_outage',
  'indexer_lag',
  'clock_skew',
  'hold',
  'kill_switch',
  'listed',
  'cap',
] as const;
export type FaultName = keyof typeof RATES | (typeof EVENTS)[number];

export type Faults = Readonly<{
  /** Whether this one strikes now; counted if so. */
  strikes: (name: keyof typeof RATES, draws: Draws) => boolean;
  count: (name: FaultName) => void;
  counts: () => Record<string, number>;
  /** From now on nothing goes wrong any more. */
  end: () => void;
  isOver: () => boolean;
}>;

/** `without` are those that a shorter history does without. */
export function createFaults(without: ReadonlySet<string>): Faults {
  const counts: Record<string, number> = {};
  let isOver = false;
  const count = (name: FaultName) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  return {
    strikes: (name, draws) => {
      // Drawn in any case, so that a history without it stays the same elsewhere.
      const isDrawn = draws.oneIn1000(RATES[name]);
      if (!isDrawn || isOver || without.has(name)) return false;
      count(name);
      return true;
    },
    count,
    counts: () => counts,
    end: () => {
      isOver = true;
    },
    isOver: () => isOver,
  };
}
