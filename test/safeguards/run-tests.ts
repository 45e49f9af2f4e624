import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import type { NamedTest } from './mutant.ts';

export type TestResult = Readonly<{ file: string; name: string; status: 'passed' | 'failed'; why: string }>;
/** What ran; `trouble` says why nothing can be told from it. */
export type TestRun = Readonly<{ results: readonly TestResult[]; trouble: string | null }>;

const REPORT = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Runs these tests and no other in a folder that holds the source, each file by itself. Ends all that it started when time is up. */
export async function runTests(
  folder: string,
  tests: readonly NamedTest[],
  { timeout_ms, isFirstEnough }: { timeout_ms: number; isFirstEnough: boolean },
): Promise<TestRun> {
  const files = [...new Set(tests.map(({ file }) => file))];
  const titles = [...new Set(tests.map(({ title }) => literal(title)))].join('|');
  const out = await mkdtemp(join(tmpdir(), 'kustodia-safeguard-'));
  const report = join(out, 'report.json');
  try {
    const ended = await run(
      folder,
      [
        ...['run', ...files, '-t', titles, '--reporter=json', `--outputFile=${report}`],
        ...(isFirstEnough ? ['--bail=1'] : []),
      ],
      timeout_ms,
    );
    if (ended.isLate) return { results: [], trouble: `no end within ${timeout_ms / 1000} s` };
    const text = await readFile(report, 'utf8').catch(() => null);
    if (text === null) return { results: [], trouble: `no report: ${ended.tail}` };
    const { testResults } = REPORT.parse(JSON.parse(text));
    const results = testResults.flatMap(({ name: path, assertionResults }) =>
      assertionResults.flatMap(({ fullName: name, status, failureMessages }): TestResult[] =>
        status === 'passed' || status === 'failed'
          ? [{ file: path.slice(folder.length + 1), name, status, why: (failureMessages ?? []).join('\n') }]
          : [],
      ),
    );
    const unloaded = testResults.find(({ message, assertionResults }) => {
      return message !== '' && !assertionResults.some(({ status }) => status === 'failed');
    });
    return { results, trouble: unloaded ? `a file did not load: ${unloaded.message.slice(0, 500)}` : null };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

const MOST_TAIL = 2_000;

function run(folder: string, args: string[], timeout_ms: number): Promise<{ isLate: boolean; tail: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'node_modules/vitest/vitest.mjs'), ...args], {
      cwd: folder,
      env: {
        ...childEnvironment(),
        PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
        KUSTODIA_TEST_FULL: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that its time limit ends what its tests have started, too.
      detached: true,
    });
    let tail = '';
    let isLate = false;
    const keep = (chunk: Buffer) => {
      tail = `${tail}${chunk}`.slice(-MOST_TAIL);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => {
      isLate = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeout_ms);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve({ isLate, tail });
    });
  });
}

/** Without what the vitest around it, if there is one, has set for its own workers. */
const childEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|VITE_|NODE_ENV$|NODE_OPTIONS$)/.test(name)),
  );
