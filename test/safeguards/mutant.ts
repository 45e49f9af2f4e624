/** One safeguard, and the smallest change of our own source that removes it. */
export type Mutant = Readonly<{
  id: string;
  /** What is removed, in plain words: it stands in docs/safeguards.md. */
  safeguard: string;
  /** The rule that asks for it: a section of the design, an incident by its number. */
  rule: string;
  file: string;
  /** Exact text, there once and only once. */
  find: string;
  replace: string;
  /** The tests of which at least one must fail. */
  caughtBy: readonly NamedTest[];
}>;

export type NamedTest = Readonly<{
  file: string;
  /** Part of the test's name, as it stands in its file. */
  title: string;
}>;

/** A safeguard that one test notices. */
export const removing = (
  id: string,
  safeguard: string,
  rule: string,
  [file, find, replace]: readonly [file: string, find: string, replace: string],
  [test, title]: readonly [file: string, title: string],
): Mutant => ({ id, safeguard, rule, file, find, replace, caughtBy: [{ file: test, title }] });

/** The source with the safeguard removed. Throws where the text has moved on: then the mutant must follow it. */
export function mutate(source: string, { id, file, find, replace }: Mutant): string {
  const count = source.split(find).length - 1;
  if (count !== 1)
    throw new Error(`mutant ${id}: its text is ${count} times in ${file}, not once. Take the text as it is there now.`);
  return source.replace(find, () => replace);
}
