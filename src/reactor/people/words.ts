import { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import { parseDecimal } from '../../money/money.ts';

/** The name of a person or a company, as a bank would print it. */
export const PERSON_NAME = z
  .string('is missing')
  .trim()
  .min(1, 'is empty')
  .max(120, 'has more than 120 characters')
  .regex(/^[\p{L}\p{M}\p{N} .,'’&()/-]*$/u, 'has characters that no bank accepts in a name');

/** Whoever may read why something was done need not read a CLABE: eighteen digits are masked, however they are spaced. */
export const withoutClabes = (text: string): string =>
  text.replaceAll(/(?<!\d)\d(?:[ .-]?\d){17}(?!\d)/g, (digits) => maskClabe(digits.replaceAll(/\D/g, '')));

/** What stands for a reason to those who may not read the audit log: people write in it what they like. */
const REASON_HIDDEN = '(only for those on duty)';

/** A reason as somebody may read it. */
export const reasonTo = (canReadReasons: boolean, reason: string): string => (canReadReasons ? reason : REASON_HIDDEN);

/** Why a command is given, for the audit log. */
export const REASON = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(200, 'has more than 200 characters')
  .transform(withoutClabes)
  .default('asked for through the API');

/** The same for a command that moves money by hand: nobody may leave it out. */
export const GIVEN_REASON = z
  .string('is missing: say why, for the audit log')
  .trim()
  .min(3, 'has fewer than 3 characters')
  .max(200, 'has more than 200 characters')
  .transform(withoutClabes);

/** A positive amount of pesos, however small. */
export const PESOS = z
  .string('is a text of pesos such as "1500.00"')
  .regex(
    /^(0|[1-9]\d{0,8})(\.\d{1,2})?$/,
    'is a plain decimal number of pesos such as "1500.00", with at most two decimals',
  )
  .transform((text) => parseDecimal('MXN', text))
  .refine(({ units }) => units > 0n, 'is not more than zero');
