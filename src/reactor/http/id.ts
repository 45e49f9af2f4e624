import type { Refusal } from '../people/refusal.ts';
import { ID } from './routes/shapes.ts';

/** The id in a path. Throws the refusal of what has none where it is no id at all. */
export function idOf(text: string, none: () => Refusal): string {
  const id = ID.safeParse(text);
  if (!id.success) throw none();
  return id.data;
}
