/**
 * Whether two names are the same, whichever way a bank or Juno writes what it was given: the same letters after NFKD without marks,
 * case and runs of white space folded. “María  Ñúñez” is “MARIA NUNEZ”; anything else differs. Pure.
 */
export const isSameName = (one: string, other: string): boolean => foldedName(one) === foldedName(other);

const foldedName = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toUpperCase()
    .replaceAll(/\s+/gu, ' ')
    .trim();
