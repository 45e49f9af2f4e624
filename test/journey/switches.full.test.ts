import { afterAll, describe, expect, test } from 'vitest';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { armFault, type Fault } from '../../src/local/juno.ts';
import type { Report } from '../../src/local/report.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { SWITCH_NAMES, SWITCHES, type SwitchName } from '../../src/sandbox/switches.ts';
import { JOURNEY_TIMEOUT_MS, query, SHORT_DELAYS, SHORT_WINDOW } from './support.ts';

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

type Answers = Readonly<Partial<Record<SwitchName, string | number | boolean>>>;

const RAILS = ['bank_redemption', 'bitso_spei', 'bitso_transfer'] as const;
const longest = Math.max(...SWITCH_NAMES.map((name) => SWITCHES[name].answers.length));

/** Answers that the journey cannot end under by itself, each with the reason; what it then comes to is tested below. */
const APART: readonly Readonly<{ answers: Answers; why: string }>[] = [
  {
    answers: { withdrawalFee_centavos: 100 },
    why: 'a withdrawal then costs what no payer has paid: the pool runs short, and Kustodia has to keep a float at Juno',
  },
  {
    answers: { largeDepositHeld: true },
    why: 'Juno then holds a large return until somebody has told it whose it is, for which it has no endpoint',
  },
];
const isApart = (name: SwitchName, answer: string | number | boolean | undefined) =>
  APART.some(({ answers }) => answers[name] === answer);

/** World k takes the k-th answer of every switch that can stand there, and begins again where a switch has fewer. */
const WORLDS: readonly Answers[] = Array.from({ length: longest }, (_, k) =>
  Object.fromEntries(
    SWITCH_NAMES.map((name) => {
      const { answers } = SWITCHES[name];
      const answer = answers[k % answers.length];
      return [name, isApart(name, answer) ? answers[0] : answer];
    }),
  ),
);

/** What a person tells the reactor once kustodia juno check has found these answers. */
const settingsFor = ({ signedPath, nonceForm, requestAmount }: Answers): Record<string, string> => ({
  JUNO_SIGNED_PATH: String(signedPath ?? 'with_query'),
  JUNO_NONCE: nonceForm === 'v1_only' ? 'v1' : 'v2',
  JUNO_AMOUNTS: requestAmount === 'number' ? 'number' : 'text',
});

/** Starts a world with these answers and stops it at the end, whatever comes of it. */
async function within(
  switches: Answers,
  settings: Record<string, string>,
  story: (here: World) => Promise<void>,
): Promise<void> {
  const here = await startWorld({
    sandbox: { switches, ratePerMinute: 6_000, delays: SHORT_DELAYS },
    settings: { ...SHORT_WINDOW, ...settingsFor(switches), ...settings },
  });
  worlds.push(here);
  await story(here);
  await here.stop();
}

/** Drives payments over all rails until so many of them have ended and so many wait for a person. */
const driveUntil = (here: World, ends: { completed: number; waiting: number }): Promise<Report> => {
  const count = (statuses: readonly string[], wanted: string) => statuses.filter((one) => one === wanted).length;
  return driveAndJudge(here, {
    payments: ends.completed + ends.waiting,
    custodySeconds: 1,
    rails: RAILS,
    timeoutMs: JOURNEY_TIMEOUT_MS - 150_000,
    isDone: (statuses) =>
      count(statuses, 'completed') === ends.completed && count(statuses, 'needs_attention') === ends.waiting,
  });
};

const waitingIn = (here: World) =>
  query<{ code: string; sentence: string | null }>(
    here,
    'SELECT attention_code AS code, attention_text AS sentence FROM reactor.leg WHERE attention_code IS NOT NULL ORDER BY 1',
  );

/** Answers show where something goes wrong; these do, once each, and the last four for good. */
const MISHAPS: readonly Fault[] = [
  { name: 'error_34003_after_success', endpoint: 'POST /mint_platform/v1/withdrawals' },
  { name: 'error_34003_after_success', endpoint: 'POST /mint_platform/v1/redemptions' },
  { name: 'error_5xx_after_success', endpoint: 'POST /v3/withdrawals' },
  { name: 'throttle', endpoint: 'POST /mint_platform/v1/withdrawals', ms: 500 },
  { name: 'fail_payout', endpoint: 'POST /mint_platform/v1/redemptions' },
  { name: 'return_payout', endpoint: 'POST /mint_platform/v1/redemptions', ms: 4_000 },
  { name: 'fail_payout', endpoint: 'POST /v3/withdrawals' },
  { name: 'return_payout', endpoint: 'POST /v3/withdrawals', ms: 4_000 },
];
/**
 * What a person is told of the last four. Where a payout that came back reads FAILED, a reactor that looks only then is told of the
 * failure and never of a payout: which it is depends on who is sooner, and each is true.
 */
const TOLD = [
  ['failed_not_returned', 'payout_failed', 'payout_returned', 'payout_returned'],
  ['failed_not_returned', 'failed_not_returned', 'payout_failed', 'payout_returned'],
  ['failed_not_returned', 'payout_failed', 'payout_failed', 'payout_returned'],
  ['failed_not_returned', 'failed_not_returned', 'payout_failed', 'payout_failed'],
];
const BOOKS = { paid_twice: 0, lost_centavos: 0, ledger_sum: 0, breaks: 0 };

test('every answer of every switch is run', () => {
  const run = [...WORLDS, ...APART.map(({ answers }) => answers)];
  const missing = SWITCH_NAMES.flatMap((name) =>
    SWITCHES[name].answers.filter((answer) => !run.some((answers) => answers[name] === answer)),
  );
  expect(missing).toEqual([]);
});

// Side by side, for most of the time is waited.
describe.concurrent('the journey passes under every answer', () => {
  test.each(WORLDS.map((answers, k) => ({ k: k + 1, answers })))(
    'those in place $k of every switch: each payment arrives once, or a person is told what became of it',
    { timeout: JOURNEY_TIMEOUT_MS },
    ({ answers }) =>
      within(answers, {}, async (here) => {
        for (const fault of MISHAPS) await armFault(here.sandboxBooks, fault);
        const report = await driveUntil(here, { completed: 5, waiting: 4 });
        const waiting = await waitingIn(here);
        expect({ ...report, waiting: waiting.map(({ code }) => code) }).toMatchObject({
          ...{ payments: 9, completed: 5, spei_payouts: 5, ...BOOKS },
          waiting: TOLD.find((codes) => codes.join() === waiting.map(({ code }) => code).join()) ?? TOLD[0],
        });
        for (const { sentence } of waiting) expect(sentence).toMatch(/\.$/);
      }),
  );

  const reasons = APART.map(({ why }) => why).join(', or ');
  test(`a person is told where ${reasons}`, { timeout: JOURNEY_TIMEOUT_MS }, async () => {
    // So that returns of these payments are large ones.
    const apart = Object.assign({ travelRule_centavos: 100_000 }, ...APART.map(({ answers }) => answers)) as Answers;
    await within(apart, { JUNO_CREDIT_BOUND_S: '5' }, async (here) => {
      const report = await driveUntil(here, { completed: 0, waiting: 3 });
      const waiting = await waitingIn(here);
      expect({ ...report, waiting: waiting.map(({ code }) => code) }).toMatchObject({
        ...{ payments: 3, completed: 0, spei_payouts: 0, ...BOOKS },
        waiting: ['juno_holds_deposit', 'juno_holds_deposit', 'rejected:0379'],
      });
      for (const { sentence } of waiting) expect(sentence).toMatch(/\.$/);
    });
  });
});
