import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideMined,
  decideUnmined,
  type MinedView,
  MOST_VERSIONS,
  needsMarket,
  REBROADCAST_AFTER_MS,
  REPLACE_AFTER_MS,
  TELL_AFTER_MS,
  type UnminedView,
} from '../../src/reactor/wallet/decide.ts';

const GWEI = 10n ** 9n;
const wei = fc.bigInt({ min: 0n, max: 3_000n * GWEI });
const fees = fc.tuple(wei, wei).map(([tip, rest]) => ({ maxFeePerGas: tip + rest, maxPriorityFeePerGas: tip }));
const gas = fc.bigInt({ min: 21_000n, max: 5_000_000n });
const ms = fc.oneof(fc.integer({ min: 0, max: 400_000 }), fc.constant(Number.POSITIVE_INFINITY));

/** Some versions of the call, then perhaps some of a no-op, as the database lets them be. */
const versions = fc
  .tuple(
    fc.array(fc.record({ gas, fees }), { minLength: 1, maxLength: MOST_VERSIONS }),
    fc.array(fc.record({ gas, fees }), { maxLength: MOST_VERSIONS }),
  )
  .map(([calls, noops]) =>
    [...calls.map((v) => ({ ...v, isNoop: false })), ...noops.map((v) => ({ ...v, isNoop: true }))].map(
      (v, version) => ({ ...v, version }),
    ),
  );
const unmined: fc.Arbitrary<UnminedView> = fc.record({
  versions,
  isWanted: fc.boolean(),
  age_ms: ms,
  newest_ms: ms,
  broadcast_ms: ms,
  market: fc.option(fc.record({ fees, gas: fc.option(gas) })),
  maxFeePerGas: wei,
});
const holds = (property: (view: UnminedView) => void): void =>
  fc.assert(fc.property(unmined, property), { numRuns: 3_000 });

describe('a nonce that no block has', () => {
  test('a version more pays at least a tenth more of both fees than the newest, and never goes beyond the limit', () =>
    holds((view) => {
      const { act } = decideUnmined(view);
      if (act.do !== 'sign') return;
      const old = view.versions.at(-1)?.fees;
      if (!old) throw new Error('no version');
      expect(act.fees.maxFeePerGas * 10n >= old.maxFeePerGas * 11n && act.fees.maxFeePerGas > old.maxFeePerGas).toBe(
        true,
      );
      expect(act.fees.maxPriorityFeePerGas * 10n >= old.maxPriorityFeePerGas * 11n).toBe(true);
      expect(act.fees.maxFeePerGas <= view.maxFeePerGas).toBe(true);
      expect(act.fees.maxPriorityFeePerGas <= act.fees.maxFeePerGas).toBe(true);
    }));

  test('a call is never handed over or signed again once it is not wanted, or gave way to a no-op', () =>
    holds((view) => {
      if (view.isWanted && !view.versions.some(({ isNoop }) => isNoop)) return;
      const { act } = decideUnmined(view);
      if (act.do === 'sign') expect(act.isNoop).toBe(true);
      if (act.do === 'broadcast') for (const version of act.versions) expect(view.versions[version]?.isNoop).toBe(true);
    }));

  test('a wanted call never gives way to a no-op', () =>
    holds((view) => {
      if (!view.isWanted || view.versions.some(({ isNoop }) => isNoop)) return;
      const { act } = decideUnmined(view);
      if (act.do === 'sign') expect(act.isNoop).toBe(false);
      if (act.do === 'broadcast') expect(act.versions).toHaveLength(view.versions.length);
    }));

  test('nothing is signed while the newest is young, pays enough, or the node was not asked, unless it has to give way', () =>
    holds((view) => {
      const { act } = decideUnmined(view);
      if (act.do !== 'sign') return;
      const newest = view.versions.at(-1);
      const givesWay = !view.isWanted && newest?.isNoop === false;
      expect(view.market).not.toBeNull();
      expect(givesWay || view.newest_ms > REPLACE_AFTER_MS).toBe(true);
      expect(needsMarket(view)).toBe(true);
    }));

  test('the versions of the call and of the no-op are bounded', () =>
    holds((view) => {
      const { act } = decideUnmined(view);
      if (act.do !== 'sign') return;
      expect(view.versions.filter(({ isNoop }) => isNoop === act.isNoop).length).toBeLessThan(MOST_VERSIONS);
    }));

  test('what is due is handed over again or replaced, and what waits too long or cannot be helped is told', () =>
    holds((view) => {
      const { act, tell } = decideUnmined(view);
      const isNoop = view.versions.at(-1)?.isNoop === true || !view.isWanted;
      const canRepeat = view.versions.some((v) => v.isNoop === isNoop);
      if (view.broadcast_ms >= REBROADCAST_AFTER_MS && canRepeat) {
        expect(act.do).not.toBe('wait');
        if (act.do === 'sign' && view.versions.at(-1)?.isNoop === act.isNoop) expect(act.unsigned).not.toEqual([]);
      }
      if (view.age_ms > TELL_AFTER_MS) expect(tell).not.toBeNull();
    }));

  const call = (maxFeePerGas: bigint) => ({
    version: 0,
    isNoop: false,
    gas: 50_000n,
    fees: { maxFeePerGas, maxPriorityFeePerGas: GWEI },
  });
  const stale = { isWanted: true, age_ms: 70_000, newest_ms: 70_000, broadcast_ms: 5_000 };
  const market = { fees: { maxFeePerGas: 50n * GWEI, maxPriorityFeePerGas: GWEI }, gas: null };

  test('a limit between what was paid and what is asked for is paid in full, and told when it leaves no room', () => {
    const view = { ...stale, versions: [call(10n * GWEI)], market };
    expect(decideUnmined({ ...view, maxFeePerGas: 40n * GWEI }).act).toMatchObject({
      do: 'sign',
      fees: { maxFeePerGas: 40n * GWEI },
    });
    expect(decideUnmined({ ...view, maxFeePerGas: 11n * GWEI })).toEqual({
      tell: 'fee_limit',
      act: { do: 'broadcast', versions: [0] },
    });
  });

  test('a chain that asks for more gas than was given gets it at the next version, never less than before', () => {
    const view = { ...stale, versions: [call(50n * GWEI)], maxFeePerGas: 100n * GWEI };
    expect(decideUnmined({ ...view, market: { ...market, gas: 90_000n } }).act).toMatchObject({
      do: 'sign',
      gas: 90_000n,
    });
    expect(decideUnmined({ ...view, market: { ...market, gas: 40_000n } }).act).toMatchObject({ do: 'broadcast' });
  });
});

describe('a nonce that a block has', () => {
  const mined: fc.Arbitrary<MinedView> = fc.record({
    nonce: fc.nat(9),
    versions: fc
      .array(
        fc.record({
          isNoop: fc.boolean(),
          receipt: fc.option(fc.record({ depth: fc.bigInt({ min: 0n, max: 30n }), succeeded: fc.boolean() })),
        }),
        { minLength: 1, maxLength: 7 },
      )
      .map((all) => all.map((v, version) => ({ ...v, version }))),
    depth: fc.bigInt({ min: 0n, max: 20n }),
    deepNonce: fc.nat(12),
    isOpen: fc.boolean(),
  });

  test('ends only by a receipt as deep as it has to be, and as that receipt says', () => {
    fc.assert(
      fc.property(mined, (view) => {
        const decision = decideMined(view);
        if (decision.do !== 'end') return;
        const version = view.versions[decision.version];
        expect(version?.receipt && version.receipt.depth >= view.depth).toBe(true);
        expect(decision.as).toBe(version?.isNoop ? 'noop' : version?.receipt?.succeeded ? 'succeeded' : 'reverted');
      }),
    );
  });

  test('without a receipt of ours the lane stops, whatever else is known, until nobody waits for it any more', () => {
    fc.assert(
      fc.property(mined, (view) => {
        const decision = decideMined(view);
        const isMissing = view.versions.every(({ receipt }) => receipt === null);
        if (!isMissing) expect(['note', 'end']).toContain(decision.do);
        else if (view.isOpen) expect(decision).toEqual({ do: 'stop', tell: view.deepNonce > view.nonce });
        else expect(decision.do).toBe(view.deepNonce > view.nonce ? 'close' : 'stop');
      }),
    );
  });
});
