import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { simulate } from '../../src/simulate/run.ts';

const TIMEOUT_MS = 300_000;
const one = async (seed: number, payments: number) => {
  const { report, worlds } = await simulate({ payments, seed, isOneWorld: true });
  const [result] = worlds;
  if (!result) throw new Error('no world');
  return { report, result };
};

test(
  'a world of a fresh seed is sound under faults',
  async () => {
    const seed = randomInt(2 ** 32);
    process.stdout.write(`simulate: npm run simulate -- --world --payments 4 --seed ${seed}\n`);
    const { report, result } = await one(seed, 4);
    expect(result.complaints).toEqual([]);
    expect(report).toMatchObject({ paid_twice: 0, lost_centavos: 0, stuck: 0, complaints: 0, audit_findings: 0 });
    expect(report.faults['restart']).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
