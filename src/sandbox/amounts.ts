/** Money inside the sandbox: bigint base units of MXNB, 6 decimals. A centavo is 10,000 of them; a peso is one MXNB. */

const DECIMALS = 6;
export const UNITS_PER_CENTAVO = 10_000n;
/** The least that Juno issues or redeems (J/issuance, J/redeem-your-mxnb-tokens). */
export const MINIMUM_UNITS = pesos(100n);

export function pesos(whole: bigint): bigint {
  return whole * 100n * UNITS_PER_CENTAVO;
}

/** Base units of plain decimal text with at most `decimals` decimals; undefined for anything else. */
export function parseUnits(text: string, decimals: 2 | 6): bigint | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  const [, whole = '0', fraction = ''] = match;
  if (fraction.length > decimals) return undefined;
  return BigInt(whole + fraction.padEnd(DECIMALS, '0'));
}

/** Shortest decimal text: "1000", "1500.5". */
export function plainAmount(units: bigint): string {
  return decimalText(units, 0);
}

/** Decimal text with two decimals or, for dust, as many as it takes: "1500.00". */
export function pesoAmount(units: bigint): string {
  return decimalText(units, 2);
}

function decimalText(units: bigint, leastDecimals: number): string {
  const digits = units.toString().padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '').padEnd(leastDecimals, '0');
  return fraction ? `${digits.slice(0, -DECIMALS)}.${fraction}` : digits.slice(0, -DECIMALS);
}

/** Base units of a setting in centavos. */
export const unitsOf = (centavos: number): bigint => BigInt(centavos) * UNITS_PER_CENTAVO;

/** Whole centavos as text; what is less than a centavo is left out. */
export const centavosText = (units: bigint): string => (units / UNITS_PER_CENTAVO).toString();
