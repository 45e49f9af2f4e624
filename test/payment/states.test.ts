import { describe, expect, test } from 'vitest';
import {
  canMove,
  isFinal,
  LEG_KINDS,
  LEG_MOVES,
  LEG_STATES,
  type LegState,
  paymentStatus,
} from '../../src/reactor/payment/states.ts';

describe.each(LEG_KINDS)('the moves of a %s leg', (kind) => {
  const reachable = (from: LegState, seen = new Set<LegState>()): Set<LegState> => {
    for (const to of LEG_MOVES[kind][from] ?? []) if (!seen.has(to)) reachable(to, seen.add(to));
    return seen;
  };
  const states = [...reachable('requested')];

  test('every state reaches an end', () => {
    for (const state of states) expect(isFinal(state) || [...reachable(state)].some(isFinal), state).toBe(true);
  });

  test('every state with moves can be reached from the beginning', () => {
    expect(
      Object.keys(LEG_MOVES[kind]).filter((state) => state !== 'requested' && !states.includes(state as LegState)),
    ).toEqual([]);
  });

  test('nothing moves to itself, nothing returns to the beginning', () => {
    for (const state of LEG_STATES) {
      expect(canMove(kind, state, state)).toBe(false);
      expect(canMove(kind, state, 'requested')).toBe(false);
    }
  });
});

test('what a settlement had paid is owed again when it comes back: a leg of every kind but the settlement’s own', () => {
  expect(LEG_KINDS.filter((kind) => canMove(kind, 'completed', 'accrued'))).toEqual(
    LEG_KINDS.filter((kind) => kind !== 'settlement'),
  );
});

describe('the status of a payment', () => {
  const leg = (state: LegState, attention: unknown = null) => ({ state, attention });
  test.each([
    ['one leg: its state', [leg('in_custody')], false, 'in_custody'],
    ['the leg that is least far', [leg('completed'), leg('withdrawing')], false, 'withdrawing'],
    ['all paid', [leg('completed'), leg('completed')], false, 'completed'],
    ['a person is needed', [leg('completed'), leg('returning', { code: 'x' })], false, 'needs_attention'],
    ['held', [leg('in_custody')], true, 'on_hold'],
    ['a hold on what is done changes nothing', [leg('completed')], true, 'completed'],
    ['a replaced leg does not count', [leg('replaced'), leg('completed')], false, 'completed'],
    ['nothing live: how it ended', [leg('expired')], false, 'expired'],
  ] as const)('%s', (_name, legs, isHeld, expected) => {
    expect(paymentStatus(legs, isHeld)).toBe(expected);
  });
});
