/** What a window of a command asks. */
export type ActField = Readonly<{
  name: string;
  label: string;
  hint?: string;
  initial?: string;
  /** Left out of what is sent where it is empty. */
  isOptional?: boolean;
  options?: readonly (readonly [string, string])[];
  isLong?: boolean;
  /** What may be chosen, where that is asked for as the window opens. */
  choices?: () => Promise<readonly (readonly [string, string])[]>;
  /** So many of a kind as somebody adds, each with fields of its own; kept as JSON. */
  rows?: Readonly<{ add: string; most: number; fields: readonly ActField[] }>;
  /** Files of which only names and digests are told; kept as JSON. Nothing of them leaves the machine. */
  files?: Readonly<{ most: number }>;
}>;
export type Values = Readonly<Record<string, string>>;

/** What was filled in, of a field with rows or files. */
export const rowsOf = (text: string | undefined): readonly Values[] =>
  text ? (JSON.parse(text) as readonly Values[]) : [];

/** As a field stands while nobody has filled it in. */
export const blank = (fields: readonly ActField[]): Values =>
  Object.fromEntries(fields.map(({ name, initial = '', options }) => [name, initial || (options?.[0]?.[0] ?? '')]));
