import { afterAll, describe, expect, test } from 'vitest';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { armFault, type Fault } from '../../src/local/juno.ts';
import type { Report } from '../../src/local/report.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { JOURNEY_TIMEOUT_MS, query, SHORT_DELAYS, SHORT_WINDOW } from './support.ts';
import {
  AMOUNT_CENTAVOS,
  type Answers,
  APART,
  costsExtra,
  holdsReturns,
  printAnswers,
  settingsFor,
  WORLDS,
} from './switch-worlds.ts';

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

const RAILS = ['bank_redemption', 'bitso_spei', 'bitso_transfer'] as const;
/** Longer than any list lags here, and no longer: minutes of the product's own patience become seconds. */
const SHORT_PATIENCE = { JUNO_MOVEMENT_PATIENCE_S: '4', JUNO_ISSUANCE_PATIENCE_S: '4' };

const LEGS = `
  SELECT rail::text, state::text, amount_centavos::text AS centavos, attention_code AS code FROM reactor.leg ORDER BY amount_centavos`;

/** The same error, so that what was expected and what came is still shown, with more to say. */
function tellingOf(error: unknown, more: string): unknown {
  if (error instanceof Error) error.message += `\n${more}`;
  return error;
}

/** Starts a world with these answers and stops it at the end, whatever comes of it. What is thrown names them. */
async function within(
  switches: Answers,
  settings: Record<string, string>,
  story: (here: World) => Promise<void>,
): Promise<void> {
  try {
    const here = await startWorld({
      sandbox: { switches, ratePerMinute: 6_000, delays: SHORT_DELAYS },
      settings: { ...SHORT_WINDOW, ...SHORT_PATIENCE, ...settingsFor(switches), ...settings },
    });
    worlds.push(here);
    try {
      await story(here);
    } catch (error) {
      const legs = await query(here, LEGS).catch(() => []);
      throw tellingOf(error, `The legs: ${JSON.stringify(legs)}`);
    } finally {
      await here.stop();
    }
  } catch (error) {
    throw tellingOf(error, `The answers, where they are not the usual ones: ${printAnswers(switches)}`);
  }
}

/** Drives payments over all rails until the world has come to its end. */
const driveUntil = (
  here: World,
  payments: number,
  isOver: (count: (status: string) => number) => boolean | Promise<boolean>,
): Promise<Report> =>
  driveAndJudge(here, {
    payments,
    custodySeconds: 1,
    firstCentavos: AMOUNT_CENTAVOS,
    rails: RAILS,
    timeoutMs: JOURNEY_TIMEOUT_MS - 150_000,
    isDone: (statuses) => isOver((wanted) => statuses.filter((one) => one === wanted).length),
  });

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
const BOOKS = { paid_twice: 0, lost_centavos: 0, ledger_sum: 0 };

/**
 * Whether something tells which redemption came back: a movement that names it, or a deposit that names it or shows who sent it.
 * Where nothing does, its money waits in suspense, and no payment says anything else than that it was paid.
 */
const isReturnNamed = (answers: Answers): boolean =>
  (answers.returnShown !== 'deposit' && answers.movementRefundOf === 'redemption') ||
  (answers.returnShown !== 'movement' &&
    (answers.returnReference === 'refunded_withdrawal' || answers.depositSenderClabe !== 'absent'));

const SUSPENDED = `
  SELECT reason, issuance_id IS NOT NULL AS "isIssued" FROM reactor.suspense WHERE closed_at IS NULL ORDER BY opened_at`;
type Suspended = Readonly<{ reason: string; isIssued: boolean }>;

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
/** The same without the redemption that came back, which nothing names. */
const TOLD_OF_THREE = [
  ['failed_not_returned', 'payout_failed', 'payout_returned'],
  ['failed_not_returned', 'payout_failed', 'payout_failed'],
];
/** The one of these lists that came, or the first of them. */
const fitting = (lists: readonly string[][], came: readonly string[]) =>
  lists.find((codes) => codes.join() === came.join()) ?? lists[0];

// Side by side, for most of the time is waited.
describe.concurrent('the journey passes under every two answers', () => {
  test.each(WORLDS.map((answers, k) => ({ k: k + 1, answers })))(
    'world $k: each payment arrives once, or a person is told what became of it',
    { timeout: JOURNEY_TIMEOUT_MS },
    ({ answers }) =>
      within(answers, {}, async (here) => {
        for (const fault of MISHAPS) await armFault(here.sandboxBooks, fault);
        const suspended = () => query<Suspended>(here, SUSPENDED);
        const isNamed = isReturnNamed(answers);
        const came = {
          reason: answers.returnShown === 'movement' ? 'unexplained' : 'returned',
          isIssued: answers.returnMoney === 'issuance',
        };
        const report = await driveUntil(here, 9, async (count) => {
          const waiting = count('needs_attention');
          if (count('completed') + waiting < 9 || waiting < 3) return false;
          return waiting > 3 || (!isNamed && (await suspended()).some((item) => item.isIssued === came.isIssued));
        });
        const waiting = await waitingIn(here);
        const codes = waiting.map(({ code }) => code);
        const isInSuspense = !isNamed && codes.length === 3;
        expect({ ...report, codes, suspended: isInSuspense ? await suspended() : [] }).toMatchObject({
          ...{ payments: 9, completed: 5, spei_payouts: 5, ...BOOKS },
          // Said to be completed, and its pesos are not out.
          breaks: isInSuspense ? 1 : 0,
          codes: fitting(isInSuspense ? TOLD_OF_THREE : TOLD, codes),
          suspended: isInSuspense ? [came] : [],
        });
        for (const { sentence } of waiting) expect(sentence).toMatch(/\.$/);
      }),
  );

  test.each(APART.map((answers, k) => ({ k: k + 1, answers })))(
    'world apart $k: a person is told where withdrawals cost extra or Juno holds returns',
    { timeout: JOURNEY_TIMEOUT_MS },
    ({ answers }) =>
      within(answers, { JUNO_CREDIT_BOUND_S: '5' }, async (here) => {
        const report = await driveUntil(
          here,
          3,
          (count) => count('needs_attention') > 0 && count('completed') + count('needs_attention') === 3,
        );
        const waiting = await waitingIn(here);
        const codes = waiting.map(({ code }) => code);
        // The others had what the first ones lacked, where nothing holds them.
        const completed = 3 - codes.length;
        // Three digits on one page and four on the others are one code.
        const refusal = `rejected:${String(answers.insufficientBalanceCode).padStart(4, '0')}`;
        expect({ ...report, told: [...new Set(codes)] }).toMatchObject({
          ...{ payments: 3, completed, spei_payouts: completed, ...BOOKS, breaks: 0 },
          told: [...(holdsReturns(answers) ? ['juno_holds_deposit'] : []), ...(costsExtra(answers) ? [refusal] : [])],
        });
        if (holdsReturns(answers)) expect(completed).toBe(0);
        for (const { sentence } of waiting) expect(sentence).toMatch(/\.$/);
      }),
  );
});
