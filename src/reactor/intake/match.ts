/** Which deposit pays which payment. Pure. */

export type Deposit = Readonly<{ id: string; clabe: string; amount: bigint }>;
export type OpenPayment = Readonly<{ id: string; clabe: string; amount: bigint }>;
export type SuspenseReason = 'unknown_clabe' | 'no_open_payment' | 'other_amount';
export type Match =
  | { deposit: Deposit; payment: OpenPayment }
  | { deposit: Deposit; payment: null; reason: SuspenseReason };

/**
 * Matches by CLABE and exact amount, each deposit and each payment at most once; creation refuses two open payments that share
 * both, so there is never a choice. What matches nothing goes to suspense with its reason.
 */
export function matchDeposits(
  deposits: readonly Deposit[],
  payments: readonly OpenPayment[],
  knownClabes: ReadonlySet<string>,
): Match[] {
  const taken = new Set<string>();
  return deposits.map((deposit): Match => {
    const same = payments.filter((p) => p.clabe === deposit.clabe && !taken.has(p.id));
    const payment = same.find((p) => p.amount === deposit.amount);
    if (payment) {
      taken.add(payment.id);
      return { deposit, payment };
    }
    if (!knownClabes.has(deposit.clabe)) return { deposit, payment: null, reason: 'unknown_clabe' };
    return { deposit, payment: null, reason: same.length > 0 ? 'other_amount' : 'no_open_payment' };
  });
}
