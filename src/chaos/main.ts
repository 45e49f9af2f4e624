/** `npm run chaos`: the real processes, with everything that can happen to them happening, while payments run. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { LocalError } from '../local/process.ts';
import { percentile } from '../local/report.ts';
import { CRASH_POINTS } from './coverage.ts';
import { isSound } from './judge.ts';
import { describePlan, planOf } from './plan.ts';
import { type RunReport, runPlan } from './run.ts';

const MAX_RUNS = 10_000;
const MAX_SEED = 2 ** 31;
const HELP = `npm run chaos -- [--runs N] [--seed S] [--json]

Two reactors, indexer, Postgres, a chain and the sandbox, under kill -9, pauses, restarts, broken connections and Juno's faults.
  --runs N   how many, one after another, each in a world of its own (default 1, at most ${MAX_RUNS})
  --seed S   of the first run; the next one's is one more (default: a new one, printed). All that a run will be is drawn from it
  --json     the last line of standard output is one JSON object; everything else goes to standard error

Exit code 0 only if nothing was paid twice, nothing is lost and nothing is stuck, measured in the sandbox's books and on the chain,
and the auditor finds no difference between them and the reactors' books.`;

type Options = Readonly<{ runs: number; seed: number; json: boolean; help: boolean }>;

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(randomInt(MAX_SEED)) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'runs' | 'seed', most: number): number => {
    if (/^\d{1,10}$/.test(values[name]) && Number(values[name]) <= most) return Number(values[name]);
    throw new LocalError(`--${name} is a whole number up to ${most}. Nothing was started.`);
  };
  return { runs: whole('runs', MAX_RUNS), seed: whole('seed', MAX_SEED), json: values.json, help: values.help };
}

async function main(): Promise<number> {
  const { runs, seed, json, help } = readOptions();
  if (help) {
    console.log(HELP);
    return 0;
  }
  const say = (text: string) => (json ? console.error(text) : console.log(text));
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => interrupt.abort(new LocalError('Stopped before it was done.')));

  const reports: RunReport[] = [];
  let failed = 0;
  for (let i = 0; i < runs; i++) {
    const plan = planOf(seed + i);
    const began = performance.now();
    const lines: string[] = [];
    try {
      const report = await runPlan(plan, (line) => lines.push(line), interrupt.signal);
      reports.push(report);
      const { points, recoveries_ms, ...verdict } = report;
      say(
        `run ${i + 1} of ${runs}, seed ${plan.seed}: ${JSON.stringify(verdict)} in ${Math.round((performance.now() - began) / 1000)} s`,
      );
      if (isSound(report)) continue;
    } catch (error) {
      if (interrupt.signal.aborted) throw error;
      say(
        `run ${i + 1} of ${runs}, seed ${plan.seed} broke off: ${error instanceof Error ? error.stack : String(error)}`,
      );
    }
    failed += 1;
    say(`${describePlan(plan)}\nWhat happened:\n  ${lines.join('\n  ')}`);
    say(`The same again: npm run chaos -- --runs 1 --seed ${plan.seed}`);
  }
  const summary = summarize(reports, runs, seed);
  if (json) console.log(JSON.stringify(summary));
  else say(JSON.stringify(summary, null, 2));
  return failed === 0 ? 0 : 1;
}

function summarize(reports: readonly RunReport[], runs: number, seed: number) {
  const total = (of: (report: RunReport) => number) => reports.reduce((sum, report) => sum + of(report), 0);
  const needs: Record<string, number> = {};
  for (const { needs_attention } of reports)
    for (const [reason, count] of Object.entries(needs_attention)) needs[reason] = (needs[reason] ?? 0) + count;
  const recoveries = reports.flatMap(({ recoveries_ms }) => recoveries_ms);
  const hit = new Set(reports.flatMap(({ points }) => [...points]));
  return {
    runs,
    completed_runs: reports.length,
    crash_points: CRASH_POINTS.length,
    crash_points_hit: hit.size,
    missed: CRASH_POINTS.filter((point) => !hit.has(point)),
    payments: total(({ payments }) => payments),
    paid_twice: total(({ paid_twice }) => paid_twice),
    lost_centavos: total(({ lost_centavos }) => Math.abs(lost_centavos)),
    stuck: total(({ stuck }) => stuck),
    needs_attention: needs,
    audit_findings: total(({ audit_findings }) => audit_findings),
    died: total(({ died }) => died),
    recovery_ms: { p50: percentile(recoveries, 50), p99: percentile(recoveries, 99) },
    seed,
  };
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof LocalError ? error.message : error);
    process.exit(1);
  },
);
