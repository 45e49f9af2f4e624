import { z } from 'zod';
import { type Currency, formatDecimal, type Money, MoneyError, parseDecimal } from '../money/money.ts';
import { textual } from './json.ts';

const SCIENTIFIC = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?e([+-]?\d{1,2})$/i;
const MOST_DIGITS = 60;

/**
 * Writes a JSON number without its exponent: Java prints 1,000 as 1E+3 and ten million as 1.0E7, and both are JSON.
 * Anything else is handed back as it came.
 */
export function plainDecimal(text: string): string {
  const match = SCIENTIFIC.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const point = whole.length + Number(exponent);
  if (Math.abs(point) > MOST_DIGITS) return text;
  const digits = `${'0'.repeat(Math.max(0, -point))}${whole}${fraction}`.padEnd(Math.max(point, 0), '0');
  const at = Math.max(point, 0);
  return `${sign}${digits.slice(0, at).replace(/^0+(?=\d)/, '') || '0'}${digits.slice(at) && `.${digits.slice(at)}`}`;
}

/** Reads an amount in major units, as number or text, exactly. Throws a MoneyError where that would mean to round. */
export const readAmount = <C extends Currency>(currency: C, text: string): Money<C> =>
  parseDecimal(currency, plainDecimal(text));

/** The same as a field of an answer. */
export const amountOf = <C extends Currency>(currency: C) =>
  textual.transform((text, ctx): Money<C> => {
    try {
      return readAmount(currency, text);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      ctx.addIssue({ code: 'custom', message: `is no amount of ${currency}` });
      return z.NEVER;
    }
  });

/** How an amount stands in a body: the pages print it as text, third parties send a number as well. */
export type AmountAs = 'text' | 'number';

/** The field of a body. Put together as text, because a number of JavaScript would be a float. Throws a RangeError unless positive. */
export function amountField(amount: Money, as: AmountAs): string {
  const digits = printAmount(amount);
  return `"amount":${as === 'number' ? digits : `"${digits}"`}`;
}

/** An amount as Juno takes it: decimal text in major units. Throws a RangeError unless it is positive. */
export function printAmount(amount: Money): string {
  if (amount.units <= 0n) throw new RangeError('only a positive amount can be sent');
  return formatDecimal(amount);
}
