import type { Fault } from '../local/juno.ts';
import { CRASH_POINTS } from './coverage.ts';
import { type Draw, drawFrom, pick } from './draw.ts';
import { JOURNEYS, type Journey } from './stories.ts';

export const REACTORS = ['reactor 1', 'reactor 2'] as const;
export const WIRES = ['postgres', 'juno', 'chain'] as const;
export type ReactorName = (typeof REACTORS)[number];
export type Wire = (typeof WIRES)[number];

/** What happens to the world at a moment of a run. */
export type Blow = Readonly<{ at_ms: number }> &
  /** A reactor dies as soon as a leg is at a point, or when the wait for one is over. */
  (
    | Readonly<{ do: 'kill'; what: ReactorName; down_ms: number; aim: string }>
    | Readonly<{ do: 'kill'; what: 'indexer' | 'postgres'; down_ms: number }>
    | Readonly<{ do: 'restart'; what: ReactorName | 'indexer' | 'postgres' }>
    /** SIGSTOP, and SIGCONT after so long. */
    | Readonly<{ do: 'pause'; what: ReactorName | 'indexer' | 'anvil'; ms: number }>
    | Readonly<{ do: 'cut'; what: Wire }>
    | Readonly<{ do: 'silence'; what: Wire; ms: number }>
    | Readonly<{ do: 'fault'; fault: Fault }>
  );

/** All that a run will be, before it begins. */
export type Plan = Readonly<{
  seed: number;
  /** What people ask for, and when; with its twin or without. */
  stories: readonly (Journey & Readonly<{ at_ms: number; hasTwin: boolean }>)[];
  blows: readonly Blow[];
}>;

/** How much a run is. The first `twins` stories, of a journey each, have a twin. */
export type Size = Readonly<{
  stories: number;
  twins: number;
  blows: number;
  lastStory_ms: number;
  lastBlow_ms: number;
}>;
const WHOLE: Size = { stories: 18, twins: JOURNEYS.length, blows: 14, lastStory_ms: 20_000, lastBlow_ms: 30_000 };
/** What every run of the tests can afford. */
export const SMALL: Size = { stories: 5, twins: 2, blows: 4, lastStory_ms: 2_000, lastBlow_ms: 5_000 };
/** A lane's lease is 12 s at most: who sleeps longer wakes up after another has taken over. */
const LONGEST_PAUSE_MS = 16_000;

const SENDS = [
  'POST /mint_platform/v1/withdrawals',
  'POST /mint_platform/v1/redemptions',
  'POST /v3/withdrawals',
  'POST /mint_platform/v1/accounts/banks',
];
const LISTS = [
  'GET /spei/v1/deposits',
  'GET /mint_platform/v1/transactions',
  'GET /mint_platform/v1/accounts/banks',
  'GET /v3/withdrawals',
  'GET /spei/v2/deposits',
];
const CALLS = [...SENDS, ...LISTS, 'GET /mint_platform/v1/transactions/:id'];
const PAYOUTS = ['POST /mint_platform/v1/redemptions', 'POST /v3/withdrawals'];

/** The faults of the sandbox, where each strikes, and how long it lasts where it does. */
const FAULTS: readonly Readonly<{ name: string; at: readonly string[]; ms?: number }>[] = [
  { name: 'delay_ms', at: CALLS, ms: 1_500 },
  { name: 'error_5xx_before', at: CALLS },
  { name: 'error_5xx_after_success', at: SENDS },
  { name: 'error_34003_after_success', at: SENDS },
  { name: 'timeout_after_success', at: SENDS, ms: 30_000 },
  { name: 'connection_reset_before', at: CALLS },
  { name: 'connection_reset_after_success', at: SENDS },
  { name: 'malformed_json', at: CALLS },
  { name: 'throttle', at: CALLS, ms: 500 },
  { name: 'outage', at: CALLS, ms: 1_500 },
  { name: 'partial_page', at: LISTS },
  { name: 'list_lag', at: ['GET /spei/v1/deposits', 'GET /mint_platform/v1/transactions'], ms: 1_500 },
  { name: 'fail_payout', at: PAYOUTS },
  { name: 'return_payout', at: PAYOUTS, ms: 500 },
  { name: 'blacklisted_address', at: ['POST /mint_platform/v1/withdrawals'] },
  { name: 'credit_held', at: ['credit'] },
  ...['drop', 'duplicate', 'forged_signature', 'forged_id'].map((name) => ({ name, at: ['webhook'] })),
  { name: 'late', at: ['webhook'], ms: 3_000 },
  { name: 'reorder', at: ['webhook'], ms: 3_000 },
];

/** So many of ten blows are of each kind. */
const KINDS = ['kill', 'kill', 'kill', 'restart', 'pause', 'cut', 'silence', 'fault', 'fault', 'fault'] as const;

/** The plan of a seed. The same seed is the same plan of a size: nothing else goes into it. */
export function planOf(seed: number, size = WHOLE): Plan {
  const draw = drawFrom(`chaos ${seed}`);
  const stories = Array.from({ length: size.stories }, (_, i) => ({
    ...(i < JOURNEYS.length ? (JOURNEYS[i] ?? JOURNEYS[0]) : pick(draw, JOURNEYS)),
    at_ms: draw(size.lastStory_ms),
    hasTwin: i < size.twins,
  }));
  // Each run kills a reactor and strikes Juno, whatever else is drawn.
  const kinds = ['kill', 'fault', ...Array.from({ length: size.blows - 2 }, () => pick(draw, KINDS))] as const;
  // Its first kill has its aim by the seed's number, so that as many seeds in a row as there are points aim at all of them.
  const first = CRASH_POINTS[seed % CRASH_POINTS.length];
  const blows = kinds.map((kind, i) => blow(draw, kind, 500 + draw(size.lastBlow_ms), i === 0 ? first : undefined));
  const inOrder = <T extends { at_ms: number }>(items: readonly T[]) => [...items].sort((a, b) => a.at_ms - b.at_ms);
  return { seed, stories: inOrder(stories), blows: inOrder(onlyOneLockOut(blows)) };
}

const isReactor = (name: string): name is ReactorName => REACTORS.some((one) => one === name);

function blow(draw: Draw, kind: (typeof KINDS)[number], at_ms: number, point?: string): Blow {
  switch (kind) {
    case 'kill': {
      const what = pick(draw, point ? REACTORS : ([...REACTORS, ...REACTORS, 'indexer', 'postgres'] as const));
      const down_ms = draw(5_000);
      return isReactor(what)
        ? { at_ms, do: kind, what, down_ms, aim: point ?? pick(draw, CRASH_POINTS) }
        : { at_ms, do: kind, what, down_ms };
    }
    case 'restart':
      return { at_ms, do: kind, what: pick(draw, [...REACTORS, ...REACTORS, 'indexer', 'postgres'] as const) };
    case 'pause':
      return {
        at_ms,
        do: kind,
        what: pick(draw, [...REACTORS, ...REACTORS, 'indexer', 'anvil'] as const),
        ms: 500 + draw(LONGEST_PAUSE_MS),
      };
    case 'cut':
      return { at_ms, do: kind, what: pick(draw, WIRES) };
    case 'silence':
      return { at_ms, do: kind, what: pick(draw, WIRES), ms: 500 + draw(5_000) };
    case 'fault': {
      const { name, at, ms } = pick(draw, FAULTS);
      const fault = { name, endpoint: pick(draw, at), count: 1 + draw(2), ...(ms !== undefined && { ms }) };
      return { at_ms, do: kind, fault };
    }
  }
}

/** Juno is left alone for twice as long after each lock-out of a day: a second one would be a run of minutes. */
function onlyOneLockOut(blows: readonly Blow[]): Blow[] {
  let lockOuts = 0;
  return blows.flatMap((one) => {
    if (one.do !== 'fault' || one.fault.name !== 'throttle') return [one];
    lockOuts += 1;
    return lockOuts === 1 ? [{ ...one, fault: { ...one.fault, count: 1 } }] : [];
  });
}

/** One line a blow and story, for people. */
export function describePlan({ seed, stories, blows }: Plan): string {
  const lines = [
    ...stories.map(({ at_ms, journey, rail, hasTwin }) => ({
      at_ms,
      text: `asked: ${hasTwin ? 'twice for the same amount, ' : ''}${journey} by ${rail}`,
    })),
    ...blows.map((one) => ({ at_ms: one.at_ms, text: describeBlow(one) })),
  ];
  const body = lines
    .sort((a, b) => a.at_ms - b.at_ms)
    .map(({ at_ms, text }) => `  ${String(at_ms).padStart(6)} ms  ${text}`);
  return [`The plan of seed ${seed}:`, ...body].join('\n');
}

export function describeBlow(one: Blow): string {
  switch (one.do) {
    case 'kill':
      return `kill -9 ${one.what}${'aim' in one ? ` at ${one.aim}` : ''}, down for ${one.down_ms} ms`;
    case 'restart':
      return `restart ${one.what}`;
    case 'pause':
      return `SIGSTOP ${one.what} for ${one.ms} ms`;
    case 'cut':
      return `cut all connections to ${one.what}`;
    case 'silence':
      return `nothing gets through to ${one.what} for ${one.ms} ms`;
    case 'fault': {
      const { name, endpoint, count } = one.fault;
      return `${name} at the next ${count} of ${endpoint}`;
    }
  }
}
