import type { Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';

/** Who noticed a mutant: file and name of the first test that failed. */
export type Caught = Readonly<{ file: string; name: string }>;

const HEAD = `# Safeguards, and what notices when one is gone

\`npm run safeguards\` wrote this. It takes a copy of the source, removes one safeguard at a time, and runs the tests that should
notice. One of them has to fail by an assertion; a safeguard that nobody would miss makes the run fail. The product itself carries no
switch that turns a safeguard off. The table of removals is \`test/safeguards/mutants\`; \`npm test\` checks that it still fits the source
and the tests, and runs a few of them, chosen anew each time.

A whole run writes this anew, and only what it saw itself: a removal that it did not come to is named as not run. A run of some
(\`--only\`) writes their rows and leaves the others as the runs before it wrote them.
`;

const itemOf = ({ id, safeguard, rule, file }: Mutant, caught: Caught): string =>
  `- \`${id}\`: ${safeguard} (${rule}). Removed from \`${file}\`; noticed by \`${caught.file}\`: \`${caught.name}\``;

/** docs/safeguards.md: a list for each subject. */
export function renderSafeguards(
  subjects: Readonly<Record<string, readonly Mutant[]>>,
  caught: ReadonlyMap<string, Caught>,
): string {
  const lists = Object.entries(subjects).map(([title, mutants]) => {
    const items = mutants.flatMap((mutant) => {
      const by = caught.get(mutant.id);
      return by ? [itemOf(mutant, by)] : [];
    });
    return [`## ${title}`, '', ...items, ''].join('\n');
  });
  const all = Object.values(subjects).flat();
  const open = all.filter(({ id }) => !caught.has(id)).map(({ id }) => `\`${id}\``);
  const sum = `${all.length} safeguards, ${open.length === 0 ? 'none unnoticed' : `of which unnoticed or not run: ${open.join(', ')}`}.`;
  return [HEAD, sum, '', ...lists].join('\n');
}

/** What is known after a run: what it saw, and of the rest what was known before. What went unnoticed is no longer known as caught. */
export function merged(before: ReadonlyMap<string, Caught>, seen: ReadonlyMap<string, Verdict>): Map<string, Caught> {
  const caught = new Map(before);
  for (const [id, verdict] of seen) {
    if (verdict.is === 'caught') caught.set(id, verdict.by);
    else caught.delete(id);
  }
  return caught;
}

const ITEM = /^- `([a-z0-9-]+)`: .* noticed by `([^`]+)`: `([^`]+)`$/;

/** What an earlier run has written: who noticed which. */
export function readSafeguards(text: string): Map<string, Caught> {
  const caught = new Map<string, Caught>();
  for (const line of text.split('\n')) {
    const [, id, file, name] = ITEM.exec(line) ?? [];
    if (id && file && name) caught.set(id, { file, name });
  }
  return caught;
}
