/** Tables that a reader can read: a merge that empties them passes every formatter. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));
const isSeparator = (line: string) => /^\|[ :|-]+$/.test(line);

test.each(PAGES)('%s has no table without words', (name) => {
  const lines = readFileSync(join(ROOT, name), 'utf8').split('\n');
  lines.forEach((line, at) => {
    if (!line.startsWith('|') || !isSeparator(line)) return;
    const place = `${name}, line ${at + 1}`;
    expect(lines[at - 1], place).toMatch(/^\|.*\p{L}/u);
    expect(lines[at + 1], place).toMatch(/^\|.*[\p{L}\p{N}]/u);
  });
});
