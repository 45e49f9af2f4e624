const CHECK_VIOLATION = '23514';

/** Whether a rule of the database refused a statement in these words, though what was read just before allowed it: time went on. */
export function isRefusedBy(error: unknown, words: RegExp): boolean {
  for (let one = error; one instanceof Error; one = one.cause)
    if ('code' in one && one.code === CHECK_VIOLATION && words.test(one.message)) return true;
  return false;
}
