/** `npm run crash-points`: a reactor is killed before and after every commit and every send, with payments under way. */

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { isSound } from '../../src/chaos/judge.ts';
import { runCrashes } from './crash-run.ts';
import { addPoints } from './points.ts';

const HELP = `npm run crash-points -- [--seed S] [--points N] [--only P] [--minutes M] [--write] [--json]

  --seed S     what is drawn, is drawn from it (default: a new one, printed)
  --points N   only N points, drawn; all that are written down unless told
  --only P     only points whose name the pattern P fits, as "send of|redeeming"
  --minutes M  no new kill after this (default 45)
  --write      writes the points that it comes to down in test/chaos/points.txt, beside those that stand there
  --json       the last line of standard output is one JSON object; everything else goes to standard error`;

const IN_FLIGHT = 25;
/** The promise: another reactor goes on within it. */
const RECOVERY_MS = 15_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    points: { type: 'string' },
    only: { type: 'string', default: '.' },
    write: { type: 'boolean', default: false },
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
    isToBeWritten: values.write,
    budget_ms: Number(values.minutes) * 60_000,
    log: say,
  });
  const { kills, seen, ...summary } = report;
  if (values.write) addPoints(seen);
  else for (const name of report.unknown) say(`Not written down: ${name}`);
  for (const name of report.missed) say(`Nobody died at: ${name}`);
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
  const isWritten = values.write || report.unknown.length === 0;
  process.exitCode = isGood && isWritten && report.missed.length === 0 ? 0 : 1;
}
