import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { runCrashes } from './crash-run.ts';

const TIMEOUT_MS = 480_000;

test('reactors die at points that a fresh seed draws, and every payment arrives once', {
  timeout: TIMEOUT_MS,
}, async () => {
  const seed = String(randomInt(2 ** 31));
  process.stdout.write(`crash points: seed ${seed}; all of them: npm run crash-points -- --seed ${seed}\n`);
  const lines: string[] = [];
  const report = await runCrashes({
    seed,
    inFlight: 8,
    points: 4,
    budget_ms: 120_000,
    log: (line) => lines.push(line),
  });
  expect(report, `seed ${seed}\n${lines.join('\n')}`).toMatchObject({
    paid_twice: 0,
    lost_centavos: 0,
    stuck: 0,
    audit_findings: 0,
  });
  expect(report.kills.length).toBeGreaterThan(0);
});
