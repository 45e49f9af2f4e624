/** What this process measures of itself as it works. What the database knows is read when it is asked for (readings.ts). */
import { Counter, Histogram, Registry } from 'prom-client';
import type { Transport } from 'viem';
import type { CreateJunoClientParameters, JunoCallLine } from '../../juno/client.ts';
import type { ExchangeParameters, ExchangeReturnType } from '../../juno/transport.ts';
import type { startLoop } from '../watch/loop.ts';

const LATENCY_BOUNDS_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** What the last calls to a rail took: enough to say what is usual now. */
const RECENT_CALLS = 15;
/** Fewer say nothing. */
const LEAST_CALLS = 5;
const MS = 1_000;
/** Both rails may be at one address, as in the sandbox; Bitso’s own API is under this (P/mxn-withdrawals). */
const BITSO_PATH = /^(\/api)?\/v3\//;

type Exchange = NonNullable<CreateJunoClientParameters['exchange']>;
type StartLoop = typeof startLoop;

export type Instruments = ReturnType<typeof createInstruments>;

/**
 * The instruments of one process, and what is put around its doors and loops so that they read. No label ever holds an id, an amount, or
 * anything that a person typed: each has a handful of values, which our own code names.
 */
export function createInstruments({ monotonic, now }: Readonly<{ monotonic: () => number; now: () => Date }>) {
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({
    name: 'kustodia_rail_calls_total',
    help: 'Calls to Juno and Bitso, by endpoint and by what is known of their outcome.',
    labelNames: ['endpoint', 'outcome'],
    registers,
  });
  const railLatency = new Histogram({
    name: 'kustodia_rail_latency_seconds',
    help: 'From the first byte of a call to Juno or Bitso to the end of its answer, without the wait for room in the budget.',
    labelNames: ['rail', 'answer'],
    buckets: LATENCY_BOUNDS_S,
    registers,
  });
  const rpcLatency = new Histogram({
    name: 'kustodia_rpc_latency_seconds',
    help: 'From asking the RPC of ETH_RPC_URL to its answer.',
    labelNames: ['method', 'answer'],
    buckets: LATENCY_BOUNDS_S,
    registers,
  });
  const turns = new Counter({
    name: 'kustodia_loop_turns_total',
    help: 'Turns of each loop of this process.',
    labelNames: ['loop', 'outcome'],
    registers,
  });
  const turnTime = new Histogram({
    name: 'kustodia_loop_turn_seconds',
    help: 'How long the turns of each loop took.',
    labelNames: ['loop'],
    buckets: [0.01, 0.05, 0.25, 1, 5, 30],
    registers,
  });
  const turnedAt = new Map<string, Date>();
  const recent = new Map<string, number[]>();

  const note = (rail: string, took_s: number): void => {
    recent.set(rail, [...(recent.get(rail) ?? []), took_s].slice(-RECENT_CALLS));
  };

  return {
    registry,
    /** Counts a call; takes what the client writes to its log. */
    countCall: ({ endpoint, outcome }: JunoCallLine): void => calls.inc({ endpoint, outcome }),

    /** Times what carries the calls to the rails. */
    timeExchange:
      (carry: Exchange): Exchange =>
      async (parameters: ExchangeParameters): Promise<ExchangeReturnType> => {
        const rail = BITSO_PATH.test(parameters.path) ? 'bitso' : 'juno';
        const began = monotonic();
        let answer = 'none';
        try {
          const answered = await carry(parameters);
          answer = `${Math.floor(answered.httpStatus / 100)}xx`;
          return answered;
        } finally {
          const took_s = (monotonic() - began) / MS;
          railLatency.observe({ rail, answer }, took_s);
          note(rail, took_s);
        }
      },

    /** Times what carries the questions to the RPC. */
    timeTransport:
      (transport: Transport): Transport =>
      (options) => {
        const carried = transport(options);
        const request: typeof carried.request = async (asked, ...rest) => {
          const { method } = asked as { method: string };
          const began = monotonic();
          let answer = 'error';
          try {
            // The types of what each method answers go through as they are.
            const answered = await carried.request(asked, ...rest);
            answer = 'ok';
            return answered as never;
          } finally {
            rpcLatency.observe({ method, answer }, (monotonic() - began) / MS);
          }
        };
        return { ...carried, request };
      },

    /** Counts and times the turns of the loops that are started by it. */
    watchLoops:
      (start: StartLoop): StartLoop =>
      (loop, options, turn) => {
        turnedAt.set(loop, now());
        return start(loop, options, async () => {
          const began = monotonic();
          let outcome = 'failed';
          try {
            const pause_ms = await turn();
            outcome = 'done';
            turnedAt.set(loop, now());
            return pause_ms;
          } finally {
            turns.inc({ loop, outcome });
            turnTime.observe({ loop }, (monotonic() - began) / MS);
          }
        });
      },

    /** When a loop of this process last had a turn that did not fail, or was started; null if it was not. */
    lastTurn: (loop: string): Date | null => turnedAt.get(loop) ?? null,

    /** The middle of what the last calls to a rail took, in seconds; null where too few were made. */
    usualLatency_s: (rail: string): number | null => {
      const took = [...(recent.get(rail) ?? [])].sort((a, b) => a - b);
      return took.length < LEAST_CALLS ? null : (took[Math.floor(took.length / 2)] ?? null);
    },
  };
}
