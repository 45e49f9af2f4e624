/** The 18-digit account number of Mexican banks: 3 bank + 3 branch + 11 account + 1 control digit. */
export type Clabe = string & { readonly __brand: 'Clabe' };

export class ClabeError extends Error {
  override readonly name = 'ClabeError';
}

const WEIGHTS = [3, 7, 1] as const;

/** The control digit of the first 17 digits: weights 3-7-1, each product modulo 10 (Banxico's CLABE standard). */
export function clabeControlDigit(first17: string): number {
  let total = 0;
  for (let i = 0; i < 17; i++) total += ((first17.charCodeAt(i) - 48) * (WEIGHTS[i % 3] ?? 0)) % 10;
  return (10 - (total % 10)) % 10;
}

/** Reads a CLABE. Throws a ClabeError that says which rule failed and never repeats the number. */
export function parseClabe(text: string): Clabe {
  if (!/^\d{18}$/.test(text)) throw new ClabeError('a CLABE has exactly 18 digits');
  if (clabeControlDigit(text) !== Number(text[17])) {
    throw new ClabeError('the CLABE control digit is wrong: one of its digits was mistyped');
  }
  return text as Clabe;
}

/** CLABEs of NVIO, the institution behind Juno and Bitso. SPEI cannot reach them from there (Bitso error 0714). */
export const isNvioClabe = (clabe: Clabe): boolean => clabe.startsWith('710');

/** What a person or a log may read: the bank and the last four digits, "646…3765". */
export const maskClabe = (clabe: string): string => `${clabe.slice(0, 3)}…${clabe.slice(-4)}`;
