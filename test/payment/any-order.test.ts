/** Whatever comes in whatever order: what a payment never does, and that it can always be brought to its end. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { isFinal, LEG_STATES, type LegState, RELEASE_POLICIES } from '../../src/reactor/payment/states.ts';
import { EVENTS, type Event, type Terms } from './order-events.ts';
import { aWorld, type World } from './order-world.ts';

const terms: fc.Arbitrary<Terms> = fc.record({
  amount: fc.bigInt({ min: 10_000n, max: 500_000n }),
  custodyBasisPoints: fc.constantFrom(0, 3_333, 5_000, 10_000),
  release: fc.constantFrom(...RELEASE_POLICIES),
  rail: fc.constantFrom('bank_redemption' as const, 'bitso_spei' as const),
  fees: fc.array(
    fc.record({
      bearer: fc.constantFrom('payer' as const, 'recipient' as const),
      fixed: fc.bigInt({ min: 1n, max: 12_000n }).map(centavos),
    }),
    { maxLength: 2 },
  ),
});
/** Most of what happens is that somebody does their part; else nothing would ever come far. */
const USUAL: readonly Event[] = [
  ...(['the payer pays in', 'Juno issues', 'the wallet signs', 'a block', 'Juno works'] as const),
  ...(['the reactor looks', 'the reactor looks', 'the reactor looks', 'time passes'] as const),
];
/** In most orders there is money soon. */
const BEGUN: readonly Event[] = ['the payer pays in', 'Juno issues', 'the reactor looks', 'the reactor looks'];
const begun = fc.constantFrom(BEGUN, BEGUN, BEGUN, []);
const later = fc.array(fc.oneof(fc.constantFrom(...EVENTS), fc.constantFrom(...USUAL)), {
  maxLength: 100,
  size: 'max',
});
const events = fc.tuple(begun, later).map((parts) => parts.flat());

/** What holds after everything that happens. */
function assertSound(world: World, passed: Set<LegState>): void {
  for (const { state } of world.legs()) passed.add(state);
  expect([0n, world.deposit], world.shown()).toContain(world.live());
  if (world.cameIn() > 0n) expect(world.live()).toBe(world.deposit);
  expect(world.out()).toBeLessThanOrEqual(world.cameIn());
  for (const leg of world.legs())
    expect([0n, leg.amount.units], `${leg.id} ${world.shown()}`).toContain(world.paidOf(leg));
}

/** Everybody does their part, and people what they are asked for. */
function bringToItsEnd(world: World, passed: Set<LegState>): void {
  for (const event of ['the hold is closed', 'the switch is opened', 'Juno issues'] as const) world.happen(event);
  for (let turn = 0; turn < 80 && !world.isOver(); turn++) {
    for (let looks = 0; world.look(); looks++) {
      expect(looks, world.shown()).toBeLessThan(100);
      assertSound(world, passed);
    }
    for (const event of [
      'two people decide for the recipient',
      'the payer approves',
      'the recipient approves',
    ] as const)
      world.happen(event);
    if (world.needs('commission_open')) world.happen('two people order it back');
    for (const event of [
      'two people pay it again',
      'the wallet signs',
      'a block',
      'Juno works',
      'a settlement pays',
      'two people pay by hand what accrued',
    ] as const)
      world.happen(event);
    world.happen('time passes');
    assertSound(world, passed);
  }
}

/** Of the contract that makes an escrow in one call and funds it in another; the one here does both in one. */
const IN_TWO_CALLS: ReadonlySet<LegState> = new Set(['creating', 'created']);

test('no leg is paid twice, no more leaves than came in, nothing advances past a hold or a dispute, and every state can reach its end', () => {
  const seen = { barred: 0, disputed: 0, back: 0, again: 0, expired: 0, settled: 0, byHand: 0 };
  /** Where legs stood that all came to their end afterwards. */
  const passed = new Set<LegState>();
  fc.assert(
    fc.property(terms, events, (given, order) => {
      const world = aWorld(given);
      if (!world) return;
      for (const event of order) {
        world.happen(event);
        assertSound(world, passed);
        if (world.isBarred() && event === 'the reactor looks') seen.barred++;
      }
      bringToItsEnd(world, passed);
      expect(world.isOver(), world.shown()).toBe(true);
      // To the centavo: all that came in stands at banks, and nothing else does.
      expect(world.out(), world.shown()).toBe(world.cameIn());
      const legs = world.legs();
      if (world.cameIn() === 0n) {
        seen.expired++;
        expect(legs.every(({ state }) => state === 'expired')).toBe(true);
      }
      if (world.hasSettled()) seen.settled++;
      if (legs.some(({ state }) => state === 'closed')) seen.byHand++;
      if (order.includes('a side disputes it')) seen.disputed++;
      if (legs.some(({ kind }) => kind === 'refund')) seen.back++;
      if (legs.some(({ kind, state }) => kind !== 'refund' && state === 'replaced')) seen.again++;
    }),
    { numRuns: 500 },
  );
  // The orders are worth something: each of these came to pass in many of them.
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(10);
  // Each state is one that something which people or the outside can do has led out of, and so to the end.
  const never = LEG_STATES.filter((state) => !isFinal(state) && !IN_TWO_CALLS.has(state) && !passed.has(state));
  expect(never).toEqual([]);
}, 120_000);
