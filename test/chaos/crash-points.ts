/** `npm run crash-points`: a reactor is killed before and after every commit and every send, with payments under way. */

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { isSound } from '../../src/chaos/judge.ts';
import { runCrashes } from './crash-run.ts';

const HELP = `npm run crash-points -- [--seed S] [--points N] [--minutes M] [--json]

  --seed S     what is drawn, is drawn from it (default: a new one, printed)
  --points N   only N points, drawn; all of them unless told
  --only P     only points whose name the pattern P fits, as "send of|redeeming"
  --minutes M  no new kill after this (default 45)
  --json       the last line of standard output is one JSON object; everything else goes to standard error`;

const IN_FLIGHT = 25;
/** The promise: another reactor goes on within it. */
const RECOVERY_MS = 15_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    points: { type: 'string' },
    only: { type: 'string', default: '.' },
    minutes: { type: 'string', default: '45' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else {
  const say = (line: string) => (values.json ? console.error(line) : console.log(line));
  say(`seed ${values.seed}`);
  const report = await runCrashes({
    seed: values.seed,
    inFlight: IN_FLIGHT,
    points: values.points === undefined ? undefined : Number(values.points),
    only: new RegExp(values.only),
    budget_ms: Number(values.minutes) * 60_000,
    log: say,
  });
  const { kills, ...summary } = report;
  say(
    `${kills.length} deaths, ${report.crash_points_hit} of ${report.crash_points} points; ${report.payments} payments`,
  );
  console.log(values.json ? JSON.stringify(summary) : summary);
  const longest_ms = report.recovery_ms.max;
  if (longest_ms >= RECOVERY_MS)
    say(`The longest recovery took ${longest_ms} ms; another reactor is to go on in less than ${RECOVERY_MS} ms.`);
  if (report.abandoned.length > 0)
    say(`Nobody came back to the payments ${report.abandoned.join(', ')} after a death.`);
  const isGood = isSound(report) && report.abandoned.length === 0 && longest_ms < RECOVERY_MS;
  process.exitCode = isGood && report.missed.length === 0 ? 0 : 1;
}
