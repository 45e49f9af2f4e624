import { afterAll, beforeAll, test } from 'vitest';
import { forceTwoReactors } from './forced.ts';
import { openRail, type Rail } from './rail.ts';

let rail: Rail;
beforeAll(async () => {
  rail = await openRail();
});
afterAll(() => rail?.close());

test(
  'two reactors forced onto the same payment 10,000 times: never two effects',
  () => forceTwoReactors(rail, 10_000),
  1_800_000,
);
