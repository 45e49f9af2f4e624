import { FAULT_NAMES, type FaultName } from '../../src/sandbox/faults.ts';
import { CALL_NAMES, CALLS, type Call } from './fault-calls.ts';

/** What became of the subject of each cell, by fault and call. */
export type Verdicts = Map<FaultName, Map<string, string>>;

export function say(verdicts: Verdicts, fault: FaultName, call: string, word: string): void {
  const row = verdicts.get(fault) ?? new Map<string, string>();
  if (row.has(call)) throw new Error(`${fault} at ${call} has a word already`);
  verdicts.set(fault, row.set(call, word));
}

/** What stands above a column: the call as the sandbox names it, and which of several it is. */
const WHICH: Partial<Record<Call, string>> = {
  payAtBitso: 'by SPEI',
  transferAtBitso: 'to 710',
  listRefunds: '`only_refunds`',
  createClabe: 'a user',
  listClabes: 'a user',
};
const titleOf = (call: Call) => [`\`${CALLS[call].endpoint}\``, WHICH[call]].filter(Boolean).join(' ');
const isLook = (call: Call) => CALLS[call].endpoint.startsWith('GET');

const HEAD = `# Each fault at each call

One payment a cell: the fault strikes the call for that payment alone (or, where the column says so, for that user), the sandbox
counts that it struck, and the word is what became of that payment. \`arrived once\` is one line of the sandbox's outbox;
\`needs_attention\` is a payment (or a user without a CLABE) that waits for a person, who is told why in a sentence, with the code that
stands here. In the whole run nothing was paid twice and nothing was lost, judged by the outbox and the chain. An empty cell is a call
that the fault cannot strike.

- A **send** is struck where the payment's amount or account stands in its body.
- A **look** is struck at the first answer in which the payment would have shown, so that it goes on only by a later one; no webhook
  tells of it. Of what came back, the word is what a person is told.
- An **outage** begins at that call and lasts 1.5 s; where the word says so it lasts 130 s, for one send with a key, one without and
  one list: it begins at the first, and the sandbox counts when it meets the others. In those two minutes the breaker is seen open at
  its longest pause, and fewer than one call a second gets through.

Written by \`KUSTODIA_TEST_FULL=1 KUSTODIA_WRITE_FAULTS=1 npx vitest run test/journey/faults\`, which fails where it finds another table.
`;

/** The page docs/juno-faults.md. `beyond`: calls of no payment on its way, and what the words mean there. */
export const printPage = (verdicts: Verdicts, beyond: readonly string[], belowBeyond: string): string =>
  [
    HEAD,
    '## Sends, and what they set going\n',
    printTable(
      verdicts,
      CALL_NAMES.filter((call) => !isLook(call)).map((call) => [call, titleOf(call)]),
    ),
    '\n## Looks\n',
    printTable(
      verdicts,
      CALL_NAMES.filter(isLook).map((call) => [call, titleOf(call)]),
    ),
    '\n## Calls of no payment on its way\n',
    belowBeyond,
    printTable(
      verdicts,
      beyond.map((endpoint) => [endpoint, `\`${endpoint}\``]),
    ),
    '',
  ].join('\n');

function printTable(verdicts: Verdicts, columns: readonly (readonly [call: string, title: string])[]): string {
  const cells = FAULT_NAMES.map((fault) => [fault, ...columns.map(([call]) => verdicts.get(fault)?.get(call) ?? '')]);
  const rows = [
    ['', ...columns.map(([, title]) => title)],
    ['---', ...columns.map(() => '---')],
    ...cells
      .filter((row) => row.some((word, i) => i > 0 && word !== ''))
      .map(([fault, ...row]) => [`\`${fault}\``, ...row]),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
