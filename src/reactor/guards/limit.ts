/** A limit of what may leave, as people state it: in pesos, or in UDIs, which one configured rate turns into pesos. Pure. */
import { centavos, type Money } from '../../money/money.ts';

/** What may leave in a day (UTC), with one payment, and in a day to the accounts of one user. */
export const CAP_NAMES = ['day', 'payment', 'user_day'] as const;
export type CapName = (typeof CAP_NAMES)[number];

export const LIMIT_UNITS = ['MXN', 'UDI'] as const;
export type Limit = Readonly<{ hundredths: bigint; unit: (typeof LIMIT_UNITS)[number] }>;

/** Millionths of a peso that one UDI is worth; Banco de México publishes six decimals. */
export type UdiRate = bigint;

const LIMIT = /^(0|[1-9]\d{0,14})(?:\.(\d{1,2}))?(?: (MXN|UDI))?$/;
const RATE = /^([1-9]\d{0,5})\.(\d{1,6})$/;

/** Reads “5000000”, “1500.50 MXN” or “600000 UDI”. Throws an Error that says what it takes. */
export function parseLimit(text: string): Limit {
  const [, whole, fraction = '', unit = 'MXN'] = LIMIT.exec(text) ?? [];
  if (whole === undefined) throw new Error('is not an amount such as 5000000, 1500.50 or “600000 UDI”');
  return { hundredths: BigInt(`${whole}${fraction.padEnd(2, '0')}`), unit: unit as Limit['unit'] };
}

export const printLimit = ({ hundredths, unit }: Limit): string =>
  `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')} ${unit}`;

/** Reads “8.432110”. Throws an Error. */
export function parseUdiRate(text: string): UdiRate {
  const [, whole, fraction] = RATE.exec(text) ?? [];
  if (whole === undefined || fraction === undefined) throw new Error('is not pesos a UDI such as 8.432110');
  return BigInt(`${whole}${fraction.padEnd(6, '0')}`);
}

/** What a limit is in pesos, rounded down to the centavo; null where it is in UDIs and no rate is configured: then it is closed. */
export function pesosOf({ hundredths, unit }: Limit, rate: UdiRate | null): Money<'MXN'> | null {
  if (unit === 'MXN') return centavos(hundredths);
  return rate === null ? null : centavos((hundredths * rate) / 1_000_000n);
}
