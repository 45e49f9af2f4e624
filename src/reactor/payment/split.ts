/** How a payment’s money is split among its people, to the centavo. Pure. */

import { add, compare, formatMoney, type Money, portion, subtract, sum } from '../../money/money.ts';
import type { Rail } from './states.ts';

/** - `platform`: Kustodia’s own; `broker`: of whoever brought payer and recipient together. */
export const FEE_KINDS = ['platform', 'broker'] as const;
export type FeeKind = (typeof FEE_KINDS)[number];
/** - `payer`: it is added to the deposit; `recipient`: it is taken out of what the recipient gets. */
export const FEE_BEARERS = ['payer', 'recipient'] as const;

/** A fee is so many basis points of the amount, or so many pesos. */
export type Fee = Readonly<{ bearer: (typeof FEE_BEARERS)[number] }> &
  (Readonly<{ basisPoints: number; fixed?: undefined }> | Readonly<{ fixed: Money<'MXN'>; basisPoints?: undefined }>);

/** A fee as its payment keeps it: what was agreed, what it came to, and the leg that pays it. Centavos are decimal text. */
export type KeptFee = Readonly<{
  legId: string;
  kind: FeeKind;
  bearer: Fee['bearer'];
  basisPoints: number | null;
  fixed: string | null;
  amount: string;
}>;

/** A fee as standing terms keep it, always borne by the recipient. Centavos are decimal text. */
export type StandingFee = Readonly<{
  kind: FeeKind;
  basisPoints: number | null;
  fixed: string | null;
  destinationId: string;
  rail: Rail;
}>;

export type Shares<F extends Fee = Fee> = Readonly<{
  /** What payer and recipient agreed on. */
  amount: Money<'MXN'>;
  /** How much of the recipient’s part the escrow holds, in basis points; the rest is paid at once. */
  custodyBasisPoints: number;
  fees: readonly F[];
}>;

export type Split<F extends Fee = Fee> = Readonly<{
  /** What the payer sends, in one deposit: the amount and the fees that the payer bears. */
  deposit: Money<'MXN'>;
  /** The recipient’s part that the escrow holds, and the one that is paid at once. Either may be nothing. */
  custody: Money<'MXN'>;
  immediate: Money<'MXN'>;
  /** What each fee comes to, in the order of the terms: a basis point of the least amount is a centavo, so that none is nothing. */
  fees: readonly Readonly<{ fee: F; amount: Money<'MXN'> }>[];
}>;

/** What is wrong with shares that cannot be split, by the field of the terms. */
export type SplitProblem = Readonly<{ field: 'custodyBasisPoints' | 'fees'; message: string }>;

/** For people, wherever a split is shown. */
export const ROUNDING = {
  rule: 'down',
  sentence:
    'Each share is of the whole it is a share of and is rounded down to the centavo. What the rounding leaves stays with the recipient, in the part that is paid at once; of a fee that the payer bears it is not asked for.',
} as const;

const isNothing = ({ units }: Money<'MXN'>) => units === 0n;

/**
 * Splits an amount. All parts together are the deposit, exactly; no part is less than nothing; a fee depends on no other fee, so
 * their order changes nothing. Shares are rounded down (`ROUNDING`), because nobody but the recipient, whose money it is, may get
 * more than was agreed.
 *
 * @example
 * // 1,000.01 MXN, half of it in custody, 3 % for the platform out of the recipient’s part
 * split({ amount: centavos(100_001n), custodyBasisPoints: 5_000, fees: [{ bearer: 'recipient', basisPoints: 300 }] })
 * // deposit 1,000.01 = fee 30.00 + custody 485.00 + immediate 485.01
 */
export function split<F extends Fee>({ amount, custodyBasisPoints, fees }: Shares<F>): Split<F> | SplitProblem[] {
  const due = fees.map((fee) => ({
    fee,
    amount: fee.basisPoints === undefined ? fee.fixed : portion(amount, fee.basisPoints),
  }));
  const borneBy = (bearer: Fee['bearer']) =>
    sum(
      'MXN',
      due.filter(({ fee }) => fee.bearer === bearer).map((one) => one.amount),
    );
  const [added, taken] = [borneBy('payer'), borneBy('recipient')];
  const problems: SplitProblem[] = [];
  if (compare(added, amount) > 0)
    problems.push({
      field: 'fees',
      message: `those of the payer come to ${formatMoney(added)}, more than the amount itself`,
    });
  if (compare(taken, amount) >= 0)
    return [
      ...problems,
      {
        field: 'fees',
        message: `those of the recipient come to ${formatMoney(taken)} and leave nothing of ${formatMoney(amount)}`,
      },
    ];
  const part = subtract(amount, taken);
  const custody = portion(part, custodyBasisPoints);
  if (custodyBasisPoints > 0 && isNothing(custody))
    problems.push({
      field: 'custodyBasisPoints',
      message: `is less than a centavo of the recipient’s ${formatMoney(part)}`,
    });
  if (problems.length > 0) return problems;
  return { deposit: add(amount, added), custody, immediate: subtract(part, custody), fees: due };
}

/** What the amount was, of a deposit and the fees that it was made with. */
export const amountOf = (
  deposit: Money<'MXN'>,
  fees: readonly Readonly<{ bearer: Fee['bearer']; amount: Money<'MXN'> }>[],
): Money<'MXN'> =>
  subtract(
    deposit,
    sum(
      'MXN',
      fees.flatMap(({ bearer, amount }) => (bearer === 'payer' ? [amount] : [])),
    ),
  );
