import { expect, test } from 'vitest';
import { createChance } from '../../src/simulate/chance.ts';
import { FATE_NAMES, FATES, fateOf } from '../../src/simulate/fates.ts';
import { createFaults } from '../../src/simulate/faults.ts';
import { plan, refundClabe, refundedBy } from '../../src/simulate/population.ts';

const NONE: ReadonlySet<string> = new Set();
const MANY = 20_000;

test('every fate is drawn as often as it says, and most payments have none', () => {
  const chance = createChance(1);
  const drawn = Map.groupBy(
    Array.from({ length: MANY }, (_, index) => fateOf(index, chance, NONE)),
    ({ name }) => name,
  );
  for (const name of FATE_NAMES) {
    const share = ((drawn.get(name)?.length ?? 0) / MANY) * 1_000;
    expect(Math.abs(share - FATES[name]), name).toBeLessThan(5);
  }
  expect(drawn.get('ordinary')?.length).toBeGreaterThan(0.6 * MANY);
});

test('disputes are drawn by everybody, with every outcome, with evidence and appeals in and after their time', () => {
  const chance = createChance(2);
  const disputes = Array.from({ length: MANY }, (_, index) => fateOf(index, chance, NONE).dispute).filter(
    (one) => one !== null,
  );
  const seen = new Set(
    disputes.flatMap(({ when, by, evidence, decision, appeal }) => [
      ...[when, by, decision.outcome, `${evidence} pieces`],
      decision.outcome === 'split' ? Object.keys(decision.share)[0] : 'whole',
      appeal ? (appeal.isLate ? 'late' : 'in time') : 'no appeal',
    ]),
  );
  expect([...seen].sort()).toEqual(
    [
      ...['before_funding', 'in_custody', 'past_deadline'],
      ...['payer', 'recipient', 'operations', 'split', 'basisPoints', 'custodyInThousand', 'whole'],
      ...['0 pieces', '1 pieces', '2 pieces', 'late', 'in time', 'no appeal'],
    ].sort(),
  );
});

test('what is left out changes nothing of the rest', () => {
  const planned = (kept: (index: number) => boolean, without: ReadonlySet<string>) =>
    plan(200, kept, createChance(3), createFaults(NONE), without);
  const all = planned(() => true, NONE);
  expect(planned((index) => index % 3 === 0, NONE)).toEqual(all.filter(({ index }) => index % 3 === 0));
  const fewer = planned(() => true, new Set(['standing_terms', 'settled_outside']));
  for (const [index, one] of fewer.entries()) {
    const before = all[index]?.fate.name ?? '';
    if (before === 'standing_terms' || before === 'settled_outside') expect(one.fate.name).toBe('ordinary');
    else expect(one).toEqual(all[index]);
  }
});

test('what goes back to a payer tells of which payment it is', () => {
  for (const index of [0, 1, 99, 12_345])
    for (const nth of [0, 9]) expect(refundedBy(refundClabe(index, nth))).toBe(index);
  for (const { index, clabe, fees } of plan(300, () => true, createChance(4), createFaults(NONE)))
    for (const one of [clabe, ...fees.map((fee) => fee.clabe)]) expect(refundedBy(one), `${index}`).toBeUndefined();
});
