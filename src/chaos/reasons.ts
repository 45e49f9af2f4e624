/** Whether what people were told of a payment is so: only what the run did to that payment makes it true. Pure. */
import { centavos, formatDecimal } from '../money/money.ts';
import type { Story } from './stories.ts';

/** A fault of the sandbox that struck, and all that stood in what it struck. Epoch milliseconds. */
export type Strike = Readonly<{ name: string; endpoint: string; said: string; at_ms: number; ms: number }>;
/** A time in which the run kept somebody from sending or from hearing the answer. Epoch milliseconds. */
export type Blackout = Readonly<{ from_ms: number; to_ms: number }>;
/** A time in which an effect of a payment was being sent. Epoch milliseconds. */
export type Send = Readonly<{ kind: string; from_ms: number; to_ms: number }>;

/** What the run did, and what of the payments was under way meanwhile. */
export type Suffered = Readonly<{
  strikes: readonly Strike[];
  /** Kills, pauses, silences, cuts and restarts. */
  blackouts: readonly Blackout[];
  /** By payment. */
  sends: ReadonlyMap<string, readonly Send[]>;
}>;

const WITHDRAWAL = 'POST /mint_platform/v1/withdrawals';
const REDEMPTION = 'POST /mint_platform/v1/redemptions';
const BITSO = 'POST /v3/withdrawals';
const ACCOUNT = 'POST /mint_platform/v1/accounts/banks';

/** Faults after which nobody knows whether a send arrived. */
const LOST: ReadonlySet<string> = new Set([
  'delay_ms',
  'error_5xx_before',
  'error_5xx_after_success',
  'error_34003_after_success',
  'timeout_after_success',
  'connection_reset_before',
  'connection_reset_after_success',
  'malformed_json',
  'outage',
]);

type Rule = Readonly<{
  /** Strikes that make it true of the payment that they struck. One strike is one payment's. */
  struck?: readonly Readonly<{ name: string; endpoint: string }>[];
  /** Or a send of this kind whose answer was lost, by a strike there or by a blackout meanwhile. */
  lost?: Readonly<{ kind: string; endpoint: string }>;
}>;

const lost = (kind: string, endpoint: string): Rule => ({ lost: { kind, endpoint } });

/**
 * What a person may be told, and what makes it true. What does not stand here never is, `cannot_be_looked_at` among it. Where
 * Juno or Bitso promise nothing for a repeat, what was lost is not sent again, and a person finds out what became of it (design.md,
 * “The effect rules”).
 */
const TRUE_REASONS: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [
    'failed_not_returned',
    {
      struck: [
        { name: 'fail_payout', endpoint: REDEMPTION },
        { name: 'blacklisted_address', endpoint: WITHDRAWAL },
      ],
    },
  ],
  ['payout_failed', { struck: [{ name: 'fail_payout', endpoint: BITSO }] }],
  [
    'payout_returned',
    {
      struck: [
        { name: 'return_payout', endpoint: REDEMPTION },
        { name: 'return_payout', endpoint: BITSO },
      ],
    },
  ],
  ['juno_holds_deposit', { struck: [{ name: 'credit_held', endpoint: 'credit' }] }],
  ['bitso_payout_unknown', lost('bitso_payout', BITSO)],
  ['bitso_payout_not_getting_through', lost('bitso_payout', BITSO)],
  ['juno_withdrawal_not_getting_through', lost('juno_withdrawal', WITHDRAWAL)],
  ['juno_redemption_not_getting_through', lost('juno_redemption', REDEMPTION)],
  ['payout_account_unusable', lost('juno_bank_account', ACCOUNT)],
]);

/** The stories, each with a reason of its own, of which nothing that the run did makes it true. */
export function untrueReasons(
  reasons: ReadonlyMap<Story, readonly string[]>,
  suffered: Suffered,
): Readonly<{ story: Story; code: string }>[] {
  const used = new Map<Strike, Story>();
  return [...reasons].flatMap(([story, codes]) =>
    codes.filter((code) => !isTrue(story, code, suffered, used)).map((code) => ({ story, code })),
  );
}

function isTrue(story: Story, code: string, suffered: Suffered, used: Map<Strike, Story>): boolean {
  const rule = TRUE_REASONS.get(code);
  if (!rule) return false;
  const { struck = [], lost: send } = rule;
  const strike = suffered.strikes.find(
    (one) =>
      (used.get(one) ?? story) === story &&
      isAbout(one.said, story) &&
      (struck.some(({ name, endpoint }) => one.name === name && one.endpoint === endpoint) ||
        (one.endpoint === send?.endpoint && LOST.has(one.name))),
  );
  if (strike) used.set(strike, story);
  return strike !== undefined || (send !== undefined && wasInterrupted(story, send.kind, suffered));
}

const CLABE = /\b\d{18}\b/g;

/** By the account where it names one, else by the amount. */
function isAbout(said: string, { clabe, amount }: Story): boolean {
  const accounts: readonly string[] = said.match(CLABE) ?? [];
  return accounts.length > 0 ? accounts.includes(clabe) : said.includes(`"${formatDecimal(centavos(amount))}"`);
}

function wasInterrupted({ payments }: Story, kind: string, { blackouts, strikes, sends }: Suffered): boolean {
  const outages = strikes
    .filter(({ name }) => name === 'outage')
    .map(({ at_ms, ms }) => ({ from_ms: at_ms, to_ms: at_ms + ms }));
  return payments
    .flatMap((id) => sends.get(id) ?? [])
    .filter((send) => send.kind === kind)
    .some((send) =>
      [...blackouts, ...outages].some(({ from_ms, to_ms }) => from_ms <= send.to_ms && to_ms >= send.from_ms),
    );
}
