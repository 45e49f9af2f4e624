import type { JunoClient } from '../../juno/client.ts';
import { type ListBankAccountsReturnType, listBankAccounts } from '../../juno/listBankAccounts.ts';

type Accounts = ListBankAccountsReturnType['items'];

/** Juno's list of payout accounts, read by one at a time for all who need it. */
export type BankAccounts = Readonly<{
  /**
   * The list, of which no word was read longer than `age_ms` before this was called. Asks for another one if need be, shared with
   * all who come until it begins. Throws what the last read threw, without asking again until `wait_ms` is over.
   */
  read: (wanted: { age_ms: number }) => Promise<Accounts>;
  /** How often in a row and how long it could not be read, and when it is asked for again; null when it could. */
  trouble: () => Readonly<{ failures: number; for_ms: number; wait_ms: number }> | null;
}>;

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 300_000;

/** `monotonic`: milliseconds of a clock that never jumps. */
export function openBankAccounts({
  juno,
  monotonic,
}: Readonly<{ juno: JunoClient; monotonic: () => number }>): BankAccounts {
  let newest: { startedAt: number; accounts: Promise<Accounts> } | null = null;
  let underWay: Promise<void> | null = null;
  let next: Promise<Accounts> | null = null;
  let failing: { error: unknown; failures: number; since: number; until: number } | null = null;

  function begin(): Promise<Accounts> {
    if (failing && monotonic() < failing.until) return Promise.reject(failing.error);
    const accounts = listBankAccounts(juno).then(({ items }) => items);
    newest = { startedAt: monotonic(), accounts };
    underWay = accounts.then(
      () => {
        failing = underWay = null;
      },
      (error: unknown) => {
        const now = monotonic();
        const failures = (failing?.failures ?? 0) + 1;
        const until = now + Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
        failing = { error, failures, since: failing?.since ?? now, until };
        newest = underWay = null;
      },
    );
    return accounts;
  }

  return {
    read: ({ age_ms }) => {
      if (newest && monotonic() - newest.startedAt < age_ms) return newest.accounts;
      if (!underWay) return begin();
      next ??= underWay.then(() => {
        next = null;
        return begin();
      });
      return next;
    },
    trouble: () => {
      if (!failing) return null;
      const now = monotonic();
      return {
        failures: failing.failures,
        for_ms: now - failing.since,
        wait_ms: Math.max(failing.until - now, FIRST_RETRY_MS),
      };
    },
  };
}
