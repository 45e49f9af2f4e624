/** Whose each act of the wallet was, where an escrow is made in one transaction and funded in another. */
import { expect, test } from 'vitest';
import { assignActs, type PlannedAct, type PlannedLeg } from '../../src/reactor/recovery/plan.ts';

const CONTRACT = '0xc';
const UNITS = 1_500_000_000n;
const leg = (given: Partial<PlannedLeg> = {}): PlannedLeg => ({
  ...{ id: 'leg', paymentId: 'payment', kind: 'custody', state: 'withdrawn', rail: 'bank_redemption' },
  ...{ centavos: 150_000n, reference: '0xref', contract: CONTRACT, escrowId: null, escrow: 'none' },
  ...{ clabe: '', accountId: null, createdAt: new Date(0), newest: {} },
  ...given,
});
const create = (key: string, escrowId: bigint, given: object = {}): PlannedAct => ({
  ...{ key, is: 'create', contract: CONTRACT, reference: '0xref', units: UNITS, escrowId },
  ...given,
});
const call = (key: string, is: 'fund_made' | 'release', escrowId: bigint, contract = CONTRACT): PlannedAct => ({
  ...{ key, is, contract, escrowId },
});
const whose = (acts: readonly PlannedAct[], legs: readonly PlannedLeg[]) => {
  const { assigned, left } = assignActs(acts, legs);
  return { assigned: assigned.map(({ key, legId, kind }) => `${key} ${legId} ${kind}`), left };
};

test('a creation goes to the leg of its reference, its funding and release to the leg of its id', () => {
  const acts = [create('a', 0n), call('b', 'fund_made', 0n), call('c', 'release', 0n)];
  expect(whose(acts, [leg()])).toEqual({
    assigned: ['a leg chain_create', 'b leg chain_fund', 'c leg chain_release'],
    left: [],
  });
});

test('of two creations of one leg the one that was funded is its own', () => {
  const acts = [create('a', 3n), create('b', 4n), call('c', 'fund_made', 3n)];
  expect(whose(acts, [leg()])).toEqual({ assigned: ['a leg chain_create', 'c leg chain_fund'], left: ['b'] });
});

test('of two that were not funded the later one is', () => {
  expect(whose([create('a', 3n), create('b', 4n)], [leg()])).toEqual({ assigned: ['b leg chain_create'], left: ['a'] });
});

test('what the database knows is not lost: a funding is found by the id that the leg is bound to', () => {
  const known = leg({ state: 'created', escrowId: 7n, newest: { chain_create: 'confirmed' } });
  expect(whose([call('a', 'fund_made', 7n)], [known])).toEqual({ assigned: ['a leg chain_fund'], left: [] });
});

test('the same id in another contract, another amount or another reference is another’s', () => {
  const known = leg({ state: 'created', escrowId: 7n, newest: { chain_create: 'confirmed' } });
  expect(whose([call('a', 'fund_made', 7n, '0xd'), call('b', 'release', 7n, '0xd')], [known]).left).toEqual(['a', 'b']);
  const strange = [create('a', 1n, { units: UNITS + 1n }), create('b', 2n, { reference: '0xother' })];
  expect(whose(strange, [leg()]).assigned).toEqual([]);
});
