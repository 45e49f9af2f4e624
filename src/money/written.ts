const WRITTEN = /^(?:(?:MX\s?)?\$|MXN\s?\$?)?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*(?:MXN|M\.?\s?N\.?|pesos)?$/i;

/**
 * Pesos as people write them, in the plain decimal text that `parseDecimal` reads; null where it is no such thing. A comma stands
 * between thousands and nowhere else: what could be read in two ways is not read.
 *
 * @example
 * plainPesos('$ 1,500.00 MXN'); // '1500.00'
 * plainPesos('1,5'); // null
 */
export function plainPesos(text: string): string | null {
  const [, whole, fraction = ''] = WRITTEN.exec(text.trim()) ?? [];
  return whole === undefined ? null : `${whole.replaceAll(',', '')}${fraction}`;
}
