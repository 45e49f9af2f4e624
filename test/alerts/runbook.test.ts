import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
