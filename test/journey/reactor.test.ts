import { afterEach, describe, expect, test } from 'vitest';
import type { World } from '../../src/local/world.ts';
import {
  driveWhile,
  FLAWLESS,
  JOURNEY_TIMEOUT_MS,
  PAYMENTS,
  query,
  startFastWorld,
  untilLegs,
  verdict,
} from './support.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

describe('fifty payments at once', () => {
  test('the reactor is killed three times and started again', { timeout: JOURNEY_TIMEOUT_MS }, async () => {
    const here = await startFastWorld();
    world = here;
    const report = await driveWhile(here, async () => {
      for (const [states, count] of [
        [['withdrawing', 'withdrawn', 'funding'], 5],
        [['releasing', 'released', 'returning'], 5],
        [['redeeming', 'completed'], 5],
      ] as const) {
        await untilLegs(here, states, count);
        await here.reactors()[0]?.kill9();
        await here.restartReactor(0);
      }
    });
    expect(verdict(report)).toMatchObject(FLAWLESS);
  });

  test('two reactors share the work, and one is killed for good', { timeout: JOURNEY_TIMEOUT_MS }, async () => {
    const here = await startFastWorld(2);
    world = here;
    const report = await driveWhile(here, async () => {
      await untilLegs(here, ['in_custody', 'releasing', 'released', 'returning', 'redeeming', 'completed'], 10);
      await here.reactors()[1]?.kill9();
    });
    expect(verdict(report)).toMatchObject(FLAWLESS);
    const effects = await query<{ kind: string; count: number }>(
      here,
      `SELECT kind::text, count(*)::int FROM reactor.effect WHERE payment_id IS NOT NULL GROUP BY kind ORDER BY kind`,
    );
    // One of each kind for each payment: nothing was attempted twice, whoever did it.
    expect(effects.map(({ count }) => count)).toEqual(effects.map(() => PAYMENTS));
  });
});
