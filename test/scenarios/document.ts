/** docs/scenarios.md, out of the table. */
import { join } from 'node:path';
import type { Theme } from './row.ts';
import { tellRow } from './tell.ts';

export const PAGE = join(import.meta.dirname, '../../docs/scenarios.md');

const HEAD = `# Scenarios

Stories of payments, as people would tell them, and where each leaves the money. Paula pays, Rita is paid; each story has its own people and
accounts. All of one contract are told at once in one world (real Postgres, chain, indexer, reactor, and the sandbox of Juno and Bitso), through the
reactor’s own REST interface; what stops more than one payment is told after the others. When all is at rest each is judged by the legs and the
status of its payments in the reactor, by what left the sandbox’s outbox and stayed out, by its escrows as they are indexed, and by its books. Then
the auditor finds nothing, nobody else was paid, and each currency sums to zero.

\`npm run scenarios\` writes this page out of the table in [test/scenarios](../test/scenarios), and every \`npm test\` fails where the two differ. It
tells some of the stories, \`npm run test:full\` all of them. To tell some alone:

\`\`\`sh
KUSTODIA_TEST_FULL=1 KUSTODIA_SCENARIOS=half-in-custody,paid-twice npx vitest run test/scenarios/scenarios.full.test.ts
\`\`\`
`;

const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z ]/g, '')
    .replaceAll(' ', '-');

export function renderScenarios(themes: readonly Theme[]): string {
  const total = themes.reduce((sum, { rows }) => sum + rows.length, 0);
  const contents = themes.map(({ title, rows }) => `- [${title}](#${anchor(title)}): ${rows.length}`);
  const sections = themes.map(({ title, about, rows }) =>
    [`## ${title}`, '', about, '', ...rows.flatMap((row) => [`### ${row.id}`, '', ...tellRow(row), ''])].join('\n'),
  );
  return [HEAD, `${total} stories:`, '', ...contents, '', ...sections].join('\n');
}
