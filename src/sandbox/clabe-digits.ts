const WEIGHTS = [3, 7, 1];

/** The control digit of the first 17 digits: weights 3-7-1, each product modulo 10. */
export function controlDigit(first17: string): number {
  const total = [...first17].reduce((sum, digit, i) => sum + ((Number(digit) * (WEIGHTS[i % 3] ?? 0)) % 10), 0);
  return (10 - (total % 10)) % 10;
}

export const isClabe = (text: string): boolean =>
  /^\d{18}$/.test(text) && controlDigit(text.slice(0, 17)) === Number(text[17]);

/** A CLABE from its bank and branch (6 digits) and 11 account digits. */
export const makeClabe = (prefix: string, account: string): string => {
  const first17 = prefix + account;
  return `${first17}${controlDigit(first17)}`;
};

/** CLABEs of NVIO, which SPEI does not serve from Juno (J/redeem-your-mxnb-tokens). */
export const isNvio = (clabe: string): boolean => clabe.startsWith('710');
