import { plainPesos } from '../../money/written.ts';

/** What is wrong with a field, in the language of the page or as a quotation. */
export type Wrong = Readonly<{ message: string; isQuoted: boolean }>;

/** What a window of a command asks. */
export type ActField = Readonly<{
  name: string;
  label: string;
  hint?: string;
  initial?: string;
  /** Left out of what is sent where it is empty. */
  isOptional?: boolean;
  /** Pesos, as people write them. */
  isMoney?: boolean;
  /** The id of somebody, who is looked for by name. */
  isPerson?: boolean;
  options?: readonly (readonly [string, string])[];
  isLong?: boolean;
  /** Where what is sent of it stands in the body, if not under its own name: what is refused there is told at the field. */
  at?: readonly string[];
  /** What may be chosen, where that is asked for as the window opens. */
  choices?: () => Promise<readonly (readonly [string, string])[]>;
  /** What is said where there is nothing to choose from. */
  none?: string;
  /** So many of a kind as somebody adds, each with fields of its own; kept as JSON. */
  rows?: Readonly<{ add: string; most: number; fields: readonly ActField[] }>;
  /** Files of which only names and digests are told; kept as JSON. Nothing of them leaves the machine. */
  files?: Readonly<{ most: number }>;
}>;
export type Values = Readonly<Record<string, string>>;
/** What is wrong with which field: of a row, under `name.0.field`. */
export type Wrongs = ReadonlyMap<string, Wrong>;

/** What was filled in, of a field with rows or files. */
export const rowsOf = (text: string | undefined): readonly Values[] =>
  text ? (JSON.parse(text) as readonly Values[]) : [];

/** As a field stands while nobody has filled it in. */
export const blank = (fields: readonly ActField[]): Values =>
  Object.fromEntries(fields.map(({ name, initial = '', options }) => [name, initial || (options?.[0]?.[0] ?? '')]));

/** What is sent of what was filled in: money in plain figures, and nothing of an optional field that is empty. */
export const sentOf = (fields: readonly ActField[], values: Values): Values =>
  Object.fromEntries(
    fields.flatMap(({ name, isOptional, isMoney }) => {
      const value = values[name] ?? '';
      if (value === '' && isOptional) return [];
      return [[name, isMoney ? (plainPesos(value) ?? value) : value]];
    }),
  );

/** The fields that are empty and may not be, by their names. */
export const missingOf = (fields: readonly ActField[], values: Values, before = ''): readonly string[] =>
  fields.flatMap(({ name, rows, files, isOptional }) => {
    const value = values[name] ?? '';
    if (rows) return rowsOf(value).flatMap((row, at) => missingOf(rows.fields, row, `${before}${name}.${at}.`));
    return value.trim() === '' && !isOptional && !files ? [`${before}${name}`] : [];
  });

type Refused = Wrong & Readonly<{ field: string }>;

/** Which of the fields each thing that was refused is told at; `rest` is told elsewhere. */
export function boundTo(
  fields: readonly ActField[],
  refused: readonly Refused[],
): Readonly<{ wrongs: Wrongs; rest: readonly Refused[] }> {
  const [wrongs, rest] = [new Map<string, Wrong>(), [] as Refused[]];
  for (const one of refused) {
    const name = nameOf(fields, one.field);
    if (name === null) rest.push(one);
    else if (!wrongs.has(name)) wrongs.set(name, one);
  }
  return { wrongs, rest };
}

function nameOf(fields: readonly ActField[], path: string): string | null {
  for (const { name, at = [name], rows } of fields) {
    if (at.includes(path)) return name;
    const [, row, inner = ''] = (rows && new RegExp(`^${name}\\.(\\d+)\\.?(.*)$`).exec(path)) ?? [];
    const found = rows && row !== undefined ? (nameOf(rows.fields, inner) ?? rows.fields[0]?.name) : undefined;
    if (found !== undefined) return `${name}.${row}.${found}`;
  }
  // What is sent within something, under its own name.
  const last = path.split('.').at(-1);
  return fields.find(({ name, rows }) => name === last && !rows)?.name ?? null;
}
