/** What a shell and a script see of the command line: completion, exit codes, progress, and the page about it. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { offersOf, SHELLS } from '../../src/cli/completion.ts';
import { progress } from '../../src/cli/progress.ts';
import { createProgram, run } from '../../src/cli/run.ts';
import { ROUTES } from '../../src/reactor/http/routes/index.ts';
import { SCRIPTS } from './scripts.ts';

const SOURCE = join(import.meta.dirname, '../../src');

const NOWHERE = 'http://127.0.0.1:9';
const nobody = { out: () => undefined, err: () => undefined };
const offers = offersOf(createProgram({}, nobody, () => undefined));
const offered = (path: string) => offers.find((one) => one.path === path)?.words;

async function kustodia(environment: NodeJS.ProcessEnv, ...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('each script of before has a row, and each row names a command that there is, with options that it has', () => {
  expect(SCRIPTS.length).toBe(15);
  for (const { script, words } of SCRIPTS) {
    const found = offered(words[0] === 'doctor' ? 'doctor' : words.slice(0, 2).join(' '));
    expect(found, script).toBeDefined();
    for (const option of words.filter((word) => word.startsWith('--'))) expect(found, script).toContain(option);
  }
});

test('there is a group for each thing, and a command for each route of the REST interface', () => {
  const groups = offered('') ?? [];
  for (const group of [
    ...['payment', 'escrow', 'bridge', 'juno', 'token', 'deposit', 'suspense', 'effect', 'break', 'guard', 'webhook'],
    ...['key', 'report', 'contract', 'doctor'],
  ])
    expect(groups).toContain(group);
  const textsIn = (folder: string) =>
    readdirSync(join(SOURCE, folder), { encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(SOURCE, folder, name), 'utf8'));
  const commands = textsIn('cli').join('\n');
  const routes = textsIn('reactor/http/routes').flatMap((text) =>
    [...text.matchAll(/^export const (\w+) = (?:question|command)\(/gm)].map(([, name = '']) => name),
  );
  expect(routes.length).toBe(ROUTES.length);
  expect(routes.filter((name) => !new RegExp(`\\.call\\([^)]*\\b${name}\\b`).test(commands))).toEqual([]);
});

test('whatever changes something can be only shown first', () => {
  // Reads what became of an effect, which is asked for with a reason.
  const READS = ['effect look'];
  const changing = offers.filter(
    ({ path, words }) => words.includes('--reason') && words.includes('--json') && path !== 'suspense list',
  );
  expect(changing.length).toBeGreaterThan(40);
  expect(changing.filter(({ words }) => !words.includes('--dry-run')).map(({ path }) => path)).toEqual(READS);
});

test('what a shell completes is what the commands take', async () => {
  expect(offered('')).toEqual(expect.arrayContaining(['payment', 'drill', 'completion']));
  expect(offered('payment look')).toEqual(expect.arrayContaining(['--state', '--reason', '--dry-run', '--json']));
  for (const shell of SHELLS) {
    const { code, out } = await kustodia({}, 'completion', shell);
    expect(code).toBe(0);
    for (const { path, words } of offers) {
      if (path !== '') expect(out).toContain(`' ${path}'`);
      expect(out).toContain(words.join(' '));
    }
  }
  const { out: script } = await kustodia({}, 'completion', 'bash');
  const complete = (...words: string[]) =>
    execFileSync(
      'bash',
      [
        '-c',
        'eval "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kustodia; echo "$COMPREPLY"',
        'bash',
        script,
        'kustodia',
        ...words,
      ],
      { encoding: 'utf8' },
    ).trim();
  expect(complete('wal')).toBe('wallet');
  expect(complete('wallet', 'bal')).toBe('balances');
  // An id, and a value, are no command’s name.
  expect(complete('payment', 'show', '7f', '--js')).toBe('--json');
  expect(complete('payment', 'look', '--reason', 'why', '--st')).toBe('--state');
});

test.each<[code: number, because: string, environment: NodeJS.ProcessEnv, args: string[]]>([
  [0, 'it is shown', {}, ['--help']],
  [2, 'there is no such command', {}, ['payment', 'steal']],
  [2, 'there is no such option', {}, ['payment', 'list', '--all']],
  [2, 'an option is missing', {}, ['bridge', 'return']],
  [2, 'a setting is missing', { KUSTODIA_URL: NOWHERE }, ['payment', 'list']],
  [2, 'the owner of the database is not named', {}, ['db', 'migrate']],
  [3, 'nobody answers', { KUSTODIA_URL: NOWHERE, KUSTODIA_API_KEY: 'kus_x' }, ['payment', 'list']],
  [3, 'no database answers', { DATABASE_OWNER_URL: 'postgresql://x@127.0.0.1:9/x' }, ['db', 'migrate']],
])('it ends with %i where %s', async (code, _, environment, args) => {
  expect((await kustodia(environment, ...args)).code).toBe(code);
});

test('it ends with 1 where the reactor refuses, and says why to a person and to a machine', async () => {
  const problem = { type: 'about:blank', title: 'Not now', status: 409, detail: 'Because.', code: 'not_now' };
  const server = createServer((_, answer) => {
    answer.writeHead(409, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const KUSTODIA_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const done = await kustodia({ KUSTODIA_URL, KUSTODIA_API_KEY: 'kus_x' }, 'payment', 'list', '--json');
    expect(done.code).toBe(1);
    expect(done.err).toBe('Not now\nBecause.');
    expect(JSON.parse(done.out)).toMatchObject({ error: { code: 'not_now' } });
  } finally {
    server.close();
  }
});

test('long work tells its steps to a terminal, and nothing to a script', () => {
  const lines: string[] = [];
  const told = (isTerminal: boolean) => {
    const shown = progress((line) => lines.push(line), { isTerminal, monotonic: () => 1_500 });
    shown.step('taking a backup');
    shown.done();
  };
  told(false);
  expect(lines).toEqual([]);
  told(true);
  expect(lines).toEqual(['[0.0 s] taking a backup …', '[0.0 s] done']);
});
