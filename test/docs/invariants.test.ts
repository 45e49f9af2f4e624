import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const PAGE = read('docs/invariants.md');
const RULES = read('src/reactor/db/migrations/0001_rules.sql');
const TABLES = read('src/reactor/db/migrations/0000_tables.sql');
const INCIDENTS = 26;

type Invariant = Readonly<{
  number: string;
  mechanism: string;
  answers: string;
  proofs: { file: string; title: string }[];
}>;

const proofsOf = (cell: string) =>
  cell.split(/(?=`test\/)/).flatMap((part) => {
    const file = /^`([^`]+)`/.exec(part)?.[1];
    // Titles have quotes of their own: each ends at the last one before a comma and the next, or the end.
    const titles = [...part.matchAll(/“(.*?)”(?=, “|\s*$)/g)].map(([, title = '']) => title);
    return file === undefined ? [] : titles.map((title) => ({ file, title }));
  });

const INVARIANTS = PAGE.split('\n')
  .filter((line) => /^\| [A-Z]\d+ +\|/.test(line))
  .map((line): Invariant => {
    const [number = '', , mechanism = '', answers = '', proof = ''] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    return { number, mechanism, answers, proofs: proofsOf(proof) };
  });

test('every invariant has a number of its own and a test that exists under its title', () => {
  expect(INVARIANTS.length).toBeGreaterThan(40);
  expect(new Set(INVARIANTS.map(({ number }) => number)).size).toBe(INVARIANTS.length);
  for (const { number, proofs } of INVARIANTS) {
    expect(proofs.length, `${number} has a test`).toBeGreaterThan(0);
    for (const { file, title } of proofs) {
      expect(existsSync(join(ROOT, file)), `${number}: ${file}`).toBe(true);
      expect(read(file), `${number} in ${file}`).toContain(title);
    }
  }
});

test('every mechanism that is named exists where it is said to be', () => {
  for (const { number, mechanism } of INVARIANTS) {
    const names = [...mechanism.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    expect(names.length, `${number} names its mechanism`).toBeGreaterThan(0);
    const files = names.filter((name) => name.includes('/') || name.startsWith('.'));
    for (const file of files) expect(existsSync(join(ROOT, file)), `${number}: ${file}`).toBe(true);
    const sources = [RULES, TABLES, ...files.map(read)].join('\n');
    for (const name of names.filter((one) => !files.includes(one))) expect(sources, number).toContain(name);
  }
});

test('every trigger, every constraint and every refusing function of the database’s rules is named by an invariant', () => {
  const rules = [
    ...RULES.matchAll(/CREATE (?:CONSTRAINT )?TRIGGER (\w+)/g),
    ...RULES.matchAll(/ADD CONSTRAINT (\w+)/g),
    // One that only computes refuses nothing.
    ...RULES.matchAll(/CREATE FUNCTION reactor\.(\w+)(?!.* LANGUAGE sql IMMUTABLE)/g),
    ...RULES.matchAll(/CREATE ROLE (\w+)/g),
  ].map(([, name = '']) => name);
  expect(rules.length).toBeGreaterThan(40);
  const named = INVARIANTS.map(({ mechanism }) => mechanism).join('\n');
  expect([...new Set(rules)].filter((rule) => !named.includes(`\`${rule}\``))).toEqual([]);
});

test('every incident is answered by an invariant', () => {
  const answered = new Set(INVARIANTS.flatMap(({ answers }) => answers.split(', ').map(Number)));
  const all = Array.from({ length: INCIDENTS }, (_, i) => i + 1);
  expect(all.filter((incident) => !answered.has(incident))).toEqual([]);
});
