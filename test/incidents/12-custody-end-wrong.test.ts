import { expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import { viewOf } from './support.ts';

const DAY_S = 86_400;
const inCustody = (deadline: number | null, headTimestamp: number) =>
  decide(viewOf({ state: 'in_custody', deadline }, { chain: { headTimestamp, trouble: null } }));

test('one day is one day of the chain’s clock, not two seconds: due when the chain’s time reaches the escrow’s own deadline', () => {
  const funded = 1_700_000_000;
  expect(inCustody(funded + DAY_S, funded + 2)).toMatchObject({ do: 'wait' });
  expect(inCustody(funded + DAY_S, funded + DAY_S - 1)).toMatchObject({
    do: 'wait',
    for: expect.stringContaining('(1 s'),
  });
  expect(inCustody(funded + DAY_S, funded + DAY_S)).toMatchObject({ do: 'record', effect: 'chain_release' });
});

test('our own clock and its zone change nothing', () => {
  const view = viewOf({ state: 'in_custody', deadline: 2_000 }, { chain: { headTimestamp: 1_999, trouble: null } });
  for (const now of ['1970-01-01T00:00:00-06:00', '2099-12-31T23:59:59+14:00'])
    expect(decide({ ...view, now: new Date(now) })).toMatchObject({ do: 'wait' });
});

test('a deadline that is missing is asked for, and no 24 hours are invented', () => {
  expect(inCustody(null, 5_000)).toMatchObject({ do: 'ask', code: 'no_deadline' });
});
