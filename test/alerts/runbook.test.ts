import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/run.ts';
import { ALERT_KINDS } from '../../src/reactor/alerts/kinds.ts';
import { runbookOf } from '../../src/reactor/alerts/notice.ts';

const RUNBOOK = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const sections = RUNBOOK.split(/^## /m)
  .slice(1)
  .map((text) => ({ name: text.split('\n')[0] ?? '', text }));

test('each alert has its section in the runbook, and each section its alert', () => {
  expect(sections.map(({ name }) => name)).toEqual(Object.keys(ALERT_KINDS));
});

test.each(Object.entries(ALERT_KINDS))('%s has its severity and one step there', (kind, severity) => {
  const { text = '' } = sections.find(({ name }) => name === kind) ?? {};
  expect(text).toContain(`\n\`${severity}\`. `);
  expect(text.match(/^\*\*Step:\*\* /gm)).toHaveLength(1);
});

test('an alert links to its section', () => {
  expect(runbookOf('gas-low', null)).toBe('docs/runbook.md#gas-low');
  expect(runbookOf('gas-low', 'https://wiki.example/runbook')).toBe('https://wiki.example/runbook#gas-low');
});

const program = createProgram({}, { out: () => undefined, err: () => undefined }, () => undefined);
/** What each command of the page lacks, as it stands there, to be understood. */
function lacking(text: string): string[] {
  const words = [...text.matchAll(/"[^"]*"|\S+/g)].map(([word]) => word);
  let command = program;
  for (;;) {
    const next = command.commands.find((one) => one.name() === words[0]);
    if (!next) break;
    command = next;
    words.shift();
  }
  if (command.commands.length > 0) return ['a command'];
  const first = words.findIndex((word) => word.startsWith('--'));
  const given = first === -1 ? words : words.slice(0, first);
  const known = command.options.flatMap(({ long }) => long ?? []);
  return [
    ...command.registeredArguments
      .filter(({ required }, at) => required && given[at] === undefined)
      .map((one) => one.name()),
    ...command.options.flatMap(({ long, mandatory }) => (mandatory && long && !words.includes(long) ? [long] : [])),
    ...words.filter((word) => word.startsWith('--') && !known.includes(word)),
  ];
}

test.each([...new Set([...RUNBOOK.matchAll(/`kustodia ([^`]+)`/g)].map(([, command = '']) => command))])(
  'kustodia %s can be typed as it stands there',
  (command) => {
    expect(lacking(command)).toEqual([]);
  },
);
