/** Pesos, moments and lengths of time as Mexico writes them. */

const PESOS = new Intl.NumberFormat('es-MX', { style: 'currency', currency: 'MXN', currencyDisplay: 'narrowSymbol' });
const SHORT = new Intl.NumberFormat('es-MX', {
  ...{ style: 'currency', currency: 'MXN', currencyDisplay: 'narrowSymbol', notation: 'compact' },
  maximumFractionDigits: 1,
});

/** Exact: the text is never made a float. */
export const pesos = (text: string): string => PESOS.format(text as Intl.StringNumericLiteral);
const UNITS_OF = new Intl.NumberFormat('es-MX', { minimumFractionDigits: 2, maximumFractionDigits: 18 });
/** Units of any currency, exact. */
export const units = (text: string): string => UNITS_OF.format(text as Intl.StringNumericLiteral);
function whole(text: string): bigint {
  const [, sign = '', integer = '0', fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(text) ?? [];
  return BigInt(`${sign}${integer}${fraction.padEnd(18, '0')}`);
}
/** What the first has over the second, both with at most 18 decimals. */
export const difference = (first: string, second: string): string => decimal(whole(first) - whole(second));
/** All of them together, exact. */
export const sumOf = (some: readonly string[]): string => decimal(some.reduce((sum, one) => sum + whole(one), 0n));
function decimal(left: bigint): string {
  const digits = String(left < 0n ? -left : left).padStart(19, '0');
  return `${left < 0n ? '-' : ''}${digits.slice(0, -18)}.${digits.slice(-18).replace(/0{0,16}$/, '')}`;
}
/**
 * How what lies somewhere stands to the books: the same as what is posted, or as what it is with all that is under way, or between the two,
 * where a part of that has happened; else what is beyond the nearer of them.
 */
export function standing({
  balance,
  posted,
  booked,
}: Readonly<{ balance: string; posted: string; booked: string }>): Readonly<{
  as: 'same' | 'under way' | 'over' | 'short';
  amount: string;
}> {
  const [is, first, last] = [whole(balance), whole(posted), whole(booked)];
  const [least, most] = first < last ? [first, last] : [last, first];
  if (is === first) return { as: 'same', amount: '0.00' };
  if (is > most) return { as: 'over', amount: decimal(is - most) };
  if (is < least) return { as: 'short', amount: decimal(least - is) };
  return { as: 'under way', amount: decimal(is > first ? is - first : first - is) };
}
/** The larger first: exact. */
export const largerFirst = (a: string, b: string): number => {
  const left = difference(b, a);
  return left.startsWith('-') ? -1 : left === '0.00' ? 0 : 1;
};
/** Units of a token or of ether, cut to what a person reads. */
export const fewDecimals = (text: string): string => units(text.replace(/(\.\d{4})\d+$/, '$1'));
/** “0.0512345 ETH” and “27680.600000 MXNB” as people read them: each of a token to the unit, ether to what counts. */
export function amountIn(text: string): string {
  const [number = '', currency = ''] = text.split(' ');
  if (!/^-?\d+(\.\d+)?$/.test(number)) return text;
  return `${currency === 'ETH' ? fewDecimals(number) : units(number)} ${currency}`;
}
/** Rounded, for a picture. */
export const shortPesos = (text: string): string => SHORT.format(text as Intl.StringNumericLiteral);
export const count = (n: number, locale: string): string => n.toLocaleString(locale === 'en-GB' ? 'en-GB' : 'es-MX');

const ZONE = 'America/Mexico_City';
const format = (options: Intl.DateTimeFormatOptions) => (at: string, locale: string) =>
  new Intl.DateTimeFormat(locale, { timeZone: ZONE, hourCycle: 'h23', ...options }).format(new Date(at));

/** 27 nov 2026, 14:03:09 */
export const moment = format({
  ...{ day: 'numeric', month: 'short', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
});
const YEAR = format({ year: 'numeric' });
const SHORT_MOMENT = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
const [THIS_YEAR, OTHER_YEAR] = [format(SHORT_MOMENT), format({ ...SHORT_MOMENT, year: 'numeric' })];
/** 27 nov, 14:03; of another year than this, with it. */
export const shortMoment = (at: string, locale: string, now = new Date().toISOString()): string =>
  (YEAR(at, locale) === YEAR(now, locale) ? THIS_YEAR : OTHER_YEAR)(at, locale);
export const day = format({ day: 'numeric', month: 'long', year: 'numeric' });
export const clock = format({ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
/** The business day of a moment in Mexico City, as 2026-11-27. */
export const isoDay = (at: Date): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** 3 min ago, in 2 h */
export function ago(at: string, locale: string, now = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1_000);
  const [unit, size] = UNITS.find(([, one]) => Math.abs(seconds) >= one) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }).format(
    Math.trunc(seconds / size),
    unit,
  );
}

/** 1 h 12 min, 4.2 s */
export function lasting(seconds: number, locale: string): string {
  const [unit, size] = UNITS.find(([, one]) => seconds >= one) ?? UNITS[3];
  const written = (n: number, of: string, maximumFractionDigits = 0) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: of, unitDisplay: 'short', maximumFractionDigits }).format(n);
  if (unit === 'second') return written(seconds, unit, seconds < 10 ? 1 : 0);
  const next = UNITS[UNITS.findIndex(([one]) => one === unit) + 1];
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
  return [written(Math.floor(seconds / size), unit), ...(next && rest > 0 ? [written(rest, next[0])] : [])].join(' ');
}

/** 14:03 */
export const hourOnly = format({ hour: '2-digit', minute: '2-digit' });
/** 27 nov */
export const dayOnly = format({ day: 'numeric', month: 'short' });
const NUMERIC = format({ day: '2-digit', month: '2-digit', year: 'numeric' });
/** 27/11/2026: as Banxico's page asks for it, in every language. */
export const numericDay = (at: string): string => NUMERIC(at, 'es-MX');
