import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { merged, readSafeguards, renderSafeguards } from './document.ts';
import { judge, type Verdict } from './judge.ts';
import { type Mutant, mutate } from './mutant.ts';
import { MUTANTS, SUBJECTS } from './mutants/index.ts';
import { runTests, type TestRun } from './run-tests.ts';
import { openScratch, ROOT, type Scratch } from './scratch.ts';

const TIMEOUT_MS = 240_000;
const read = (file: string) => readFile(join(ROOT, file), 'utf8');

describe('the table of safeguards', () => {
  test('has each id once', () => {
    expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length);
  });

  test('fits the source: what each removes is there, once', async () => {
    const misfits: string[] = [];
    for (const mutant of MUTANTS) {
      const source = await read(mutant.file);
      try {
        if (mutate(source, mutant) === source) misfits.push(`${mutant.id} changes nothing`);
      } catch (error) {
        misfits.push(String(error));
      }
    }
    expect(misfits).toEqual([]);
  });

  test('names tests that there are', async () => {
    for (const { id, caughtBy } of MUTANTS) {
      expect(caughtBy.length, id).toBeGreaterThan(0);
      for (const { file, title } of caughtBy) expect(await read(file), `${id} in ${file}`).toContain(title);
    }
  });

  test('is what docs/safeguards.md says, and each is noticed by a test that it names', async () => {
    const text = await read('docs/safeguards.md');
    const caught = readSafeguards(text);
    expect([...caught.keys()].sort()).toEqual(MUTANTS.map(({ id }) => id).sort());
    expect(renderSafeguards(SUBJECTS, caught)).toBe(text);
    for (const { id, caughtBy } of MUTANTS) {
      const by = caught.get(id);
      expect(
        caughtBy.some(({ file, title }) => by?.file === file && by.name.includes(title)),
        id,
      ).toBe(true);
    }
  });

  test('keeps of an earlier run what a run of some did not run, and nothing that it saw go unnoticed', () => {
    const by = (name: string) => ({ file: 'test/x.test.ts', name });
    const before = new Map([
      ['kept', by('then')],
      ['seen', by('then')],
      ['lost', by('then')],
      ['ill', by('then')],
    ]);
    const seen = new Map<string, Verdict>([
      ['seen', { is: 'caught', by: by('now') }],
      ['lost', { is: 'unnoticed' }],
      ['ill', { is: 'broken', why: 'it does not parse' }],
    ]);
    expect([...merged(before, seen)]).toEqual([
      ['kept', by('then')],
      ['seen', by('now')],
    ]);
    expect([...merged(new Map(), seen).keys()]).toEqual(['seen']);
  });

  test('leaves out no rule of the database: each refusal and each constraint is removed once', async () => {
    const rules = await read('src/reactor/db/migrations/0001_rules.sql');
    const named = [...rules.matchAll(/(RAISE EXCEPTION '[^']+)'[^;]*check_violation|ADD CONSTRAINT (\w+)/g)].map(
      ([, refusal, constraint]) => refusal ?? constraint ?? '',
    );
    expect(named.length).toBeGreaterThan(30);
    const left = named.filter(
      (rule) => !MUTANTS.some(({ find }) => rule.startsWith(find) || find.startsWith(`${rule} `)),
    );
    expect(left).toEqual([]);
  });
});

describe('what a run without a safeguard says', () => {
  const mutant: Mutant = {
    id: 'x',
    safeguard: '',
    rule: '',
    file: 'src/x.ts',
    find: '',
    replace: '',
    caughtBy: [{ file: 'test/x.test.ts', title: 'pays once' }],
  };
  const ran = (status: 'passed' | 'failed', why = '', trouble: string | null = null): TestRun => ({
    results: [{ file: 'test/x.test.ts', name: 'it pays once', status, why }],
    trouble,
  });
  test.each<[string, TestRun, string]>([
    ['an assertion fails', ran('failed', 'AssertionError: expected 2 to be 1'), 'caught'],
    ['all pass', ran('passed'), 'unnoticed'],
    ['it is no longer a program', ran('failed', 'SyntaxError: Unexpected token'), 'broken'],
    ['a name is missing', ran('failed', 'ReferenceError: floor is not defined'), 'broken'],
    ['its SQL is none', ran('failed', 'error: syntax error at or near "FROM"'), 'broken'],
    ['it took too long', ran('failed', 'Error: Test timed out in 60000ms.'), 'broken'],
    ['a file does not load', { results: [], trouble: 'a file did not load' }, 'broken'],
    ['no test ran', { results: [], trouble: null }, 'broken'],
  ])('%s', (_, run, is) => {
    expect(judge(mutant, run).is).toBe(is);
  });
  test('a text that is gone, or there twice, is no mutant', () => {
    for (const source of ['', 'pay(); pay();'])
      expect(() => mutate(source, { ...mutant, find: 'pay();' })).toThrow(/not once/);
  });
});

describe('some of them, chosen anew each time', () => {
  const SEED = Number(process.env['KUSTODIA_SEED'] ?? randomInt(1_000_000));
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await openScratch();
  });
  afterAll(() => scratch?.remove());

  test(`are removed, and noticed (KUSTODIA_SEED=${SEED})`, { timeout: 3 * TIMEOUT_MS }, async () => {
    for (const nth of [0, 1, 2]) {
      const mutant = MUTANTS[(SEED + nth * 7_919) % MUTANTS.length];
      if (!mutant) throw new Error('there are no mutants');
      const verdict = await scratch.without(mutant, async () =>
        judge(mutant, await runTests(scratch.folder, mutant.caughtBy, { timeout_ms: TIMEOUT_MS, isFirstEnough: true })),
      );
      expect(verdict, mutant.id).toMatchObject({ is: 'caught' });
    }
  });
});
