import { EQUIVALENT } from './equivalent.ts';
import type { Outcome } from './mutants.ts';

export const DOCUMENT = 'docs/contract-mutation.md';

/** docs/contract-mutation.md: how many changes were made, and which of them no test noticed, and why none could. */
export function renderMutation(outcomes: ReadonlyMap<string, Outcome>, all: number, codeHash: string): string {
  const of = (outcome: Outcome) => [...outcomes].filter(([, its]) => its === outcome).map(([id]) => id);
  const [killed, survived] = [of('killed'), of('survived')];
  const judged = killed.length + survived.length;
  const survivors = survived.map((id) => `- ${id}: ${EQUIVALENT[id] ?? '**unexplained**'}`);
  return `# What the contract's tests notice

\`npm run mutate\` wrote this. It makes one small thing at a time wrong in a copy of the contract: a comparison, a condition, an operator, a
number, a status, a role, a caller, a recipient, a clock, a call, a modifier, a statement or its place (\`contracts/scripts/mutants.ts\`). Then it runs the unit tests, and
where those notice nothing the invariants. \`npm test\` requires that this is about the contract as it is.

Code \`${codeHash}\`: ${judged} changes, ${killed.length} noticed, ${survived.length} not
(${judged === 0 ? '0.0' : ((100 * survived.length) / judged).toFixed(1)} %). ${of('does not compile').length} more do not compile, and ${of('no change').length} compile to the same code.
The run did not come to ${all - outcomes.size}.

## Not noticed

${survivors.length === 0 ? 'None.' : survivors.join('\n')}
`;
}
