import type { Mutant, NamedTest } from './mutant.ts';
import type { TestResult, TestRun } from './run-tests.ts';

export type Verdict =
  | Readonly<{ is: 'caught'; by: Pick<TestResult, 'file' | 'name'> }>
  /** All its tests pass without the safeguard: nobody would notice that it is gone. */
  | Readonly<{ is: 'unnoticed' }>
  /** It does not run, so it proves nothing. */
  | Readonly<{ is: 'broken'; why: string }>;

/** A mutant that cannot be read or parsed fails any test; so does a machine that is too slow. Postgres: 42601, 42883, 42P01, 42703. */
const NO_ASSERTION =
  /SyntaxError|ReferenceError|is not a function|syntax error at|does not exist\b|Test timed out|Hook timed out|Cannot find module/;

/** What a run without a safeguard says of its tests. */
export function judge({ caughtBy }: Mutant, { results, trouble }: TestRun): Verdict {
  const failed = results.filter(({ status }) => status === 'failed');
  const honest = failed.filter(({ why }) => !NO_ASSERTION.test(why));
  const inOrder = caughtBy.flatMap((test) => honest.filter((result) => isOf(test, result)));
  const [first] = [...inOrder, ...honest];
  if (first) return { is: 'caught', by: { file: first.file, name: first.name } };
  if (trouble) return { is: 'broken', why: trouble };
  const [other] = failed;
  if (other) return { is: 'broken', why: `${other.name}: ${other.why.slice(0, 500)}` };
  if (results.length === 0) return { is: 'broken', why: 'not one of its tests ran' };
  return { is: 'unnoticed' };
}

/** Why the healthy source cannot be the measure of anything; empty where all the tests are there and pass. */
export function complaints(tests: readonly NamedTest[], { results, trouble }: TestRun): string[] {
  const wrong = results.filter(({ status }) => status === 'failed');
  const missing = tests.filter((test) => !results.some((result) => isOf(test, result)));
  return [
    ...(trouble === null ? [] : [trouble]),
    ...wrong.map(({ file, name, why }) => `${file}: “${name}” fails: ${why.slice(0, 500)}`),
    ...missing.map(({ file, title }) => `${file}: no test “${title}” ran`),
  ];
}

const isOf = ({ file, title }: NamedTest, result: TestResult): boolean =>
  result.file === file && result.name.includes(title);
