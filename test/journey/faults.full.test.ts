import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readBooks } from '../../src/local/books.ts';
import { readFaults } from '../../src/local/juno.ts';
import { judge } from '../../src/local/report.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { FAULT_NAMES, type FaultName } from '../../src/sandbox/faults.ts';
import { CALLS, type Call, callsOf, ONCE, printPage, type Verdicts } from './fault-table.ts';
import { type FaultWorld, letDaysPass, openFaultWorld, type Progress } from './fault-world.ts';
import { SHORT_DELAYS, SHORT_WINDOW } from './support.ts';

/** Written anew with KUSTODIA_WRITE_FAULTS=1. */
const PAGE = join(import.meta.dirname, '../../docs/juno-faults.md');
const TIMEOUT_MS = 600_000;
/** More payments than this in one wave cannot be needed. */
const MOST_TRIES = 6;
const RAILS = ['bank_redemption', 'bitso_spei', 'bitso_transfer'] as const;
/** It was done, and the answer was lost. */
const ANSWER_LOST = [
  'timeout_after_success',
  'connection_reset_after_success',
  'error_5xx_after_success',
  'error_34003_after_success',
  'malformed_json',
] as const;
/** Calls of a payment on its way. */
const ON_THE_WAY: readonly Call[] = [
  'withdraw',
  'redeem',
  'payAtBitso',
  'listDeposits',
  'listTransactions',
  'readTransaction',
  'listAtBitso',
];
/** What is armed with them. */
const THE_REST: readonly Call[] = [...ON_THE_WAY, 'listReturns', 'credit', 'webhook'];
const REGISTERING: readonly Call[] = ['createAccount', 'listAccounts'];

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

const verdicts: Verdicts = new Map();
const say = (fault: FaultName, call: Call, what: string) => {
  const row = verdicts.get(fault) ?? new Map<Call, string>();
  verdicts.set(fault, row.set(call, what));
};

/** The call at which a payment that waits for a person was struck. */
function struckAt({ state, rail, code }: Progress): Call {
  if (code === 'payout_account_unusable') return 'createAccount';
  if (code === 'juno_holds_deposit') return 'credit';
  if (state === 'withdrawing') return 'withdraw';
  if (state === 'redeeming') return 'redeem';
  return rail === 'bank_redemption' ? 'redeem' : 'payAtBitso';
}

/**
 * Faults that strike together. Of a pair at one call the first strikes the first request, before anything is done, and the second the
 * next one. `waiting`: how many payments wait for a person at the least.
 */
type Wave = Readonly<{ faults: readonly FaultName[]; waiting: number }>;
/** They leave payments for which is looked in vain for a minute before a person is told. */
const NOT_DONE: readonly Wave[] = [
  { faults: ['connection_reset_before', 'connection_reset_after_success'], waiting: 2 },
  { faults: ['error_5xx_before', 'error_5xx_after_success'], waiting: 2 },
];
/** The first two strike all calls at once, those for CLABEs too. */
const UNHEARD: readonly Wave[] = [
  { faults: ['outage', 'malformed_json'], waiting: 2 },
  { faults: ['throttle', 'error_34003_after_success'], waiting: 0 },
  { faults: ['timeout_after_success'], waiting: 0 },
];
const MISLED: readonly Wave[] = [
  { faults: ['partial_page'], waiting: 0 },
  { faults: ['partial_page_error'], waiting: 0 },
  {
    faults: ['delay_ms', 'list_lag', 'drop', 'duplicate', 'late', 'reorder', 'forged_signature', 'forged_id'],
    waiting: 0,
  },
  { faults: ['blacklisted_address', 'credit_held', 'fail_payout'], waiting: 4 },
  { faults: ['return_payout'], waiting: 2 },
];

const TO_A_CLABE: readonly Call[] = ['createClabe', 'listClabes'];

/** A user whose CLABE is asked for while the fault strikes; where it leaves nothing to look for, a lost answer does. */
async function strikeClabe(here: FaultWorld, fault: FaultName, calls: readonly Call[]): Promise<void> {
  await here.arm(fault, calls);
  if (calls.includes('listClabes') && !ANSWER_LOST.some((lost) => lost === fault))
    await here.arm('connection_reset_after_success', ['createClabe']);
  await here.hasClabe(await here.createUser('Paula Pagadora'));
  await here.until(`${fault} has struck at the CLABEs`, () => here.isSpent(TO_A_CLABE));
  for (const call of calls) say(fault, call, ONCE);
}

/** A user whose CLABE is never made, nor asked for again. Those come last: they would take what is made for others and lost. */
async function loseClabe(here: FaultWorld, fault: FaultName): Promise<string> {
  await here.arm(fault, ['createClabe']);
  const user = await here.createUser('Paula Pagadora');
  await here.until(`${fault} has struck at the CLABEs`, () => here.isSpent(TO_A_CLABE));
  return user;
}

/** Every fault at the calls by which a user gets a CLABE, but those that strike all calls at once. */
async function strikeClabes(here: FaultWorld): Promise<Map<FaultName, string>> {
  for (const fault of ANSWER_LOST) await strikeClabe(here, fault, TO_A_CLABE);
  for (const fault of ['connection_reset_before', 'error_5xx_before', 'partial_page', 'partial_page_error'] as const)
    await strikeClabe(here, fault, ['listClabes']);
  await strikeClabe(here, 'delay_ms', ['createClabe']);
  await strikeClabe(here, 'delay_ms', ['listClabes']);
  const lost = new Map<FaultName, string>();
  for (const fault of ['connection_reset_before', 'error_5xx_before'] as const)
    lost.set(fault, await loseClabe(here, fault));
  return lost;
}

/** Arms the faults for every call that a few payments make, over all rails, and waits until nothing more happens by itself. */
async function strike(here: FaultWorld, { faults, waiting }: Wave): Promise<string[]> {
  const armAll = async (calls: readonly Call[]) => {
    for (const fault of faults)
      await here.arm(
        fault,
        calls.filter((call) => callsOf(fault).includes(call)),
      );
  };
  const ids: string[] = [];
  await armAll(REGISTERING);
  // Another one until all has struck: where the first of a pair leaves nothing to look for, the second needs a call of its own.
  while (!(await here.isSpent(REGISTERING))) {
    if (ids.length > MOST_TRIES) throw new Error('what was armed for registering an account does not strike');
    const id = await here.createPayment('bank_redemption');
    ids.push(id);
    await here.isRegistering(id);
  }
  // Nothing stands in the list of returns before; all that can strike it does, one look after another.
  const last = faults.includes('return_payout') ? FAULT_NAMES.filter((f) => callsOf(f).includes('listReturns')) : [];
  for (let tries = 0; tries === 0 || !(await here.isSpent(THE_REST)); tries++) {
    if (tries > MOST_TRIES) throw new Error(`what was armed does not strike: ${faults.join()}`);
    const more: string[] = [];
    // Enough for each fault that ends a payment to find one of its own.
    for (const rail of waiting > RAILS.length ? [...RAILS, ...RAILS] : RAILS) more.push(await here.createPayment(rail));
    // What strikes all calls at once must not meet this one.
    for (const id of more) await here.isRegistering(id);
    if (tries === 0) {
      await armAll(THE_REST.filter((call) => call !== 'listReturns'));
      for (const fault of last) await here.arm(fault, ['listReturns']);
      for (const id of ids) await here.deposit(id);
    }
    ids.push(...more);
    for (const id of more) await here.deposit(id);
    await here.areSettled(ids, waiting);
  }
  return ids;
}

/** Says what became of each call that these faults struck. */
function conclude({ faults }: Wave, legs: readonly Progress[]): void {
  for (const fault of faults)
    for (const call of callsOf(fault)) if (!verdicts.get(fault)?.has(call)) say(fault, call, ONCE);
  for (const leg of legs.filter(({ code }) => code !== null)) {
    const call = struckAt(leg);
    const fault = faults.find((name) => callsOf(name).includes(call));
    if (!fault) throw new Error(`nothing struck ${call}, and yet a payment waits: ${leg.code}`);
    say(fault, call, `needs_attention: ${leg.code}`);
  }
}

/** The payments of each wave, and the users whose CLABE was never made. */
type Struck = { waves: Map<Wave, string[]>; unmade: Map<FaultName, string> };

const strikeAll = async (here: FaultWorld, waves: readonly Wave[], { waves: struck }: Struck): Promise<void> => {
  for (const wave of waves) struck.set(wave, await strike(here, wave));
};

async function strikeAnswers(here: FaultWorld, struck: Struck): Promise<void> {
  for (const fault of ['outage', 'throttle'] as const) await strikeClabe(here, fault, ['listClabes']);
  await strikeClabe(here, 'throttle', ['createClabe']);
  const [unmade] = await Promise.all([strikeClabes(here), strikeAll(here, NOT_DONE, struck)]);
  struck.unmade = unmade.set('outage', await loseClabe(here, 'outage'));
  await strikeAll(here, UNHEARD, struck);
}

/**
 * Starts a world, tells it the story, and judges it when nothing more happens by itself. Answers how often each fault has
 * struck where.
 */
async function judged(story: (here: FaultWorld, struck: Struck) => Promise<void>) {
  const world = await startWorld({
    sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS },
    settings: {
      JUNO_TIMEOUT_MS: '1000',
      JUNO_CREDIT_BOUND_S: '5',
      ...SHORT_WINDOW,
    },
  });
  worlds.push(world);
  const stopDays = letDaysPass(world);
  const here = openFaultWorld(world);
  await here.hasClabe(await here.createUser('Paula Pagadora'));
  const struck: Struck = { waves: new Map(), unmade: new Map() };
  await story(here, struck);

  for (const [fault, id] of struck.unmade) {
    const problem = await here.until('a person is told', async () => (await world.api.user(id)).clabeProblem);
    expect(problem).toMatch(/No payment can be asked of this user until there is one/);
    say(fault, 'createClabe', 'needs_attention: no CLABE');
  }
  const legs = await here.until('each payment has ended or waits for a person', async () => {
    const all = await here.progress();
    return all.every(({ state, code }) => state === 'completed' || code !== null) && all;
  });
  for (const { code, sentence } of legs) if (code !== null) expect(sentence).toMatch(/\.$/);
  for (const [wave, ids] of struck.waves)
    conclude(
      wave,
      legs.filter(({ id }) => ids.includes(id)),
    );

  const driven = here.payments().map((one) => {
    const waits = legs.some(({ id, code }) => id === one.id && code !== null);
    return { ...one, status: waits ? 'needs_attention' : 'completed' };
  });
  const asked = driven.map(({ depositedAt, ...one }) => ({ ...one, hasDeposited: depositedAt !== undefined }));
  const report = judge(asked, await readBooks(world, driven, 0));
  expect(report).toMatchObject({ paid_twice: 0, lost_centavos: 0, ledger_sum: 0, breaks: 0 });
  expect(report.completed).toBe(driven.filter(({ status }) => status === 'completed').length);
  await stopDays();
  return (await readFaults(world.sandboxBooks)).struck;
}

/** However wide its columns are set. */
const unset = (page: string) => page.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');

test('each fault at each call: the money arrives once, or it waits for a person who is told why', {
  timeout: TIMEOUT_MS,
}, async () => {
  // Two worlds at once: most of the time is waited.
  const counts = await Promise.all([judged(strikeAnswers), judged((here, struck) => strikeAll(here, MISLED, struck))]);
  const missed = FAULT_NAMES.flatMap((fault) =>
    callsOf(fault)
      .filter((call) => !counts.some((struck) => struck[fault]?.[CALLS[call]]))
      .map((call) => `${fault} ${call}`),
  );
  expect(missed).toEqual([]);
  const page = printPage(verdicts);
  if (process.env['KUSTODIA_WRITE_FAULTS']) writeFileSync(PAGE, page);
  expect(unset(readFileSync(PAGE, 'utf8'))).toBe(unset(page));
});
