import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { until } from '../journey/support.ts';
import { LOOK_CALLS, PAYMENT_CALLS, RAILS } from './payment-calls.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ settings: { LOG_LEVEL: 'debug' } });
  // Beside the first one a reactor asks what it asks once: for its webhooks, and what became of its probe.
  await driveAndJudge(world, { payments: 1, custodySeconds: 1 });
}, 180_000);
afterAll(() => world?.stop());

const LINE = z.object({ event: z.literal('juno_call'), endpoint: z.string(), outcome: z.string() });

/** Every call to Juno and Bitso so far, in the order in which they ended. */
async function callsSoFar(): Promise<string[]> {
  const log = await readFile(join(world.folder, 'reactor-1.log'), 'utf8');
  return log.split('\n').flatMap((line) => {
    if (!line.includes('juno_call')) return [];
    const { endpoint, outcome } = LINE.parse(JSON.parse(line));
    return [outcome === 'ok' ? endpoint : `${endpoint} ${outcome}`];
  });
}

describe('what the simulation of 200 payments makes of calls', () => {
  test.each(RAILS)(
    'a payment by %s of a real world makes no others',
    async (rail) => {
      const before = (await callsSoFar()).length;
      const report = await driveAndJudge(world, { payments: 1, rails: [rail], custodySeconds: 1 });
      expect(report).toMatchObject({ completed: 1 });
      const calls = (await callsSoFar()).slice(before);
      process.stdout.write(`${JSON.stringify({ rail, calls })}\n`);
      const own = calls.filter((endpoint) => !LOOK_CALLS.includes(endpoint));
      const asked = [...PAYMENT_CALLS[rail]];
      const more = own.filter((endpoint) => {
        const at = asked.indexOf(endpoint);
        if (at >= 0) asked.splice(at, 1);
        return at < 0;
      });
      expect(more).toEqual([]);
    },
    180_000,
  );

  test('a look of a real world makes no others', async () => {
    const before = (await callsSoFar()).length;
    // Movements are the rarest: a look that read them has read all.
    const calls = await until(async () => {
      const since = (await callsSoFar()).slice(before);
      return since.includes('GET /mint_platform/v1/financial_movements') && since;
    });
    process.stdout.write(`${JSON.stringify({ idle: calls })}\n`);
    expect(new Set(LOOK_CALLS)).toEqual(new Set([...LOOK_CALLS, ...calls]));
  }, 60_000);
});
