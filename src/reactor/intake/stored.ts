import type { Context } from '../context.ts';

/** For so long what was stored is taken for stored: a database that was set back behind a running process has it again after that. */
const KNOWN_MS = 600_000;

/** What was read from Juno, as the client gave it: a list that did not change gives the same objects again (`readEach`). */
const storedAt_ms = new WeakMap<object, number>();

/** Says that items are in the database, word for word. */
export function markStored({ now }: Pick<Context, 'now'>, items: readonly object[]): void {
  for (const item of items) storedAt_ms.set(item, now().getTime());
}

/** Those that this process did not store a moment ago: of the others nothing is new. */
export function notStored<T extends object>({ now }: Pick<Context, 'now'>, items: readonly T[]): T[] {
  const now_ms = now().getTime();
  return items.filter((item) => Math.abs(now_ms - (storedAt_ms.get(item) ?? Number.NEGATIVE_INFINITY)) >= KNOWN_MS);
}
