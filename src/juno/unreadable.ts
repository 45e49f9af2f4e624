import { z } from 'zod';
import { JunoMalformedError } from './errors.ts';
import { printJson } from './json.ts';
import { idOf } from './page.ts';

/** An item of a list that could not be read: kept as it came, and no reason to hide those beside it. */
export type UnreadableItem = Readonly<{
  /** What it seems to be called; null where not even that can be read. */
  id: string | null;
  raw: string;
}>;

const NAMED = z.object({ fid: idOf.optional(), id: idOf.optional(), transaction_id: idOf.optional() });

/**
 * Reads each item of a page by itself. Throws a JunoMalformedError where there are several and not one can be read: then it is
 * the answer that changed, not a record that is odd.
 */
export function readEach<T>(
  schema: z.ZodType<T>,
  values: readonly unknown[],
  at: Readonly<{ endpoint: string; raw: string }>,
): { items: T[]; unreadable: UnreadableItem[] } {
  let known = read.get(values);
  if (known?.schema !== schema) {
    known = { schema, answer: readAll(schema, values, at) };
    read.set(values, known);
  }
  const { items, unreadable } = known.answer as Answer<T>;
  return { items: [...items], unreadable: [...unreadable] };
}

type Answer<T> = Readonly<{ items: readonly T[]; unreadable: readonly UnreadableItem[] }>;
/** The client answers a list that did not change with the same array, whose items are then the same again. */
const read = new WeakMap<readonly unknown[], Readonly<{ schema: unknown; answer: Answer<unknown> }>>();

function readAll<T>(
  schema: z.ZodType<T>,
  values: readonly unknown[],
  { endpoint, raw }: Readonly<{ endpoint: string; raw: string }>,
): Answer<T> {
  const items: T[] = [];
  const unreadable: UnreadableItem[] = [];
  for (const value of values) {
    const { data: item, success } = schema.safeParse(value);
    if (success) items.push(item);
    else unreadable.push({ id: nameOf(value), raw: printJson(value) });
  }
  if (items.length === 0 && unreadable.length > 1)
    throw new JunoMalformedError(`${endpoint} answered with a list of which no item can be read`, { endpoint, raw });
  return { items, unreadable };
}

function nameOf(value: unknown): string | null {
  const { data } = NAMED.safeParse(value);
  return data?.fid ?? data?.transaction_id ?? data?.id ?? null;
}
