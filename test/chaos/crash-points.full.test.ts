import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { runCrashes } from './crash-run.ts';

test('reactors die at every commit and every send with 25 payments under way, and every payment arrives once', {
  timeout: 60 * 60_000,
}, async () => {
  const seed = String(randomInt(2 ** 31));
  process.stdout.write(`crash points: seed ${seed}\n`);
  const report = await runCrashes({ seed, inFlight: 25, budget_ms: 45 * 60_000, log: () => undefined });
  expect(report, `seed ${seed}`).toMatchObject({
    paid_twice: 0,
    lost_centavos: 0,
    stuck: 0,
    audit_findings: 0,
    died: 0,
    abandoned: [],
    missed: [],
    unknown: [],
  });
});
