import { expect, test } from 'vitest';
import { simulate } from '../../src/simulate/run.ts';

test('one seed has one history', async () => {
  const digests: string[] = [];
  for (let run = 0; run < 2; run++) {
    const { worlds } = await simulate({ payments: 6, seed: 2, isOneWorld: true });
    for (const { complaints, digest } of worlds) {
      expect(complaints).toEqual([]);
      digests.push(digest);
    }
  }
  expect(digests).toHaveLength(2);
  expect(digests[1]).toBe(digests[0]);
}, 600_000);
