import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { isSound } from '../../src/chaos/judge.ts';
import { describePlan, planOf, SMALL } from '../../src/chaos/plan.ts';
import { runPlan } from '../../src/chaos/run.ts';

const TIMEOUT_MS = 480_000;

test('a small chaos of a fresh seed loses nothing and pays nothing twice', { timeout: TIMEOUT_MS }, async () => {
  const seed = randomInt(2 ** 30);
  process.stdout.write(`chaos: seed ${seed}\n`);
  const plan = planOf(seed, SMALL);
  const lines: string[] = [];
  const report = await runPlan(plan, (line) => lines.push(line));
  const { points, recoveries_ms, ...verdict } = report;
  const told = [JSON.stringify(verdict), describePlan(plan), ...lines].join('\n');
  expect(report, told).toMatchObject({ paid_twice: 0, lost_centavos: 0, stuck: 0, audit_findings: 0, died: 0 });
  expect(isSound(report), told).toBe(true);
  expect(report.payments).toBe(SMALL.stories + SMALL.twins);
});
