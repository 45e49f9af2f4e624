import type { Key } from '../words/language.ts';
import { LABELS } from '../words/links.ts';

export type Wanted = Readonly<{ act?: Key }>;

/** The action that an address asks for; what is none is left out. */
export function wantedOf(given: Readonly<Record<string, unknown>>): Wanted {
  const act = Object.values(LABELS).find((one) => one === given['act']);
  return act ? { act } : {};
}
