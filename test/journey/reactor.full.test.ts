import { afterEach, expect, test } from 'vitest';
import type { World } from '../../src/local/world.ts';
import { driveWhile, FLAWLESS, JOURNEY_TIMEOUT_MS, startFastWorld, untilLegs, verdict } from './support.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

test('fifty payments at once, while the reactor is killed three times and Postgres loses power', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  const here = await startFastWorld();
  world = here;
  const report = await driveWhile(here, async () => {
    const killReactorAt = async (states: readonly string[]) => {
      await untilLegs(here, states, 5);
      await here.reactors()[0]?.kill9();
      await here.restartReactor(0);
    };
    await killReactorAt(['withdrawing', 'withdrawn', 'funding']);
    await untilLegs(here, ['funding', 'in_custody', 'releasing', 'released'], 10);
    await here.postgres.kill9();
    await here.postgres.restart();
    await killReactorAt(['releasing', 'released', 'returning']);
    await killReactorAt(['redeeming', 'completed']);
    await here.postgres.restart();
  });
  expect(verdict(report)).toMatchObject(FLAWLESS);
});
