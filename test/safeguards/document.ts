import type { Mutant } from './mutant.ts';

/** Who noticed a mutant: file and name of the first test that failed. */
export type Caught = Readonly<{ file: string; name: string }>;

const HEAD = `# Safeguards, and what notices when one is gone

\`npm run safeguards\` wrote this. It takes a copy of the source, removes one safeguard at a time, and runs the tests that should
notice. One of them has to fail by an assertion; a safeguard that nobody would miss makes the run fail. The product itself carries no
switch that turns a safeguard off. The table of removals is \`test/safeguards/mutants\`; \`npm test\` checks that it still fits the source
and the tests, and runs a few of them, chosen anew each time.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const rowOf = ({ id, safeguard, rule, file }: Mutant, caught: Caught): string =>
  `| ${id} | ${cell(safeguard)} | ${cell(rule)} | \`${file}\` | \`${caught.file}\`: ${cell(caught.name)} |`;

/** docs/safeguards.md: a table for each subject. */
export function renderSafeguards(
  subjects: Readonly<Record<string, readonly Mutant[]>>,
  caught: ReadonlyMap<string, Caught>,
): string {
  const tables = Object.entries(subjects).map(([title, mutants]) => {
    const rows = mutants.map((mutant) => {
      const by = caught.get(mutant.id);
      if (!by) throw new Error(`mutant ${mutant.id} was never run: npm run safeguards -- --only ${mutant.id}`);
      return rowOf(mutant, by);
    });
    return [
      `## ${title}`,
      '',
      '| id | safeguard | rule | where | noticed by |',
      '|---|---|---|---|---|',
      ...rows,
      '',
    ].join('\n');
  });
  const count = Object.values(subjects).flat().length;
  return [HEAD, `${count} safeguards, none unnoticed.`, '', ...tables].join('\n');
}

const ROW = /^\| ([a-z0-9-]+) \| .* \| `[^`]+` \| `([^`]+)`: (.*) \|$/;

/** What an earlier run has written: who noticed which. */
export function readSafeguards(text: string): Map<string, Caught> {
  const caught = new Map<string, Caught>();
  for (const line of text.split('\n')) {
    const [, id, file, name] = ROW.exec(line) ?? [];
    if (id && file && name) caught.set(id, { file, name: name.replaceAll('\\|', '|') });
  }
  return caught;
}
