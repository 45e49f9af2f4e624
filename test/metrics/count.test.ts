import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Counted, countMoves, type News } from '../../src/reactor/metrics/count.ts';
import { STAY_BOUNDS_S, usualStay_s, withinBounds } from '../../src/reactor/metrics/stay.ts';
import { LEG_MOVES, LEG_STATES, type LegState, paymentStatus } from '../../src/reactor/payment/states.ts';

type Walk = Readonly<{ payment: string; leg: string; states: readonly LegState[] }>;
const WALK = fc.array(fc.nat(), { maxLength: 12 }).map((choices) => {
  const states: LegState[] = ['requested'];
  for (const choice of choices) {
    const next: readonly LegState[] = LEG_MOVES.custody[states.at(-1) ?? 'requested'] ?? [];
    const to = next[choice % next.length];
    if (to) states.push(to);
  }
  return states;
});

const newsOf = ({ payment, leg, states }: Walk, from: number, until: number): News[] =>
  states.slice(from, until).map((toState, i) => ({
    ...{ subject: 'leg' as const, owner: payment, item: leg, kind: 'custody', amount: 10_000n },
    ...{ fromState: states[from + i - 1] ?? null, toState, stayed_s: from + i === 0 ? null : 7 },
  }));
const countedOf = (walks: readonly Walk[], untils: readonly number[]): Counted[] =>
  [...new Set(walks.map(({ payment }) => payment))].flatMap((id) => {
    const legs = walks.flatMap(({ payment, leg, states }, i) => {
      const state = states[(untils[i] ?? 0) - 1];
      return payment === id && state ? [{ id: leg, state }] : [];
    });
    return legs.length > 0 ? [{ id, kind: 'escrow' as const, legs }] : [];
  });

test('however the moves fall into batches, the counts are those of the legs and payments as they are', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(WALK, fc.nat(3), fc.nat(13)), { minLength: 1, maxLength: 8 }), (drawn) => {
      const walks = drawn.map(([states, payment], i) => ({ payment: `p${payment}`, leg: `l${i}`, states }));
      const cuts = drawn.map(([states, , cut]) => Math.min(cut, states.length));
      const ends = walks.map(({ states }) => states.length);
      const first = countMoves(
        walks.flatMap((walk, i) => newsOf(walk, 0, cuts[i] ?? 0)),
        countedOf(walks, cuts),
      );
      const second = countMoves(
        walks.flatMap((walk, i) => newsOf(walk, cuts[i] ?? 0, walk.states.length)),
        countedOf(walks, ends),
      );
      const present = (subject: string, state: string) =>
        [...first, ...second]
          .filter((change) => change.subject === subject && change.state === state)
          .reduce((sum, change) => sum + change.present, 0);
      const statuses = countedOf(walks, ends).map(({ legs }) =>
        paymentStatus(
          legs.map(({ state }) => ({ state, attention: null })),
          false,
        ),
      );
      for (const state of LEG_STATES) {
        expect(present('leg', state)).toBe(walks.filter(({ states }) => states.at(-1) === state).length);
        expect(present('payment', state)).toBe(statuses.filter((status) => status === state).length);
      }
    }),
  );
});

test('what is usual is the bound within which 99 of 100 stays ended', () => {
  const of = (stays: readonly number[]) => ({
    left: stays.length,
    within: STAY_BOUNDS_S.map((_, i) => stays.reduce((sum, stay) => sum + (withinBounds(stay)[i] ?? 0), 0)),
  });
  expect(usualStay_s(of(Array(19).fill(3)))).toBeNull();
  expect(usualStay_s(of([...Array(99).fill(3), 4_000]))).toBe(5);
  expect(usualStay_s(of([...Array(98).fill(3), 4_000, 4_000]))).toBe(10_800);
  expect(usualStay_s(of(Array(20).fill(9_999_999)))).toBe(Number.POSITIVE_INFINITY);
});
