/** What a payment would come to, before it is asked for. Pure. */
import { add, centavos, compare, formatDecimal, formatMoney, type Money, subtract } from '../../money/money.ts';
import { JUNO_MINIMUM } from './minimum.ts';
import { type FeeKind, ROUNDING, split } from './split.ts';
import type { PaymentTerms } from './terms.ts';

type Part = Readonly<{
  kind: 'custody' | 'immediate' | 'commission';
  to: 'recipient' | FeeKind;
  amount: Money<'MXN'>;
}>;

/**
 * Every leg to the centavo: whom it is for, when it is paid, and whether it is too little to be paid alone and is settled later.
 * The terms are those that `PAYMENT_TERMS` has read.
 */
export function previewOf(terms: PaymentTerms) {
  const parts = split(terms);
  if (Array.isArray(parts)) throw new Error(`terms that cannot be split: ${parts.map((p) => p.message).join('; ')}`);
  const { deposit, custody, immediate, fees } = parts;
  const all: Part[] = [
    { kind: 'custody', to: 'recipient', amount: custody },
    { kind: 'immediate', to: 'recipient', amount: immediate },
    ...fees.map(({ fee, amount }): Part => ({ kind: 'commission', to: fee.kind, amount })),
  ];
  const hasCustody = custody.units > 0n;
  return {
    currency: 'MXN' as const,
    amount: formatDecimal(terms.amount),
    rounding: ROUNDING,
    payer: { sends: formatDecimal(deposit), ofWhichFees: formatDecimal(subtract(deposit, terms.amount)) },
    recipient: {
      gets: formatDecimal(add(custody, immediate)),
      atOnce: formatDecimal(immediate),
      afterCustody: formatDecimal(custody),
    },
    legs: all
      .filter(({ amount }) => amount.units > 0n)
      .map(({ kind, to, amount }) => {
        const isAccrued = compare(amount, JUNO_MINIMUM) < 0;
        const isLater = kind === 'custody' || (kind === 'commission' && hasCustody);
        return {
          kind,
          to,
          amount: formatDecimal(amount),
          paid: isLater ? ('after_custody' as const) : ('at_once' as const),
          isAccrued,
          sentence: [WHEN[isLater ? kind : 'immediate'], ...(isAccrued ? [ACCRUED] : [])].join(' '),
        };
      }),
    fees: fees.map(({ fee, amount }) => ({ kind: fee.kind, bearer: fee.bearer, amount: formatDecimal(amount) })),
    accrued: formatDecimal(
      all.reduce((total, { amount }) => (compare(amount, JUNO_MINIMUM) < 0 ? add(total, amount) : total), centavos(0n)),
    ),
  };
}

export type Preview = ReturnType<typeof previewOf>;

const WHEN = {
  custody: 'The escrow holds it until the custody is over; then it is paid.',
  commission: 'It is earned, and paid, when the part in custody is.',
  immediate: 'It is paid as soon as the deposit is MXNB.',
} as const;
const ACCRUED = `Under ${formatMoney(JUNO_MINIMUM)} Juno redeems nothing: it is then owed to its account as accrued, and is settled together with what else is owed there once that reaches the minimum.`;
