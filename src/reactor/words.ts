/** More than this of somebody else's words tells nobody more. */
const MOST = 1_000;

/**
 * Words of a contract, a node or an API as they may be stored and logged: no control character (Postgres takes no NUL, and the bytes
 * of a contract's own error are full of them), no half of a character, and not without end.
 */
export const plain = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, MOST)
    .toWellFormed();
