/**
 * Money as whole units of one currency. No value of one currency can be added to another: the compiler refuses it and,
 * should a cast slip through, so does the running code.
 */

/** How many decimals a currency's smallest unit has: MXN centavos, MXNB base units (6 on every network), ETH wei. */
const DECIMALS = { MXN: 2, MXNB: 6, ETH: 18 } as const;

export type Currency = keyof typeof DECIMALS;
export const CURRENCIES = Object.keys(DECIMALS) as readonly Currency[];

/** An amount in the smallest unit of its currency: centavos, MXNB base units or wei. */
export type Money<C extends Currency = Currency> = Readonly<{ currency: C; units: bigint }>;

export class MoneyError extends Error {
  override readonly name = 'MoneyError';
}

/** Makes a Money from whole units. */
export function money<C extends Currency>(currency: C, units: bigint): Money<C> {
  return { currency, units };
}

/** Centavos of Mexican pesos. */
export const centavos = (units: bigint): Money<'MXN'> => money('MXN', units);
/** MXNB base units; 1,000,000 are one MXNB. */
export const mxnbUnits = (units: bigint): Money<'MXNB'> => money('MXNB', units);

function same<C extends Currency>(a: Money<C>, b: Money<C>): C {
  if (a.currency !== b.currency) throw new MoneyError(`cannot combine ${a.currency} with ${b.currency}`);
  return a.currency;
}

export const add = <C extends Currency>(a: Money<C>, b: NoInfer<Money<C>>): Money<C> =>
  money(same(a, b), a.units + b.units);
export const subtract = <C extends Currency>(a: Money<C>, b: NoInfer<Money<C>>): Money<C> =>
  money(same(a, b), a.units - b.units);
export const negate = <C extends Currency>(a: Money<C>): Money<C> => money(a.currency, -a.units);
export const equals = <C extends Currency>(a: Money<C>, b: NoInfer<Money<C>>): boolean =>
  same(a, b) !== undefined && a.units === b.units;
/** Negative, zero or positive, as `a` is less than, equal to or more than `b`. */
export const compare = <C extends Currency>(a: Money<C>, b: NoInfer<Money<C>>): -1 | 0 | 1 => {
  same(a, b);
  return a.units < b.units ? -1 : a.units > b.units ? 1 : 0;
};
export const sum = <C extends Currency>(currency: C, amounts: readonly Money<C>[]): Money<C> =>
  amounts.reduce((total, amount) => add(total, amount), money(currency, 0n));

/** Ten thousand basis points are the whole. */
export const WHOLE_BASIS_POINTS = 10_000;

/**
 * So many basis points of an amount that is not negative, rounded down: a share never takes more than was agreed. What the rounding
 * leaves is in no share; whose it is, the caller says.
 */
export function portion<C extends Currency>(amount: Money<C>, basisPoints: number): Money<C> {
  if (!Number.isInteger(basisPoints) || basisPoints < 0 || basisPoints > WHOLE_BASIS_POINTS)
    throw new MoneyError(`${basisPoints} is not a number of basis points from 0 to ${WHOLE_BASIS_POINTS}`);
  if (amount.units < 0n) throw new MoneyError('there is no share of less than nothing');
  return money(amount.currency, (amount.units * BigInt(basisPoints)) / BigInt(WHOLE_BASIS_POINTS));
}

/** One centavo is 10⁴ base units of MXNB; the issuer converts 1:1 (Juno, "Issuance"). */
const UNITS_PER_CENTAVO = 10n ** BigInt(DECIMALS.MXNB - DECIMALS.MXN);

/** Pesos as MXNB: exact, always. */
export const toMxnb = (amount: Money<'MXN'>): Money<'MXNB'> => mxnbUnits(amount.units * UNITS_PER_CENTAVO);

/** MXNB as pesos. Throws a MoneyError rather than round: less than a centavo of MXNB cannot be redeemed. */
export function toMxn(amount: Money<'MXNB'>): Money<'MXN'> {
  if (amount.units % UNITS_PER_CENTAVO !== 0n) {
    throw new MoneyError(`${formatDecimal(amount)} MXNB is not a whole number of centavos`);
  }
  return centavos(amount.units / UNITS_PER_CENTAVO);
}

const DECIMAL = /^(-?)(0|[1-9]\d{0,29})(?:\.(\d{1,30}))?$/;

/**
 * Reads decimal text ("1500.5") without a float. Trailing zeros past the currency's precision are accepted, any other digit
 * there is refused: nothing is rounded. Throws a MoneyError that repeats no more than the shape of what it was given.
 */
export function parseDecimal<C extends Currency>(currency: C, text: string): Money<C> {
  const match = DECIMAL.exec(text);
  if (!match) throw new MoneyError(`not a plain decimal number (${text.length} characters)`);
  const [, sign, whole = '0', fraction = ''] = match;
  const decimals = DECIMALS[currency];
  if (/[1-9]/.test(fraction.slice(decimals))) {
    throw new MoneyError(`${currency} has at most ${decimals} decimals`);
  }
  const units = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  return money(currency, sign === '-' ? -units : units);
}

/** The shortest exact decimal text with at least two decimals: "1500.50", "-0.01", "3.000001". */
export function formatDecimal(amount: Money): string {
  const decimals = DECIMALS[amount.currency];
  const digits = (amount.units < 0n ? -amount.units : amount.units).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '').padEnd(2, '0');
  return `${amount.units < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${fraction}`;
}

/** For people: "1,500.50 MXN". */
export function formatMoney(amount: Money): string {
  const [whole = '0', fraction] = formatDecimal(amount).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction} ${amount.currency}`;
}
