import { expect } from 'vitest';

const causeOf = (error: unknown): string => (error instanceof Error ? `${error.message} ${causeOf(error.cause)}` : '');

/** Expects the database itself to refuse. */
export async function refused(work: Promise<unknown>, why: RegExp): Promise<void> {
  const error: unknown = await work.then(
    () => null,
    (e: unknown) => e,
  );
  expect(causeOf(error)).toMatch(why);
}
