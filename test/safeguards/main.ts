/**
 * `npm run safeguards`: removes one safeguard after the other from a copy of the source and requires that a test fails. Writes
 * docs/safeguards.md anew; a run of some (`--only ID`, again for more, or the beginning of several ids) writes only their rows. With `--json`
 * the last line is one JSON object. Exits with 1 if one went unnoticed or did not run.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Caught, merged, readSafeguards, renderSafeguards } from './document.ts';
import { complaints, judge, type Verdict } from './judge.ts';
import { MUTANTS, SUBJECTS } from './mutants/index.ts';
import { runTests } from './run-tests.ts';
import { openScratch, ROOT } from './scratch.ts';

const HEALTHY_TIMEOUT_MS = 15 * 60_000;
const TIMEOUT_MS = 4 * 60_000;
const DOCUMENT = join(ROOT, 'docs/safeguards.md');

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, json: { type: 'boolean', default: false } },
});
const isChosen = (id: string) => !values.only || values.only.some((only) => id === only || id.startsWith(`${only}-`));

async function main(): Promise<boolean> {
  const started = performance.now();
  const chosen = MUTANTS.filter(({ id }) => isChosen(id));
  if (chosen.length === 0) throw new Error(`no mutant is called ${values.only?.join(' or ')}`);
  const scratch = await openScratch();
  const verdicts = new Map<string, Verdict>();
  try {
    const tests = chosen.flatMap(({ caughtBy }) => caughtBy);
    const healthy = await runTests(scratch.folder, tests, { timeout_ms: HEALTHY_TIMEOUT_MS, isFirstEnough: false });
    const wrong = complaints(tests, healthy);
    for (const line of wrong) console.log(`✗ the healthy source: ${line}`);
    if (wrong.length > 0) return false;
    console.log(`✓ the healthy source passes ${healthy.results.length} tests`);
    for (const mutant of chosen) {
      const begun = performance.now();
      const verdict = await scratch.without(mutant, async () =>
        judge(mutant, await runTests(scratch.folder, mutant.caughtBy, { timeout_ms: TIMEOUT_MS, isFirstEnough: true })),
      );
      verdicts.set(mutant.id, verdict);
      await write(verdicts);
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      console.log(`${verdict.is === 'caught' ? '✓' : '✗'} ${mutant.id}: ${words(verdict)} (${seconds} s)`);
    }
  } finally {
    await scratch.remove();
  }
  const missed = [...verdicts].filter(([, { is }]) => is !== 'caught');
  console.log(
    values.json
      ? JSON.stringify({
          safeguards: verdicts.size,
          caught: verdicts.size - missed.length,
          unnoticed: missed.filter(([, { is }]) => is === 'unnoticed').map(([id]) => id),
          broken: missed.filter(([, { is }]) => is === 'broken').map(([id]) => id),
          duration_ms: Math.round(performance.now() - started),
        })
      : `${verdicts.size} safeguards removed, ${missed.length} unnoticed or broken`,
  );
  return missed.length === 0;
}

const words = (verdict: Verdict): string =>
  verdict.is === 'caught'
    ? `noticed by ${verdict.by.file}: ${verdict.by.name}`
    : verdict.is === 'unnoticed'
      ? 'UNNOTICED: its tests pass without it'
      : `BROKEN: ${verdict.why}`;

/** A whole run tells what it saw and nothing else; what a run of some did not run stays as it was written. */
async function write(verdicts: ReadonlyMap<string, Verdict>): Promise<void> {
  const before = values.only ? readSafeguards(await readFile(DOCUMENT, 'utf8')) : new Map<string, Caught>();
  await writeFile(DOCUMENT, renderSafeguards(SUBJECTS, merged(before, verdicts)));
}

process.exitCode = (await main()) ? 0 : 1;
