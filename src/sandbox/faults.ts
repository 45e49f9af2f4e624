import { createHash } from 'node:crypto';
import { z } from 'zod';
import { pesoAmount } from './amounts.ts';
import type { SandboxContext } from './context.ts';
import { ApiError } from './errors.ts';

const MOST_FAULTS = 1_000;
const LONGEST_MS = 3_600_000;
/** The last strikes are told one by one, each with so much of what it struck. */
const MOST_STRIKES = 10_000;
const MOST_SAID = 1_000;

/** Lists of which a page can be cut. */
const LISTS = [
  'GET /spei/v1/clabes',
  'GET /spei/v1/deposits',
  'GET /spei/v2/deposits',
  'GET /mint_platform/v1/accounts/banks',
  'GET /mint_platform/v1/balances',
  'GET /mint_platform/v1/financial_movements',
  'GET /mint_platform/v1/transactions',
  'GET /v3/balance',
  'GET /v3/withdrawals',
  'GET /v3/withdrawal_methods/:currency',
  'GET /api/v3/banks/mx',
];
/** Lists of what is made, which may show it late. */
const LAGGING = [
  'GET /spei/v1/clabes',
  'GET /spei/v1/deposits',
  'GET /spei/v2/deposits',
  'GET /mint_platform/v1/accounts/banks',
  'GET /mint_platform/v1/financial_movements',
  'GET /mint_platform/v1/transactions',
  'GET /v3/withdrawals',
];
const PAYOUTS = ['POST /mint_platform/v1/redemptions', 'POST /v3/withdrawals'];
const WEBHOOK = ['webhook'];

/** Every fault: what it does, how long (in `ms`) where nothing is said, and where it can strike; at any call where nothing is said. */
export const FAULTS = {
  delay_ms: { what: 'the answer comes late, by ms', ms: 1_000 },
  error_5xx_before: { what: 'HTTP 503 of a gateway; nothing was done' },
  error_5xx_after_success: { what: 'HTTP 500; it was done' },
  error_34003_after_success: { what: 'error 34003; it was done' },
  timeout_after_success: { what: 'it was done; no answer, and the connection is cut after ms', ms: 120_000 },
  connection_reset_before: { what: 'the connection is reset; nothing was done' },
  connection_reset_after_success: { what: 'the connection is reset; it was done' },
  malformed_json: { what: 'the answer breaks off within its JSON; it was done' },
  throttle: { what: 'the key is locked out for ms', ms: 60_000 },
  outage: { what: 'everything answers HTTP 502 for ms', ms: 60_000 },
  partial_page: { what: 'a list shows half of its page, and counts as if it were whole', at: LISTS },
  partial_page_error: { what: 'a list shows half of its page beside an error, with HTTP 200', at: LISTS },
  list_lag: {
    what: 'what is made next shows in its detail at once and in that list ms later',
    ms: 1_000,
    at: LAGGING,
  },
  fail_payout: { what: 'a payout that was accepted fails; its endpoint is the one that was called', at: PAYOUTS },
  return_payout: {
    what: 'a payout completes and comes back after ms; its endpoint is the one that was called',
    ms: 1_000,
    at: PAYOUTS,
  },
  blacklisted_address: {
    what: 'a withdrawal fails as if the token refused its destination',
    at: ['POST /mint_platform/v1/withdrawals'],
  },
  credit_held: { what: 'a transfer to the deposit address is not credited; the endpoint is "credit"', at: ['credit'] },
  drop: { what: 'a webhook is lost; the endpoint is "webhook", for all that follow', at: WEBHOOK },
  duplicate: { what: 'it comes twice', at: WEBHOOK },
  late: { what: 'it comes ms later', ms: 5_000, at: WEBHOOK },
  reorder: { what: 'it comes after the next one, but at most ms later', ms: 5_000, at: WEBHOOK },
  forged_signature: {
    what: 'besides the true one comes one that says COMPLETE, signed by nobody’s key',
    at: WEBHOOK,
  },
  forged_id: { what: 'besides the true one comes one of an id that does not exist', at: WEBHOOK },
} as const satisfies Record<string, Usual>;

type Usual = Readonly<{ what: string; ms?: number; at?: readonly string[] }>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** What no request asks for: where the faults of webhooks and of credits strike. */
const BESIDE = ['webhook', 'credit'];

/** Whether a fault can strike there: at an endpoint of the API, or at "webhook" or "credit". */
export function canStrike(name: FaultName, endpoint: string): boolean {
  const { at }: Usual = FAULTS[name];
  return at ? at.includes(endpoint) : !BESIDE.includes(endpoint);
}

const nameSchema = z.enum(FAULT_NAMES);
const milliseconds = z.int().min(0).max(LONGEST_MS);
const pattern = z.string().min(1).max(200);
const probability = z.number().min(0).max(1);
const words = z.string().min(1).max(200);

/**
 * One fault: it strikes the next `count` requests of its endpoint, which is a method and a route's pattern ("POST
 * /mint_platform/v1/redemptions"), or one of the words that FAULTS names; a * in it stands for anything.
 * With a `text`, or all of several, it strikes only where that stands, so that each of many payments under way can have a
 * fault of its own: in a request's path with query or its body; of a GET in its answer too; in a webhook's body; and of what a
 * request set going, in its amount with two decimals and quotes around it.
 */
export const faultSchema = z.strictObject({
  name: nameSchema,
  endpoint: pattern,
  text: z.union([words, z.array(words).min(1).max(10)]).optional(),
  count: z.int().min(1).max(1_000_000).default(1),
  ms: milliseconds.optional(),
});

/** Faults by chance: for each name a probability, or one per endpoint. The same seed strikes the same calls of an endpoint. */
export const seedSchema = z.strictObject({
  seed: z.union([z.string().max(100), z.int()]),
  rates: z.partialRecord(nameSchema, z.union([probability, z.record(pattern, probability)])),
  ms: z.partialRecord(nameSchema, milliseconds).default({}),
});

export const outageSchema = z.object({ ms: milliseconds });

export type Fault = z.output<typeof faultSchema>;
type Seed = z.output<typeof seedSchema>;

/** What strikes now; `ms` is its duration, 0 where it has none, and `texts` is what it is meant for. */
export type Strike = Readonly<{ ms: number; texts: readonly string[] }>;

/** The faults that are armed, those that chance brings, and how often each has struck. */
export function openFaults({ clock }: SandboxContext) {
  const struck: Partial<Record<FaultName, Record<string, number>>> = {};
  const strikes: { name: FaultName; endpoint: string; said: string; at_ms: number; ms: number }[] = [];
  let armed: Fault[] = [];
  let seed: Seed | undefined;
  let rolls = new Map<string, number>();
  let outageUntil_ms = 0;

  /** Whether the fault strikes at this endpoint, one of its count used up. `said`: all that stands in what it would strike. */
  function strike(name: FaultName, endpoint: string, said: string): Strike | undefined {
    if (!canStrike(name, endpoint)) return undefined;
    const usual: Usual = FAULTS[name];
    const fault = takeArmed(name, endpoint, said);
    if (!fault && !isRolled(name, endpoint)) return undefined;
    const ms = fault?.ms ?? seed?.ms[name] ?? usual.ms ?? 0;
    note(name, endpoint, said, ms);
    return { ms, texts: fault ? textsOf(fault) : [] };
  }

  /** The fault that is armed for this, one of its count used up. */
  function takeArmed(name: FaultName, endpoint: string, said: string): Fault | undefined {
    const fault = armed.find(
      (f) => f.name === name && matches(f.endpoint, endpoint) && textsOf(f).every((text) => said.includes(text)),
    );
    if (fault) fault.count -= 1;
    armed = armed.filter(({ count: left }) => left > 0);
    return fault;
  }

  const note = (name: FaultName, endpoint: string, said: string, ms: number): void => {
    struck[name] = { ...struck[name], [endpoint]: (struck[name]?.[endpoint] ?? 0) + 1 };
    strikes.push({ name, endpoint, said: said.slice(0, MOST_SAID), at_ms: clock.now_ms(), ms });
    if (strikes.length > MOST_STRIKES) strikes.shift();
  };

  /** Chance that depends only on the seed and on how many calls of this endpoint came before. */
  function isRolled(name: FaultName, endpoint: string): boolean {
    const rate = seed?.rates[name];
    if (!seed || rate === undefined) return false;
    const chance = typeof rate === 'number' ? rate : Object.entries(rate).find(([p]) => matches(p, endpoint))?.[1];
    if (!chance) return false;
    const key = `${name} ${endpoint}`;
    const nth = (rolls.get(key) ?? 0) + 1;
    rolls.set(key, nth);
    const hash = createHash('sha256')
      .update(JSON.stringify([seed.seed, key, nth]))
      .digest();
    return hash.readUIntBE(0, 6) / 2 ** 48 < chance;
  }

  return {
    strike,
    read: () => ({
      faults: armed,
      struck,
      strikes,
      seed: seed ?? null,
      outage_ms: Math.max(0, outageUntil_ms - clock.now_ms()),
    }),
    isOut: (): boolean => clock.now_ms() < outageUntil_ms,
    /** Throws an ApiError where the fault can strike at none of these endpoints of the API that it is meant for. */
    arm(fault: Fault, endpoints: readonly string[]): void {
      refuseInVain(fault.name, fault.endpoint, endpoints);
      if (armed.length >= MOST_FAULTS) throw new ApiError(400, '0401', `At most ${MOST_FAULTS} faults are kept`);
      armed.push(fault);
    },
    /** Throws an ApiError likewise. */
    sow(sown: Seed, endpoints: readonly string[]): void {
      for (const name of FAULT_NAMES) {
        const rate = sown.rates[name];
        if (typeof rate === 'object') for (const pattern of Object.keys(rate)) refuseInVain(name, pattern, endpoints);
      }
      seed = sown;
      rolls = new Map();
    },
    /** A call that comes while an outage lasts is struck by the one that is armed for it; it lasts no longer for that. */
    meetOutage: (endpoint: string, said: string): void => {
      if (takeArmed('outage', endpoint, said)) note('outage', endpoint, said, 0);
    },
    startOutage: (duration_ms: number): void => {
      outageUntil_ms = clock.now_ms() + duration_ms;
    },
    /** Forgets what is armed and sown and ends an outage; the counts stay. */
    clear: (): void => {
      armed = [];
      seed = undefined;
      outageUntil_ms = 0;
    },
  };
}

export type Faults = ReturnType<typeof openFaults>;

const textsOf = ({ text = [] }: Fault): string[] => [text].flat();

/** What money says of itself to the texts of faults: "1001.00", with the quotes. */
export const saidOf = (units: bigint): string => `"${pesoAmount(units)}"`;

/** Whether the endpoint is of this pattern, in which * stands for anything. */
function matches(pattern: string, endpoint: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(endpoint);
}

function refuseInVain(name: FaultName, pattern: string, endpoints: readonly string[]): void {
  const all = [...endpoints, ...BESIDE];
  if (all.some((endpoint) => matches(pattern, endpoint) && canStrike(name, endpoint))) return;
  const where = all.filter((endpoint) => canStrike(name, endpoint)).join(', ');
  throw new ApiError(
    422,
    '0304',
    `${name} can strike nowhere at "${pattern}", so it would strike never; it can at ${where}`,
  );
}
