import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { runCrashes } from './crash-run.ts';
import { isOfStart, readPoints, UNREACHED } from './points.ts';

const TIMEOUT_MS = 600_000;
const POINTS = 4;

test('reactors die at points that a fresh seed draws, and every payment arrives once', {
  timeout: TIMEOUT_MS,
}, async () => {
  const seed = String(randomInt(2 ** 31));
  process.stdout.write(`crash points: seed ${seed}; all of them: npm run crash-points -- --seed ${seed}\n`);
  const lines: string[] = [];
  const report = await runCrashes({
    seed,
    inFlight: 8,
    points: POINTS,
    budget_ms: 300_000,
    log: (line) => lines.push(line),
  });
  expect(report, `seed ${seed}\n${lines.join('\n')}`).toMatchObject({
    paid_twice: 0,
    lost_centavos: 0,
    stuck: 0,
    audit_findings: 0,
    died: 0,
    abandoned: [],
    crash_points: POINTS,
    crash_points_hit: POINTS,
    missed: [],
    findings: [],
  });
  // What the run says that it hit is what the reactors themselves wrote before they died.
  const deathbeds = new Set(report.kills.flatMap(({ points }) => points.map(({ name }) => name)));
  expect(deathbeds.size).toBeGreaterThanOrEqual(POINTS);
});

test('what is written down is in order, and holds nothing that no run comes to', () => {
  const points = [...readPoints()];
  expect(points.length).toBeGreaterThan(400);
  expect(points).toEqual([...new Set(points)].sort());
  expect(points.filter((name) => !/^(before|after) (commit|send|broadcast) of \S/.test(name))).toEqual([]);
  expect(points.filter(isOfStart).length).toBeGreaterThan(20);
  for (const { point, why } of UNREACHED) {
    expect(points.filter((name) => point.test(name))).toEqual([]);
    expect(why).not.toBe('');
  }
});
