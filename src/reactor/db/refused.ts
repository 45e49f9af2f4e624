const CHECK_VIOLATION = '23514';

/** What a rule of the database said when it refused a statement: ids and states, never what is people's. Null for any other error. */
export function refusalOf(error: unknown): string | null {
  for (let one = error; one instanceof Error; one = one.cause)
    if ('code' in one && one.code === CHECK_VIOLATION) return one.message;
  return null;
}

/** Whether a rule of the database refused a statement in these words, though what was read just before allowed it: time went on. */
export const isRefusedBy = (error: unknown, words: RegExp): boolean => words.test(refusalOf(error) ?? '');
