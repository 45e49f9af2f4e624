import { isLosslessNumber, LosslessNumber } from 'lossless-json';
import { z } from 'zod';

/** MXNB has 6 decimals and the peso 2. */
const BASE_UNITS_PER_CENTAVO = 10_000n;

const DECIMAL = /^(\d{1,12})(?:\.(\d{1,2}))?$/;

/** Centavos of a positive decimal text with at most two decimals ("1500.5" is 150050n), or undefined. */
function parseCentavos(text: string): bigint | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const centavos = BigInt(match[1] ?? '') * 100n + BigInt((match[2] ?? '').padEnd(2, '0'));
  return centavos > 0n ? centavos : undefined;
}

const toCentavos = (text: string, context: z.RefinementCtx): bigint => {
  const centavos = parseCentavos(text);
  if (centavos !== undefined) return centavos;
  context.addIssue('must be a positive decimal with at most two decimals');
  return z.NEVER;
};

/** An amount that the documents show as a string. */
export const amountText = z.string().transform(toCentavos);

/** An amount that the documents show as a string and clients send as a number. Its text is read, never its value. */
export const amountTextOrNumber = z
  .union([z.string(), z.custom<LosslessNumber>(isLosslessNumber).transform((number) => number.value)])
  .transform(toCentavos);

/** "1500.00" */
export const decimalText = (centavos: bigint): string =>
  `${centavos / 100n}.${(centavos % 100n).toString().padStart(2, '0')}`;

/** The same as the text of a JSON number: 1500, or 1500.50. */
export const decimalNumber = (centavos: bigint): LosslessNumber =>
  new LosslessNumber(centavos % 100n === 0n ? `${centavos / 100n}` : decimalText(centavos));

export const toBaseUnits = (centavos: bigint): bigint => centavos * BASE_UNITS_PER_CENTAVO;

/** Whole centavos only: what is smaller stays on the chain and is credited to nobody. */
export const fromBaseUnits = (units: bigint): bigint => units / BASE_UNITS_PER_CENTAVO;
