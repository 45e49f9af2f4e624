import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forceTwoReactors, machineSteps, runSteps } from './forced.ts';
import { openRail, type Rail } from './rail.ts';

let rail: Rail;
beforeAll(async () => {
  rail = await openRail();
});
afterAll(() => rail?.close());

test(
  'two reactors forced onto the same payment 200 times: never two effects',
  () => forceTwoReactors(rail, 200),
  120_000,
);

test('no path leads from unknown to a new key without a person', async () => {
  await fc.assert(
    fc.asyncProperty(machineSteps, async (steps) => {
      const { e, written } = await runSteps(rail, steps);
      expect(new Set(written)).toEqual(new Set([e.key]));
      const { rows } = await rail.db.$client.query(
        'SELECT count(*)::int AS n FROM reactor.effect WHERE payment_id = $1',
        [e.paymentId],
      );
      expect(rows).toEqual([{ n: 1 }]);
      expect(['unknown', 'sending']).toContain((await e.row()).state);
    }),
    { numRuns: 15 },
  );
}, 120_000);
